"""The result of a comparison, with its plot and its report."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from ..._files import output_file
from ..._public import public
from ..._shown_text import to_unicode
from .genres import GenreResults
from .merge import merge_comparisons, rename_pipelines
from .plain import describe_comparison
from .plot import draw_comparison
from .report import render_report
from .searches import make_chosen_parameters
from .store import Stored, read_comparison, write_comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._leakage.gap_result import LeakageGap


@public
class Comparison(GenreResults):
    """Scores of several pipelines on the same folds, with the evaluation protocol.

    Returned by :func:`compare`. A notebook shows it as a table, with the test results in words.

    Parameters
    ----------
    frame : DataFrame
        One row per pipeline and fold.
    predictions : DataFrame
        One row per test clip, pipeline and fold.
    protocol : dict
        How the scores were measured.
    scoring : Scoring, default=None
        The scores; None finds those that skgenre knows by the names in `frame`.

    Attributes
    ----------
    frame : DataFrame
        One row per pipeline and fold, with the columns ``pipeline``, ``repeat``, ``fold`` (counted
        over all repeats), ``n_train`` and ``n_test`` (clips), ``test_<score>`` for each score,
        ``fit_time``, ``predict_time`` and ``score_time`` (seconds; features already cached by an
        earlier fold are not computed again), ``model_size`` (bytes of the pickled pipeline; NaN
        when it can't be pickled), with searches ``best_params`` (JSON; see `chosen_parameters`) and
        ``error`` (why the pipeline failed on this fold; empty when it did not).
    predictions : DataFrame
        One row per test clip, pipeline and fold: ``pipeline``, ``repeat``, ``fold``, ``clip`` (its
        row in X), ``file`` (if X are paths), ``group`` (if there are groups), ``target``,
        ``predicted``, and a column ``probability_<genre>`` for each genre, if a pipeline has
        probabilities; NaN for those that have none. Where clips may have several genres,
        ``target_<genre>`` and ``predicted_<genre>``, 0 or 1, take the place of ``target`` and
        ``predicted``.
    protocol : dict
        Number of clips, genres, groups and folds, where clips may have several genres the mean
        ``genres_per_clip``, the data in words, the split, the unit (clip),
        the seed, the test of each score, the pipelines with their parameters, the number of folds
        finished in an earlier run, and versions.

    See Also
    --------
    compare : Runs the comparison.

    Notes
    -----
    Every pair of pipelines is tested, two-sided, with two questions: see :meth:`pairwise`. On these
    clips, the signs of the differences of clips, or of groups of clips, are flipped at random [1]_.
    For new training sets, the folds are compared by the t-test with the variance of Nadeau and
    Bengio [2]_, which accounts for the training clips that folds share, and also holds for repeated
    folds [3]_; its distribution is also the posterior of the Bayesian correlated t-test [4]_.
    Intervals for all pairs at once are from the joint distribution of the smallest p-value over the
    same sign flips [5]_, and for the t-test from Bonferroni's correction. The ROC AUC and average
    precision of several genres are tested by a paired bootstrap [6]_, in which clips, or whole
    groups, are drawn with replacement, the same for all pipelines: 2,000 times, fewer above ten
    million clips times genres times pipelines.

    References
    ----------
    .. [1] E. S. Edgington, P. Onghena, "Randomization Tests", Chapman & Hall, 2007.
    .. [2] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.
    .. [3] R. R. Bouckaert, E. Frank, "Evaluating the Replicability of Significance Tests for
       Comparing Learning Algorithms", PAKDD 2004.
    .. [4] A. Benavoli, G. Corani, J. Demšar, M. Zaffalon, "Time for a Change: a Tutorial for
       Comparing Multiple Classifiers Through Bayesian Analysis", Journal of Machine Learning
       Research 18, 2017.
    .. [5] P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing", Wiley, 1993.
    .. [6] A. C. Davison, D. V. Hinkley, "Bootstrap Methods and Their Application", Cambridge
       University Press, 1997.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre.model_selection import compare
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"chance": DummyClassifier(), "logistic": LogisticRegression(max_iter=500)}
    >>> result = compare(models, X, y, cv=5, random_state=0)
    >>> result.frame.groupby("pipeline").size().to_dict()
    {'chance': 5, 'logistic': 5}
    >>> result.ranking()["rank"].to_dict()
    {'logistic': 1, 'chance': 2}
    >>> result.pairwise()[["question", "differs"]].values.tolist()
    [['these clips', True], ['new training sets', True]]
    """

    @property
    def chosen_parameters(self) -> pd.DataFrame:
        """Parameters that searches among the pipelines chose, one row per pipeline and fold.

        The columns are ``pipeline``, ``repeat``, ``fold`` and the parameters; those of a search
        inside a pipeline begin with the name of its step. Numbers, text, True, False and None are
        kept; another value, such as an estimator, is its ``repr``. Empty without searches.
        """
        return make_chosen_parameters(self.frame)

    def plot(self, score: str | None = None, *, ax: "Axes | None" = None) -> "Axes":
        """Plot each pipeline's folds, their mean and its 95 % interval.

        Parameters
        ----------
        score : str, default=None
            The score; None means the first one.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a figure.

        Returns
        -------
        matplotlib Axes
            One row per pipeline, the best on top, and for accuracy a dotted line at chance.
        """
        return draw_comparison(self, self._check_score(score), ax)

    def to_html(
        self,
        path: str | os.PathLike,
        *,
        title: str = "Comparison of pipelines",
        leakage_gaps: "Mapping[str, LeakageGap] | None" = None,
    ) -> None:
        """Write a self-contained HTML report that needs no other file and no network.

        Parameters
        ----------
        path : str or path-like
            The file to write.
        title : str, default="Comparison of pipelines"
            Title of the page.
        leakage_gaps : mapping of str to LeakageGap, default=None
            Results of :func:`leakage_gap` for pipelines of this comparison, by name. The page then
            shows the scores that splits that leak would have given.

        Raises
        ------
        ValueError
            When one of `leakage_gaps` belongs to no pipeline of this comparison.
        """
        gaps = {} if leakage_gaps is None else dict(leakage_gaps)
        for name in gaps:
            if name not in self.summary.index:
                raise ValueError(
                    f"leakage_gaps has {name!r}, and the pipelines of this comparison are "
                    f"{', '.join(map(repr, self.summary.index))}."
                )
        with output_file(path) as file:
            file.write(to_unicode(render_report(self, title, gaps)).encode())

    def to_dict(self, *, alpha: float = 0.05) -> dict[str, Any]:
        """Return the results as plain values for JSON, without NaN.

        Parameters
        ----------
        alpha : float, default=0.05
            Significance level.

        Returns
        -------
        dict
            ``verdict``, the result in words; ``scores``, their names; ``ranking``, a dict per
            pipeline, best first: ``pipeline``, ``rank`` (None if it failed), ``beaten_by``,
            ``scores`` (``mean``, ``std``, ``low`` and ``high`` of each), ``fit_time``,
            ``predict_time`` and ``model_size``; ``pairs``, the rows of :meth:`pairwise` of every
            ``score``; ``folds``, the rows of `frame`; ``genres`` and
            ``confusion_matrices`` (``genres`` and ``clips``, a row per true genre) by pipeline;
            ``always_wrong`` and ``calibration``, the rows of these tables; ``failures`` in words;
            and ``protocol``. An undefined number is None. Where clips may have several genres, the
            matrices, ``always_wrong`` and ``calibration`` are empty.
        """
        return describe_comparison(self, alpha)

    def save(self, path: str | os.PathLike) -> None:
        """Save the comparison to one file, which :meth:`load` reads without running any code.

        Scores that skgenre knows by name are tested in the same way after loading. One of a user's
        own function is then tested only over the folds.

        Parameters
        ----------
        path : str or path-like
            The file to write: a zip archive of one JSON document and columns of numbers.

        Raises
        ------
        TypeError
            When a part is neither text nor a number.
        """
        write_comparison(path, self._parts())

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Load a comparison that was saved.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        Comparison
            The same scores, predictions and protocol.

        Raises
        ------
        FileNotFoundError
            When there is no such file.
        ValueError
            When the file is damaged, not a comparison, or of a newer format.
        """
        return cls(**read_comparison(path)._asdict())

    def rename(self, names: Mapping[str, str]) -> Self:
        """Return the comparison with other names of pipelines.

        Parameters
        ----------
        names : mapping of str to str
            New names by old ones. The other pipelines keep theirs.

        Returns
        -------
        Comparison
            The same results.

        Raises
        ------
        ValueError
            When there is no such pipeline, or two would have the same name.
        """
        renamed = rename_pipelines(self._parts(), names)
        return type(self)(**renamed._asdict(), scoring=self._scoring)

    def __or__(self, other: object) -> Self:
        """Merge two comparisons on the same folds; see :meth:`merge`."""
        if not isinstance(other, Comparison):
            return NotImplemented
        return self.merge(other)

    def merge(self, other: "Comparison") -> Self:
        """Return a comparison of the pipelines of two, tested together; also ``a | b``.

        Both must have the same clips, genres, groups, folds and scores. Clips with files are the
        same if the names of the files are; the folders may differ. Results that both have are kept
        once.

        Parameters
        ----------
        other : Comparison
            The other comparison.

        Returns
        -------
        Comparison
            The pipelines of `self`, then those of `other`.

        Raises
        ------
        ValueError
            When clips, folds or scores differ, or a pipeline with the same name has other results:
            the message says which.
        """
        merged = merge_comparisons(self._parts(), other._parts())
        return type(self)(**merged._asdict(), scoring=self._scoring or other._scoring)

    def _parts(self) -> Stored:
        return Stored(self.frame, self.predictions, self.protocol)
