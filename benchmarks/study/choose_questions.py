"""The questions: which configurations are compared, and with which one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from . import choose_networks as networks
from . import choose_tables as tables
from .choose_audio import variants_of
from .choose_configurations import Configurations
from .choose_sizes import sizes


@dataclass(frozen=True)
class Question:
    """Configurations that differ in what is asked.

    Parameters
    ----------
    name : str
        For the command line and for files.
    title : str
        The question, for the log.
    reference : str
        The configuration that the others are compared with.
    configurations : dict
        Each makes an estimator of maps in dB, given the frames per second.
    is_slow : bool
        Whether it is run only by its name.
    is_of_audio : bool
        Whether it takes a folder of sound files, not a file of maps.
    """

    name: str
    title: str
    reference: str
    configurations: Configurations
    is_slow: bool = False
    is_of_audio: bool = False

    def restricted(self, models: Sequence[str]) -> "Question":
        """Return the question of the reference and some other configurations."""
        kept = {
            name: make
            for name, make in self.configurations.items()
            if name in models or name == self.reference
        }
        return replace(self, configurations=kept)


def _question(
    name: str,
    title: str,
    make: Callable[[], Configurations],
    *,
    is_slow: bool = False,
    is_of_audio: bool = False,
) -> Question | None:
    """Return a question whose first configuration is the reference; None if there are none."""
    configurations = make()
    if not configurations:
        return None
    return Question(name, title, next(iter(configurations)), configurations, is_slow, is_of_audio)


_ALL = (
    _question("mfcc", "Which statistics of MFCCs, with a support vector machine?", tables.mfcc),
    _question("classifier", "Which classifier of MFCC statistics?", tables.classifiers),
    _question("covariance", "Which settings of BandCovariance?", tables.covariance),
    _question("modulation", "Which settings of ModulationSpectrum?", tables.modulation),
    _question("blocks", "Which blocks of features, and which kernels?", tables.blocks),
    _question("named", "How good are the models by name?", tables.named, is_slow=True),
    _question("sizes", "How much do more training clips help?", sizes, is_slow=True),
    _question("defaults", "How good are the defaults?", networks.defaults, is_slow=True),
    _question(
        "augmentation",
        "Which augmentation of a small one-dimensional CNN?",
        networks.augmentation,
        is_slow=True,
    ),
    _question(
        "augmentation-long",
        "Which augmentation of 'cnn', in its full training?",
        networks.augmentation_long,
        is_slow=True,
    ),
    _question(
        "augmentation-covariance",
        "Which augmentation of 'covnet'?",
        networks.augmentation_of_covariances,
        is_slow=True,
    ),
    _question("longer", "Does 'cnn' gain by longer training?", networks.longer, is_slow=True),
    _question(
        "covariance-net",
        "Does 'covnet' gain by longer training, more filters or more lags?",
        networks.covariance_net,
        is_slow=True,
    ),
    _question(
        "audio-svm",
        "Do copies with changed pitch or tempo help 'svm'?",
        partial(variants_of, "svm"),
        is_slow=True,
        is_of_audio=True,
    ),
    _question(
        "audio-covnet",
        "Do copies with changed pitch or tempo help 'covnet'?",
        partial(variants_of, "covnet", copies=True),
        is_slow=True,
        is_of_audio=True,
    ),
)

QUESTIONS = {question.name: question for question in _ALL if question is not None}
