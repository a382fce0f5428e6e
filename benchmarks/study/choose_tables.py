"""Configurations of models of tables: support vector machines, trees, and what they read."""

import importlib
from functools import partial
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import XGBGenreClassifier
from skgenre.features import BandCovariance, FramePooling, ModulationSpectrum
from skgenre.systems import list_systems, make_system

from .choose_configurations import Configurations
from .recipes import cepstrum

_SR = 22050

# All statistics but the range, which one loud frame sets.
_SHAPES = ("mean", "std", "median", "skew", "kurtosis")

# Names of the systems that are ours, in the order of the tables.
_NAMED = ("svm", "fast", "covnet", "vote", "best")


def mfcc() -> Configurations:
    """Return what to summarise of MFCCs."""
    variants: dict[str, dict[str, Any]] = {
        "20: mean, std": {},
        "20: mean": {"statistics": "mean"},
        "20: mean, cov": {"statistics": ("mean", "cov")},
        "20: five statistics": {"statistics": _SHAPES},
        "20: mean, std; slopes over 3": {"delta_order": 1, "delta_width": 3},
        "20: mean, std; slopes over 9": {"delta_order": 1, "delta_width": 9},
        "20: mean, std; slopes of order 2 over 3": {"delta_order": 2, "delta_width": 3},
        "20: five statistics; order 2 over 3": {
            "statistics": _SHAPES,
            "delta_order": 2,
            "delta_width": 3,
        },
        "20: five, cov; order 2 over 3": {
            "statistics": (*_SHAPES, "cov"),
            "delta_order": 2,
            "delta_width": 3,
        },
        "13: mean, std": {"n_mfcc": 13},
        "40: mean, std": {"n_mfcc": 40},
        "13: five, cov; order 2 over 3": {
            "n_mfcc": 13,
            "statistics": (*_SHAPES, "cov"),
            "delta_order": 2,
            "delta_width": 3,
        },
    }
    return {name: partial(_mfcc_svm, **options) for name, options in variants.items()}


def classifiers() -> Configurations:
    """Return classifiers of means and standard deviations of 20 MFCCs."""
    return {
        "SVC(C=10)": partial(_mfcc_with, SVC(C=10)),
        "SVC(C=1)": partial(_mfcc_with, SVC(C=1)),
        "SVC(C=100)": partial(_mfcc_with, SVC(C=100)),
        "SVC(kernel='linear', C=0.1)": partial(_mfcc_with, SVC(kernel="linear", C=0.1)),
        "LogisticRegression": partial(_mfcc_with, LogisticRegression(C=0.1, max_iter=2000)),
        "RandomForestClassifier": partial(_mfcc_with, RandomForestClassifier(500)),
        "XGBGenreClassifier": partial(_mfcc_with, XGBGenreClassifier()),
    }


def covariance() -> Configurations:
    """Return settings of BandCovariance, with a support vector machine."""
    variants: dict[str, dict[str, Any]] = {
        "default": {},
        "lags=(0,)": {"lags": (0,)},
        "lags=(0, 2)": {"lags": (0, 2)},
        "lags=(0, 1, 2)": {"lags": (0, 1, 2)},
        "n_bands=16": {"n_bands": 16},
        "n_bands=32": {"n_bands": 32},
        "n_bands=40": {"n_bands": 40},
        "n_bands=32, lags=(0,)": {"n_bands": 32, "lags": (0,)},
        "shrinkage=0.001": {"shrinkage": 0.001},
        "shrinkage=0.03": {"shrinkage": 0.03},
        "shrinkage=0.1": {"shrinkage": 0.1},
        "metric='riemann'": {"metric": "riemann"},
    }
    found: Configurations = {
        name: partial(_covariance_svm, **options) for name, options in variants.items()
    }
    return {**found, "default, StandardScaler after it": _standardized_covariance}


def modulation() -> Configurations:
    """Return settings of ModulationSpectrum, with a support vector machine."""
    variants: dict[str, dict[str, Any]] = {
        "32 bands, 8 rates": {},
        "32 bands, 4 rates": {"n_rates": 4},
        "32 bands, 16 rates": {"n_rates": 16},
        "16 bands, 8 rates": {"n_bands": 16},
        "64 bands, 8 rates": {"n_bands": 64},
        "from 0.25 Hz": {"min_rate": 0.25},
        "to 3 Hz": {"max_rate": 3.0},
    }
    return {name: partial(_modulation_svm, **options) for name, options in variants.items()}


