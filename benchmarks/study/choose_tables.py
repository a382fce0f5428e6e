"""Configurations of models of tables: support vector machines, trees, and what they read."""

from functools import partial
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import XGBGenreClassifier
from skgenre.features import BandCovariance, MFCCStatistics, ModulationSpectrum
from skgenre.systems import list_models, make_system

from .choose_configurations import Configurations
from .table_choices import choices

_SR = 22050


def mfcc() -> Configurations:
    """Return what to summarise of MFCCs, with a support vector machine."""
    variants: dict[str, dict[str, Any]] = {
        "mfcc-13": {"n_mfcc": 13},
        "mfcc-40": {"n_mfcc": 40},
        "mfcc-no-percentiles": {"statistics": ("mean", "std", "cov")},
        "mfcc-no-cov": {"statistics": ("mean", "std", "p10", "p25", "p75", "p90")},
        "mfcc-skew-kurtosis": {"statistics": ("mean", "std", "skew", "kurtosis", "cov")},
    }
    ours = {name: partial(_mfcc_svm, **options) for name, options in variants.items()}
    return {**_beginning_with("mfcc"), **ours}


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
        "mean=True": {"mean": True},
        "n_bands=32, mean=True": {"n_bands": 32, "mean": True},
        "ridge=0": {"ridge": 0.0},
        "ridge=1": {"ridge": 1.0},
        "ridge=10": {"ridge": 10.0},
        "shrinkage=0.001": {"shrinkage": 0.001},
        "shrinkage=0.1": {"shrinkage": 0.1},
        "metric='riemann'": {"metric": "riemann"},
    }
    ours: Configurations = {
        name: partial(_covariance_svm, **options) for name, options in variants.items()
    }
    return {**ours, "default, then StandardScaler": _standardized_covariance}


def modulation() -> Configurations:
    """Return settings of ModulationSpectrum, with a support vector machine."""
    variants: dict[str, dict[str, Any]] = {
        "n_rates=4": {"n_rates": 4},
        "n_rates=16": {"n_rates": 16},
        "n_bands=16": {"n_bands": 16},
        "n_bands=64": {"n_bands": 64},
        "min_rate=0.25": {"min_rate": 0.25},
    }
    ours = {name: partial(_modulation_svm, **options) for name, options in variants.items()}
    return {**_beginning_with("modulation"), **ours}


def blocks() -> Configurations:
    """Return blocks of features with a kernel each."""
    return _beginning_with("blocks")


def classifiers() -> Configurations:
    """Return classifiers of the statistics of MFCCs."""
    made: dict[str, BaseEstimator] = {
        "SVC(C=10)": SVC(C=10),
        "SVC(C=1)": SVC(C=1),
        "SVC(C=100)": SVC(C=100),
        "SVC(kernel='linear', C=0.01)": SVC(kernel="linear", C=0.01),
        "LogisticRegression(C=0.01)": LogisticRegression(C=0.01, max_iter=2000),
        "RandomForestClassifier(500)": RandomForestClassifier(500),
        "XGBGenreClassifier()": XGBGenreClassifier(),
    }
    return {name: partial(_mfcc_with, classifier) for name, classifier in made.items()}


def named() -> Configurations:
    """Return skgenre's own models that take mel maps, and one with several networks."""
    names = [name for name in list_models()["name"] if name not in ("svm", "best-embedding")]
    made: Configurations = {name: partial(_make_named, name) for name in ("svm", *names)}
    return {**made, "covnet, five averaged": _averaged_networks}


def _beginning_with(word: str) -> Configurations:
    """Return configurations of the choices among tables, the one of this very name first."""
    found = {name: make for name, make in choices().items() if name.split("-")[0] == word}
    return {word: found[word], **found}


def _mfcc_svm(frame_rate: float, **options: Any) -> Pipeline:
    return make_pipeline(MFCCStatistics(**options), StandardScaler(), SVC(C=10))


def _mfcc_with(classifier: BaseEstimator, frame_rate: float) -> Pipeline:
    return make_pipeline(MFCCStatistics(), StandardScaler(), classifier)


def _covariance_svm(frame_rate: float, **options: Any) -> Pipeline:
    return make_pipeline(BandCovariance(**options), SVC(C=10))


def _standardized_covariance(frame_rate: float) -> Pipeline:
    return make_pipeline(BandCovariance(), StandardScaler(), SVC(C=10))


def _modulation_svm(frame_rate: float, **options: Any) -> Pipeline:
    options = {"max_rate": None, **options}
    spectrum = ModulationSpectrum(sr=_SR, hop_length=round(_SR / frame_rate), **options)
    return make_pipeline(spectrum, StandardScaler(), SVC(C=10))


def _make_named(name: str, frame_rate: float) -> BaseEstimator:
    # Maps of the named systems have the frame rate as a parameter.
    return make_system(name, input_kind="mel", frame_rate=frame_rate)


def _averaged_networks(frame_rate: float) -> BaseEstimator:
    return _make_named("covnet", frame_rate).set_params(
        segmentvotingclassifier__estimator__n_estimators=5
    )
