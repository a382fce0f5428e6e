"""Systems by name."""

import difflib
from typing import TYPE_CHECKING

from .._public import public
from ._card import Card
from ._document_000 import CARDS as _CARDS_000
from ._documents_001_002 import CARDS as _CARDS_001_002
from ._documents_003_004 import CARDS as _CARDS_003_004

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from ..features import FrameSegmenter

CARDS: dict[str, Card] = {card.id: card for card in (*_CARDS_000, *_CARDS_001_002, *_CARDS_003_004)}


@public
def make_system(
    id: str,  # noqa: A002
    *,
    input: str = "waveform",  # noqa: A002
    sr: float = 22050,
    honest: bool = True,
) -> "Pipeline":
    """Make the pipeline of a reference system.

    Parameters
    ----------
    id : str
        Name of the system, see :func:`list_systems`.
    input : {"waveform", "mel"}, default="waveform"
        Input of the pipeline: paths or waveforms, or precomputed mel spectrograms of shape
        (n_clips, n_bands, n_frames). The latter only for systems that use nothing else.
    sr : float, default=22050
        Sampling rate in Hz: files are resampled to it; arrays are assumed to have it.
    honest : bool, default=True
        True keeps network and features and fixes the faults that :func:`list_systems` lists:
        training stops early on clips held out from the training clips, decibels stay decibels, time
        is time. False is the recipe as stated, with Keras's initial weights and epsilon where the
        document used Keras, as far as a row can stay a clip: segments vote, and a split never
        separates those of a song; scalers are fitted in `fit`; a clip's genre does not depend on
        the other clips.

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
    list_systems : List all systems.
    parameter_grid : Hyper-parameters that a document tried.

    Notes
    -----
    Clips are cut, or padded with zeros, to the duration of the document: 29.7 s for 001 and 002,
    29.9 s for 000-cnn, 000-transfer and 004. The step's parameter `duration` changes that.

    003's periods are twelfths of a clip either way; in the document they were single frames by
    mistake. 000-transfer needs a file of weights, see
    :class:`skgenre.classifiers.TransferCNNClassifier`.

    Examples
    --------
    >>> from skgenre.systems import make_system
    >>> system = make_system("001-crnn")
    >>> [name for name, _ in system.steps]
    ['melspectrogram', 'crnnclassifier']
    >>> system = system.set_params(crnnclassifier__max_epochs=5, crnnclassifier__random_state=0)
    """
    from sklearn.pipeline import make_pipeline

    from ..classifiers import SegmentVotingClassifier

    card = find_card(id)
    if input not in ("waveform", "mel"):
        raise ValueError(
            f"The 'input' parameter of make_system must be 'waveform' or 'mel'. Got {input!r} "
            f"instead."
        )
    if input == "mel" and not card.takes_mel:
        able = ", ".join(name for name, other in CARDS.items() if other.takes_mel)
        raise ValueError(
            f"The system {id} takes no mel spectrograms, but {card.input}: use input='waveform'. "
            f"With input='mel' there are {able}."
        )
    if input == "waveform":
        steps = card.make_features(sr, honest)
    else:
        steps = [_frame_segmenter(card)] if card.in_segments else []
    classifier = card.make_classifier(sr, honest)
    if card.in_segments:
        classifier = SegmentVotingClassifier(classifier)
    return make_pipeline(*steps, classifier)


def find_card(id: str) -> Card:  # noqa: A002
    """Return the card of a system; suggest the closest name if there is none."""
    if id in CARDS:
        return CARDS[id]
    likely = difflib.get_close_matches(str(id), CARDS, n=1)
    hint = f" Did you mean {likely[0]!r}?" if likely else ""
    raise ValueError(f"There is no system {id!r}.{hint} There are {', '.join(CARDS)}.")


def _frame_segmenter(card: Card) -> "FrameSegmenter":
    from ..features import FrameSegmenter

    return FrameSegmenter(card.n_frames, hop_frames=(card.n_frames + 1) // 2)
