"""Measured scores of the reference systems, from `python -m benchmarks study`."""

from typing import NamedTuple

PROTOCOL = (
    "197 clips of GTZAN's fault-filtered validation part, fitted on 442, faults corrected, at most "
    "140 s of CPU time per fit"
)


class Measured(NamedTuple):
    """Score of a system.

    Parameters
    ----------
    accuracy : float
        Mean over three seeds.
    margin : float
        Half its 95 % interval.
    fit_seconds : float
        CPU time of a fit.
    """

    accuracy: float
    margin: float
    fit_seconds: float


MEASURED = {
    "bahuleyan2018-vgg16": Measured(0.288, 0.063, 135),
    "bhandari-crnn": Measured(0.340, 0.066, 131),
    "genrewiz-pcrnn": Measured(0.399, 0.068, 137),
    "genrewiz-pcrnn-steps": Measured(0.347, 0.066, 138),
    "kumar2021-cnn": Measured(0.387, 0.068, 135),
    "yaacob2020-cnn1d-deep": Measured(0.426, 0.069, 52),
    "yaacob2020-cnn1d-shallow": Measured(0.489, 0.070, 46),
    "yaacob2020-cnn2d-deep": Measured(0.518, 0.070, 138),
    "yaacob2020-cnn2d-shallow": Measured(0.465, 0.070, 137),
    "yaacob2020-crnn": Measured(0.343, 0.066, 48),
    "yaacob2020-crnn-stacked": Measured(0.340, 0.066, 64),
    "yaacob2020-crnn-stacked-deep": Measured(0.374, 0.068, 62),
    "yaacob2020-crnn-stacked-dropout": Measured(0.371, 0.067, 79),
    "yaacob2020-rnn": Measured(0.335, 0.066, 53),
}
