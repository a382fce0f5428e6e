"""Descriptions of the model for its page."""

from typing import Any, NamedTuple

from .._pipelines import takes_several_genres
from .._templates import render
from ..persistence._card import NO_EVALUATION, name_of, render_card
from ..persistence._evaluation import describe_scores
from ._limits import Limits
from ._pictures import genre_variables


class ModelFacts(NamedTuple):
    """Descriptions of a model, as HTML.

    Parameters
    ----------
    panel : str
        Scores, protocol and genres, for the page.
    card : str
        The model card, a page of its own.
    """

    panel: str
    card: str


def describe_model(
    model: Any, genres: list[str], evaluation: dict[str, Any] | None, limits: Limits
) -> ModelFacts:
    """Describe a fitted model for the visitors of its page.

    Parameters
    ----------
    model : classifier or Pipeline
        Fitted.
    genres : list of str
        Its genres.
    evaluation : dict or None
        Its scores and their protocol, checked.
    limits : Limits
        Limits of uploads.
    """
    panel = render(
        "web_page.html",
        "about",
        model=name_of(model),
        genres=list(genre_variables(genres).items()),
        scores=[] if evaluation is None else describe_scores(evaluation),
        protocol="" if evaluation is None else evaluation["protocol"],
        no_evaluation=NO_EVALUATION,
        limits=limits,
        is_several=takes_several_genres(model),
    )
    card = render_card(model, as_html=True, evaluation=evaluation, is_public=True)
    return ModelFacts(panel, card)
