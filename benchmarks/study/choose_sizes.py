"""Configurations of learning curves: models by name, fitted on some of the training clips."""

from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.utils import Tags
from sklearn.utils.validation import has_fit_parameter

from skgenre.classifiers import BlockKernelClassifier
from skgenre.systems import make_system

from .choose_configurations import Configurations

MODELS = ("svm", "fast", "svm-mfcc", "cnn", "covnet", "xgb")
# None is all of them. FMA-small has more than 600 to train, GTZAN has not.
SIZES = (None, 60, 120, 250, 600)


def sizes() -> Configurations:
    """Return models by name, each fitted on different numbers of clips."""
    return {
        f"{name}, {'all' if n_clips is None else n_clips} clips": partial(make_sized, name, n_clips)
        for name in MODELS
        for n_clips in SIZES
    }


def join_fits(fits: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Add the fits on all clips that were made of the models by name, unless they are there."""
    if fits.empty or named.empty:
        return fits
    everything = named.assign(configuration=named["configuration"] + ", all clips")
    models = fits["configuration"].str.split(", ").str[0].unique()
    is_new = named["configuration"].isin(models)
    is_new &= ~everything["configuration"].isin(fits["configuration"])
    return pd.concat([fits, everything[is_new]], ignore_index=True)


def as_curves(rows: pd.DataFrame, text: pd.Series) -> pd.DataFrame:
    """Return a row for each model, and a column for each number of clips, with its text."""
    parts = rows["configuration"].str.extract(r"^(?P<model>.+), (?P<clips>\w+) clips$")
    cells = parts.assign(text=text, folds=rows.get("folds"))
    curves = cells.pivot(index="model", columns="clips", values="text").fillna("")
    order = [name for name in map(str, (*SIZES[1:], "all")) if name in curves]
    curves = curves.reindex(index=[name for name in MODELS if name in curves.index], columns=order)
    if cells["folds"].notna().any():
        curves["folds"] = cells.groupby("model")["folds"].agg(lambda one: ", ".join(one.unique()))
    return curves.rename_axis(columns=None).reset_index()


class SubsetClassifier(ClassifierMixin, BaseEstimator):
    """Fit a classifier on a stratified random part of the clips.

    Parameters
    ----------
    estimator : classifier
        What to fit.
    n_clips : int, default=None
        Clips to fit on; None takes all.
    random_state : int, default=None
        Seed of the draw.

    Attributes
    ----------
    classes_ : ndarray
        The genres.
    n_clips_ : int
        Clips that the classifier was fitted on.
    estimator_ : classifier
        The fitted classifier.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        n_clips: int | None = None,
        random_state: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_clips = n_clips
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray, groups: np.ndarray | None = None) -> Self:
        """Draw clips and fit the classifier on them."""
        rows = np.arange(len(y))
        if self.n_clips is not None:
            if self.n_clips >= len(y):
                raise ValueError(f"n_clips={self.n_clips}, but there are {len(y)} to draw from.")
            draw = StratifiedShuffleSplit(
                1, train_size=self.n_clips, random_state=self.random_state
            )
            rows = np.sort(next(draw.split(rows, y))[0])
        params = {}
        if groups is not None and has_fit_parameter(self.estimator, "groups"):
            params["groups"] = groups[rows]
        self.estimator_ = clone(self.estimator).fit(X[rows], y[rows], **params)
        self.classes_, self.n_clips_ = self.estimator_.classes_, len(rows)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the most probable genre of each clip."""
        return self.estimator_.predict(X)


class Tables(TransformerMixin, BaseEstimator):
    """Compute the tables of a union once for all fits, without joining their columns.

    Parameters
    ----------
    union : FeatureUnion
        Transformers that learn nothing.
    """

    def __init__(self, union: FeatureUnion) -> None:
        self.union = union

    def fit(self, X: Any, y: Any = None) -> Self:
        """Do nothing."""
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return an array of objects: of each clip a list, with its row of each table."""
        tables = [clone(block).fit_transform(X) for _, block in self.union.transformer_list]
        rows = np.empty(len(X), dtype=object)
        rows[:] = [list(parts) for parts in zip(*tables, strict=True)]
        return rows

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


class OneTable(TransformerMixin, BaseEstimator):
    """Return one of the tables of `Tables`.

    Parameters
    ----------
    position : int
        Which.
    """

    def __init__(self, position: int) -> None:
        self.position = position

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Do nothing."""
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return the table (n_clips, n_features)."""
        return np.stack([parts[self.position] for parts in X])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def make_sized(name: str, n_clips: int | None, frame_rate: float) -> Pipeline:
    """Return a model by name that is fitted on some of the clips, its tables computed once."""
    system = make_system(name, input_kind="mel", frame_rate=frame_rate)
    *steps, last = (step for _, step in system.steps)
    if isinstance(last, BlockKernelClassifier):
        blocks = last.blocks
        steps.append(Tables(FeatureUnion(blocks)))
        last.set_params(blocks=[(block, OneTable(i)) for i, (block, _) in enumerate(blocks)])
    return make_pipeline(*steps, SubsetClassifier(last, n_clips))
