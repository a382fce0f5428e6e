"""Table of the systems."""

from typing import TYPE_CHECKING

from .._public import public
from ._card import Card
from ._make import CARDS

if TYPE_CHECKING:
    import pandas as pd


@public
def list_systems() -> "pd.DataFrame":
    """List the reference systems, with what their documents state.

    Returns
    -------
    DataFrame
        One row per system: ``id``, ``document``, ``input``, ``network``, ``parameters`` (trained
        values at the document's sizes and genres, as torch counts them; none for classifiers that
        are not networks), ``parameters_stated`` (the document's, in the convention of its library),
        ``training`` (as stated), ``stated_figure``, ``protocol`` (the clips and split of the
        figure), and ``faults_mended`` (with ``honest=True``).

    See Also
    --------
    make_system : Make one.

    Examples
    --------
    >>> from skgenre.systems import list_systems
    >>> systems = list_systems().set_index("id")
    >>> systems.loc["001-crnn", ["parameters", "parameters_stated"]].tolist()
    [133568, 133520]
    """
    import pandas as pd

    table = pd.DataFrame(
        {
            "id": card.id,
            "document": card.document,
            "input": card.input,
            "network": card.network,
            "parameters": count(card),
            "parameters_stated": card.parameters_stated,
            "training": card.training,
            "stated_figure": card.figure,
            "protocol": card.protocol,
            "faults_mended": card.mended,
        }
        for card in CARDS.values()
    )
    return table.astype({"parameters": "Int64", "parameters_stated": "Int64"})


def count(card: Card, convention: str = "torch") -> int | None:
    """Count the parameters of a system's network at the document's sizes; None if it has none."""
    if not card.n_bands:
        return None
    import torch

    from ..nn import count_parameters

    # The meta device has shapes but no values: no weights are drawn.
    classifier = card.make_classifier(22_050, True)
    parameters = {name: getattr(classifier, name) for name in classifier._module_parameters}
    with torch.device("meta"):
        module = classifier._module_class()(
            card.n_bands, card.n_frames, card.n_outputs, **parameters
        )
    return count_parameters(module, convention=convention)
