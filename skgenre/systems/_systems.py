"""Systems and models by name."""

import difflib
import math
from numbers import Real
from typing import TYPE_CHECKING, Any

from .._public import public
from . import _bahuleyan, _bhandari, _genrewiz, _kumar, _park, _velardo, _yaacob
from ._card import SR, Card
from ._measured import MEASURED, PROTOCOL
from ._models import FRAME_RATE, MODELS, Model, make_model

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from ..features import FrameSegmenter

_SOURCES = (_bahuleyan, _bhandari, _genrewiz, _kumar, _park, _velardo, _yaacob)
CARDS: dict[str, Card] = {card.name: card for source in _SOURCES for card in source.CARDS}
_ALL: dict[str, Card | Model] = {**MODELS, **CARDS}


@public
def make_system(
    name: str,
    *,
    input_kind: str = "waveform",
    sr: float | None = None,
    frame_rate: float | None = None,
    as_published: bool = False,
) -> "Pipeline":
    """Make the pipeline of a model or a reference system.

    Parameters
    ----------
    name : str
        One of skgenre's own models, such as "best", see :func:`list_models`; or a reference system,
        see :func:`list_systems`.
    input_kind : {"waveform", "mel"}, default="waveform"
        Input of the pipeline: paths or waveforms, or precomputed mel spectrograms in dB, of shape
        (n_clips, n_bands, n_frames). The latter only for systems that use nothing else.
    sr : float, default=None
        Sampling rate in Hz: files are resampled to it; arrays are assumed to have it. None means
        22050, and 16000 for "best-embedding", which needs it.
    frame_rate : float, default=None
        Frames per second of mel spectrograms, for models: their segments last 10 s. None means
        12.9, the rate of the spectrograms that they make themselves.
    as_published : bool, default=False
        False keeps network and features of a reference system and corrects the faults that
        :func:`list_systems` lists: training stops early on clips held out from the training clips,
        decibels stay decibels, time is time. True is the recipe as stated, with Keras's initial
        weights and epsilon where the source used Keras, as far as a row can stay a clip: segments
        vote, and a split never separates those of a song; scalers are fitted in `fit`; a clip's
        genre does not depend on the other clips.

    Returns
    -------
    Pipeline
        An unfitted pipeline. Every part keeps its parameters: use ``set_params`` to shorten
        training or to set `random_state`, `device` or `memory`.

    Raises
    ------
    ValueError
        If there is no such system, or it does not accept mel spectrograms.

    See Also
    --------
    list_models : List skgenre's own models.
    list_systems : List the reference systems.
    parameter_grid : Hyper-parameters that a source tried.

    Notes
    -----
    The models take clips of any lengths, in segments of 10 s: shorter clips are padded with zeros.
    Mel spectrograms must last 10 s or longer, and all equally long. Clips may have several genres.

    Reference systems cut clips, or pad them with zeros, to the duration of the source: 29.7 s for
    ``yaacob2020`` and ``genrewiz``, 29.9 s for ``kumar2021``, ``bahuleyan2018-vgg16`` and
    ``bhandari``. The step's parameter `duration` changes that.

    The periods of ``park-rnn`` are twelfths of a clip either way; in the source they were single
    frames by mistake. ``bahuleyan2018-vgg16`` needs a file of weights, see
    :class:`skgenre.classifiers.TransferCNNClassifier`.

    Examples
    --------
    >>> from skgenre.systems import make_system
    >>> model = make_system("svm")
    >>> [name for name, _ in model.steps]
    ['segmenter', 'blockkernelclassifier']
    >>> system = make_system("yaacob2020-crnn")
    >>> [name for name, _ in system.steps]
    ['melspectrogram', 'crnnclassifier']
    >>> system = system.set_params(crnnclassifier__max_epochs=5, crnnclassifier__random_state=0)
    """
    if input_kind not in ("waveform", "mel"):
        raise ValueError(
            "The 'input_kind' parameter of make_system must be 'waveform' or 'mel'. Got "
            f"{input_kind!r} instead."
        )
    for parameter, value in (("sr", sr), ("frame_rate", frame_rate)):
        if value is not None and not (isinstance(value, Real) and 0 < value < math.inf):
            raise ValueError(
                f"The {parameter!r} parameter of make_system must be a number above 0, or None. "
                f"Got {value!r} instead."
            )
    if frame_rate is not None and input_kind != "mel":
        raise ValueError(
            "The 'frame_rate' parameter of make_system is the number of frames per second of mel "
            f"spectrograms: it needs input_kind='mel'. Got frame_rate={frame_rate!r} with "
            f"input_kind={input_kind!r}."
        )
    chosen = find_card(name)
    if input_kind == "mel" and not chosen.takes_mel:
        able = [other.name for other in _ALL.values() if other.takes_mel]
        raise ValueError(
            f"The system {name!r} takes no mel spectrograms, but {chosen.input}: use "
            f"input_kind='waveform'. Systems that take mel spectrograms: {', '.join(able)}."
        )
    if isinstance(chosen, Card):
        if frame_rate is not None:
            raise ValueError(
                f"The system {name!r} has segments of a fixed number of frames: leave frame_rate "
                f"out. Models have segments of a fixed duration: {', '.join(MODELS)}."
            )
        return _make_reference(chosen, input_kind, SR if sr is None else sr, as_published)
    if as_published:
        raise ValueError(
            f"as_published=True is for reference systems, and {name!r} is a model of skgenre's own."
        )
    if not chosen.takes_any_sr and sr not in (None, chosen.sr):
        raise ValueError(
            f"The model {name!r} needs sr={chosen.sr:g}, the rate of its pre-trained network. Got "
            f"sr={sr!r} instead: files are resampled; resample arrays before."
        )
    rate = frame_rate or FRAME_RATE if input_kind == "mel" else None
    return make_model(chosen, sr=sr, frame_rate=rate)