def together() -> Configurations:
    """Return tables side by side, with a support vector machine."""
    return {
        "covariance": _covariance_svm,
        "covariance, MFCC": partial(_union_svm, parts=("covariance", "mfcc")),
        "covariance, modulation": partial(_union_svm, parts=("covariance", "modulation")),
        "covariance, MFCC, modulation": partial(
            _union_svm, parts=("covariance", "mfcc", "modulation")
        ),
        "MFCC, modulation": partial(_union_svm, parts=("mfcc", "modulation")),
        "XGBGenreClassifier on covariance": partial(_covariance_with, XGBGenreClassifier()),
        "XGBGenreClassifier on all three": _union_xgb,
    }


def of_the_package() -> Configurations:
    """Return the configurations of ``table_choices.py``, if it is there."""
    try:
        module = importlib.import_module(".table_choices", __package__)
    except ModuleNotFoundError:
        return {}
    return dict(module.choices())


def named() -> Configurations:
    """Return the named systems of the package that take mel maps."""
    known = set(list_systems()["name"])
    return {name: partial(_make_named, name) for name in _NAMED if name in known}


def _mfcc_table(
    n_mfcc: int = 20, statistics: Any = ("mean", "std"), **pooling: Any
) -> list[BaseEstimator]:
    coefficients = FunctionTransformer(cepstrum, kw_args={"n_mfcc": n_mfcc})
    return [coefficients, FramePooling(statistics=statistics, **pooling), StandardScaler()]


def _mfcc_svm(frame_rate: float | None, **options: Any) -> Pipeline:
    return make_pipeline(*_mfcc_table(**options), SVC(C=10))


def _mfcc_with(classifier: BaseEstimator, frame_rate: float | None) -> Pipeline:
    return make_pipeline(*_mfcc_table(), classifier)


def _covariance_with(classifier: BaseEstimator, frame_rate: float | None) -> Pipeline:
    return make_pipeline(BandCovariance(), classifier)


def _covariance_svm(frame_rate: float | None, **options: Any) -> Pipeline:
    return make_pipeline(BandCovariance(**options), SVC(C=10))


def _standardized_covariance(frame_rate: float | None) -> Pipeline:
    return make_pipeline(BandCovariance(), StandardScaler(), SVC(C=10))


def _modulation_table(frame_rate: float | None, **options: Any) -> list[BaseEstimator]:
    if frame_rate is None:
        raise ValueError("ModulationSpectrum needs the frames per second, which the data lack.")
    options = {"max_rate": None, **options}
    spectrum = ModulationSpectrum(sr=_SR, hop_length=round(_SR / frame_rate), **options)
    return [spectrum, StandardScaler()]


def _modulation_svm(frame_rate: float | None, **options: Any) -> Pipeline:
    return make_pipeline(*_modulation_table(frame_rate, **options), SVC(C=10))


def _union(frame_rate: float | None, parts: tuple[str, ...]) -> BaseEstimator:
    made = []
    if "covariance" in parts:
        made.append(make_pipeline(BandCovariance()))
    if "mfcc" in parts:
        made.append(make_pipeline(*_mfcc_table()))
    if "modulation" in parts:
        made.append(make_pipeline(*_modulation_table(frame_rate)))
    return make_union(*made)


def _union_svm(frame_rate: float | None, parts: tuple[str, ...]) -> Pipeline:
    return make_pipeline(_union(frame_rate, parts), SVC(C=10))


def _union_xgb(frame_rate: float | None) -> Pipeline:
    union = _union(frame_rate, ("covariance", "mfcc", "modulation"))
    return make_pipeline(union, XGBGenreClassifier())


def _make_named(name: str, frame_rate: float | None) -> BaseEstimator:
    # Maps of the named systems have the frame rate as a parameter.
    return make_system(name, input_kind="mel", frame_rate=frame_rate)
