"""Table of the systems."""

from typing import TYPE_CHECKING

from .._public import public
from ._card import Card
from ._make import CARDS

if TYPE_CHECKING:
    import pandas as pd


@public
def list_systems() -> "pd.DataFrame":
    """List the reference systems, with what their sources state.

    Returns
    -------
    DataFrame
        One row per system: ``name``, ``source``, ``input``, ``network``, ``parameters`` (trained
        values at the source's sizes and genres, as torch counts them; none for classifiers that are
        not networks), ``stated_parameters`` (the source's, in the convention of its library),
        ``training`` (as stated), ``stated_score``, ``protocol`` (the clips and split of the score),
        and ``faults`` (corrected unless ``as_published=True``).

    See Also
    --------
    make_system : Make one.

    Examples
    --------
    >>> from skgenre.systems import list_systems
    >>> systems = list_systems().set_index("name")
    >>> systems.loc["yaacob2020-crnn", ["parameters", "stated_parameters"]].tolist()
    [133568, 133520]
    """
    import pandas as pd

    table = pd.DataFrame(
        {
            "name": card.name,
            "source": card.source,
            "input": card.input,
            "network": card.network,
            "parameters": count(card),
            "stated_parameters": card.stated_parameters,
            "training": card.training,
            "stated_score": card.score,
            "protocol": card.protocol,
            "faults": card.faults,
        }
        for card in CARDS.values()
    )
    return table.astype({"parameters": "Int64", "stated_parameters": "Int64"})


def count(card: Card, convention: str = "torch") -> int | None:
    """Count the parameters of a system's network at the source's sizes; None if it has none."""
    if not card.n_bands:
        return None
    import torch

    from ..nn import count_parameters

    # The meta device has shapes but no values: no weights are drawn.
    classifier = card.make_classifier(22_050, False)
    parameters = {name: getattr(classifier, name) for name in classifier._module_parameters}
    with torch.device("meta"):
        module = classifier._module_class()(
            card.n_bands, card.n_frames, card.n_outputs, **parameters
        )
    return count_parameters(module, convention=convention)