def _make_reference(card: Card, input_kind: str, sr: float, as_published: bool) -> "Pipeline":
    from sklearn.pipeline import make_pipeline

    from ..classifiers import SegmentVotingClassifier

    if input_kind == "waveform":
        steps = card.make_features(sr, as_published)
    else:
        steps = [_frame_segmenter(card)] if card.in_segments else []
    classifier = card.make_classifier(sr, as_published)
    if card.in_segments:
        classifier = SegmentVotingClassifier(classifier)
    return make_pipeline(*steps, classifier)


@public
def list_models() -> "pd.DataFrame":
    """List skgenre's own models, with their measured accuracy and cost.

    Returns
    -------
    DataFrame
        One row per model: ``name``, ``input``, ``classifier``, ``advice`` (when to use it),
        ``accuracy`` and ``margin`` (mean, and half its 95 % interval), ``fit_seconds`` (CPU time of
        one fit, on one thread), ``kilobytes`` (pickled), and ``protocol`` (clips and split of these
        figures; compare only rows with the same one). Figures that were not measured are NaN.

    See Also
    --------
    make_system : Make one.
    list_systems : Systems of the literature.

    Notes
    -----
    The user guide has the tables behind the choices, and figures of other collections.

    Examples
    --------
    >>> from skgenre.systems import list_models
    >>> models = list_models().set_index("name")
    >>> models.loc["svm", "classifier"]
    'support vector machine with a kernel for each table'
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "name": model.name,
            "input": model.input,
            "classifier": model.classifier,
            "advice": model.advice,
            "accuracy": model.accuracy,
            "margin": model.margin,
            "fit_seconds": model.fit_seconds,
            "kilobytes": model.kilobytes,
            "protocol": model.protocol,
        }
        for model in MODELS.values()
    )


@public
def list_systems() -> "pd.DataFrame":
    """List the reference systems, with what their sources state.

    The stated scores are of different clips and splits: they don't tell which system is best. The
    measured ones are of one leak-free split, which is not that of :func:`list_models`.

    Returns
    -------
    DataFrame
        One row per system: ``name``, ``source``, ``input``, ``network``, ``parameters`` (trained
        values at the source's sizes and genres, as torch counts them; none for classifiers that are
        not networks), ``stated_parameters`` (the source's, in the convention of its library),
        ``training`` (as stated), ``stated_score``, ``protocol`` (the clips and split of the score),
        ``faults`` (corrected unless ``as_published=True``), and our own measurement: ``accuracy``,
        ``margin`` (half its 95 % interval), ``fit_seconds`` (CPU time of one fit) and
        ``measured_on`` (clips and split; NaN or empty where not measured).

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
    table = describe_systems()
    parameters = [count(card) for card in CARDS.values()]
    table.insert(list(table).index("stated_parameters"), "parameters", parameters)
    return table.astype({"parameters": "Int64"})


def describe_systems() -> "pd.DataFrame":
    """Return the table of :func:`list_systems` without counting parameters, which takes seconds."""
    import pandas as pd

    table = pd.DataFrame(
        {
            "name": card.name,
            "source": card.source,
            "input": card.input,
            "network": card.network,
            "stated_parameters": card.stated_parameters,
            "training": card.training,
            "stated_score": card.score,
            "protocol": card.protocol,
            "faults": card.faults,
            **_measured(card.name),
        }
        for card in CARDS.values()
    )
    return table.astype({"stated_parameters": "Int64"})


def _measured(name: str) -> dict[str, Any]:
    if name not in MEASURED:
        missing = {"accuracy": math.nan, "margin": math.nan, "fit_seconds": math.nan}
        return {**missing, "measured_on": ""}
    return {**MEASURED[name]._asdict(), "measured_on": PROTOCOL}


@public
def parameter_grid(name: str) -> list[dict[str, list[Any]]]:
    """Return the hyper-parameters that a source tried, for a grid search of its system.

    Parameters
    ----------
    name : {"park-fc", "park-cnn", "park-rnn"}
        The system, not ``as_published``.

    Returns
    -------
    list of dict
        One grid for each row of the source's table, with one value per parameter, so a search
        tries the table's rows and nothing else. The parameters are named as in the pipeline of
        :func:`make_system`.

    Raises
    ------
    ValueError
        If the system has no table.

    Notes
    -----
    The table of ``park-rnn`` has two columns of dropout. The first is taken as the rate after the
    dense layer, the second as the rate inside the cells.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skgenre.systems import make_system, parameter_grid
    >>> grid = parameter_grid("park-fc")
    >>> len(grid), grid[-1]["segmentvotingclassifier__estimator__dense"]
    (6, [(300, 150)])
    >>> search = GridSearchCV(make_system("park-fc"), grid, cv=3)
    """
    grid = getattr(find_card(name), "grid", None)
    if grid is None:
        able = ", ".join(card.name for card in CARDS.values() if card.grid)
        raise ValueError(
            f"The source of the system {name!r} has no table of hyper-parameters. Systems with a "
            f"table: {able}."
        )
    prefix, parameters, rows = grid
    return [
        {f"{prefix}{key}": [value] for key, value in zip(parameters, row, strict=True)}
        for row in rows
    ]


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


def find_card(name: str) -> Card | Model:
    """Return the card of a system or a model; suggest names if there is none."""
    if name in _ALL:
        return _ALL[name]
    likely = _suggest(str(name).lower())
    hint = f" Did you mean {' or '.join(map(repr, likely))}?" if likely else ""
    systems = "listed by list_systems() and 'skgenre models'" if likely else ", ".join(CARDS)
    raise ValueError(
        f"There is no model or system {name!r}.{hint} The models are {', '.join(MODELS)}. The "
        f"reference systems are {systems}."
    )


def _suggest(name: str) -> list[str]:
    """Return up to three names like a wrong one, which may lack or misstate its source."""
    network = name.partition("-")[2] or name
    ending = [other for other in CARDS if other.partition("-")[2] == network]
    if name == network and ending:  # the name of a network, without its source
        return ending[:3]
    return difflib.get_close_matches(name, _ALL, n=3) or ending[:3]


def _frame_segmenter(card: Card) -> "FrameSegmenter":
    from ..features import FrameSegmenter

    return FrameSegmenter(card.n_frames, hop_frames=(card.n_frames + 1) // 2)
