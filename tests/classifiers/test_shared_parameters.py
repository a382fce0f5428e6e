"""Parameters that all networks have are written out in each class, and must not drift apart."""

import inspect
import re

import pytest

from skgenre.classifiers import (
    CNNClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    TorchClassifier,
    TransferCNNClassifier,
)
from skgenre.classifiers._training.constraints import TRAINING_CONSTRAINTS

OTHERS = [
    LSTMClassifier,
    CRNNClassifier,
    ParallelCRNNClassifier,
    MLPGenreClassifier,
    TorchClassifier,
    TransferCNNClassifier,
]
# Each family has its own default of these.
OWN = ("activation", "dropout", "dense", "center")
SHARED = [name for name in TRAINING_CONSTRAINTS if name not in OWN]
# Networks that start from random weights over whole maps have other defaults of these.
SCHEDULE = ("lr", "max_epochs", "schedule")
CHOSEN_TOGETHER = (LSTMClassifier, CRNNClassifier, ParallelCRNNClassifier)
# Two-dimensional convolutions over whole maps take too long for as many epochs.
FEWER_EPOCHS = (ParallelCRNNClassifier,)


def descriptions(family, section):
    """Return what the docstring says of each parameter or attribute, its type with it."""
    text = inspect.getdoc(family).partition(f"{section}\n{'-' * len(section)}\n")[2]
    text = re.split(r"\n\n\w[\w ]*\n-+\n", text)[0]
    entries = re.split(r"(?m)^(?=\w+ : )", text)
    return {entry.partition(" : ")[0]: entry.strip() for entry in entries if entry}


@pytest.mark.parametrize("family", OTHERS)
def test_shared_parameters_are_described_alike(family):
    ours, theirs = (descriptions(one, "Parameters") for one in (CNNClassifier, family))
    assert len(SHARED) == 24
    for name in SHARED:
        texts = [re.sub(", default=.*", "", text[name]) for text in (ours, theirs)]
        assert texts[0] == texts[1]


@pytest.mark.parametrize("family", OTHERS)
def test_attributes_are_described_alike(family):
    assert descriptions(family, "Attributes") == descriptions(CNNClassifier, "Attributes")


@pytest.mark.parametrize("family", OTHERS)
def test_shared_parameters_come_last_in_one_order_with_one_default(family):
    ours, theirs = (
        {p.name: p.default for p in list(inspect.signature(one).parameters.values())[-24:]}
        for one in (CNNClassifier, family)
    )
    assert list(ours) == list(theirs)
    assert set(ours) == set(SHARED)
    differing = {name for name in ours if ours[name] != theirs[name]}
    expected = {"max_epochs"} if family in FEWER_EPOCHS else set()
    assert differing == (expected if family in CHOSEN_TOGETHER else set(SCHEDULE))


def test_networks_of_ones_own_have_the_defaults_of_dense_and_pretrained_networks():
    signatures = [inspect.signature(one).parameters for one in OTHERS if one not in CHOSEN_TOGETHER]
    assert len(signatures) == 3
    for name in SHARED:
        assert len({signature[name].default for signature in signatures}) == 1
