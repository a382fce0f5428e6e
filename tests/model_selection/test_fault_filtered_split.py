from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score

from skgenre.datasets import fault_filtered_split
from skgenre.model_selection import FaultFilteredSplit, compare

GENRES = sorted({name.split(".")[0] for name in fault_filtered_split()})
CLIPS = [f"{genre}.{number:05d}" for genre in GENRES for number in range(100)]
Y = np.repeat(GENRES, 100)


@pytest.mark.parametrize(("evaluate", "n_test"), [("test", 290), ("valid", 197)])
def test_the_parts_are_the_published_ones(evaluate, n_test):
    [(train, test)] = FaultFilteredSplit(evaluate=evaluate).split(CLIPS)
    parts = fault_filtered_split()
    assert (len(train), len(test)) == (443, n_test)
    assert {parts[CLIPS[clip]] for clip in train} == {"train"}
    assert {parts[CLIPS[clip]] for clip in test} == {evaluate}


@pytest.mark.parametrize(
    "make",
    [
        lambda name: f"genres/{name.split('.')[0]}/{name}.au",
        lambda name: Path("genres_original") / f"{name}.wav",
        lambda name: f"{name}.7.wav",
        lambda name: f"C:\\gtzan\\{name}.WAV",
        str,
    ],
)
@pytest.mark.parametrize("container", [list, np.array, pd.Series])
def test_names_are_read_off_paths_or_given(make, container):
    paths = container([make(name) for name in CLIPS])
    expected = next(FaultFilteredSplit().split(CLIPS))
    for splitter, X in (
        (FaultFilteredSplit(), paths),
        (FaultFilteredSplit(clips=paths), np.zeros((1000, 2))),
    ):
        train, test = next(splitter.split(X, Y))
        assert np.array_equal(train, expected[0])
        assert np.array_equal(test, expected[1])


def test_order_and_missing_clips_do_not_matter():
    some = [name for name in reversed(CLIPS) if name != "jazz.00054" and "rock" not in name]
    [(train, test)] = FaultFilteredSplit().split(some)
    parts = fault_filtered_split()
    expected = [name for name in some if parts.get(name) == "train"]
    assert [some[clip] for clip in train] == expected
    assert len(test) == sum(parts.get(name) == "test" for name in some)


def test_it_works_where_scikit_learn_takes_a_cv():
    X = np.zeros((1000, 2))
    splitter = FaultFilteredSplit(clips=CLIPS)
    assert splitter.get_n_splits(X, Y) == 1
    assert len(cross_val_score(DummyClassifier(), X, Y, cv=splitter)) == 1
    search = GridSearchCV(DummyClassifier(), {"strategy": ["prior", "uniform"]}, cv=splitter)
    assert search.fit(X, Y).n_splits_ == 1
    assert len(compare({"a": DummyClassifier()}, X, Y, cv=splitter).predictions) == 290
    assert repr(splitter) == "FaultFilteredSplit(clips=<1000 names>, evaluate='test')"
    assert clone(splitter, safe=False).clips == CLIPS


def test_groups_come_by_metadata_routing_and_a_torn_one_is_refused():
    X, splitter = np.zeros((1000, 2)), FaultFilteredSplit(clips=CLIPS)
    with config_context(enable_metadata_routing=True):
        kept = cross_val_score(
            DummyClassifier(), X, Y, cv=splitter, params={"groups": np.arange(1000)}
        )
        assert len(kept) == 1
        with pytest.raises(ValueError, match="group 'blues' in both train"):
            cross_val_score(DummyClassifier(), X, Y, cv=splitter, params={"groups": Y})


def test_bad_input_is_named():
    def split(X, groups=None, **params):
        return list(FaultFilteredSplit(**params).split(X, groups=groups))

    with pytest.raises(ValueError, match=r"X has no paths.*clips="):
        split(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="2 clips and X has 4"):
        split(np.zeros((4, 2)), clips=CLIPS[:2])
    with pytest.raises(ValueError, match=r"'clips' parameter.*names or paths"):
        split(np.zeros((2, 2)), clips=[1, 2])
    for stranger in ("song.wav", "polka.00001.wav", "blues.00100.wav", "blues.1.wav"):
        with pytest.raises(ValueError, match=f"{stranger}' is no clip of GTZAN"):
            split([*CLIPS, stranger])
    with pytest.raises(ValueError, match=r"'evaluate'.*Got 'train'"):
        split(CLIPS, evaluate="train")
    with pytest.raises(ValueError, match="none of the 12 clips is in the part 'train'"):
        split(CLIPS[:12])
    with pytest.raises(ValueError, match="clips of 'disco' in the part 'test' and none in 'train'"):
        split([*CLIPS[:100], "disco.00001"])
    with pytest.raises(ValueError, match="'groups' of length 3"):
        split(CLIPS, groups=[1, 2, 3])
