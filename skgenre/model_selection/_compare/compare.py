"""Cross-validate several pipelines on the same folds."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator

from ..._public import public
from ..._seeds import draw_seed
from ...features._engine.cache import scratch_folder
from .._clip_labels import check_groups, check_target
from .._leakage.confounds import header_confounds
from .bad_files import leave_out_bad_files
from .comparison import Comparison
from .folds import make_folds, number_repeats
from .genre_bootstrap import find_measure
from .genre_folds import warn_of_missing_genres
from .predictions import make_predictions
from .preparation import check_pipelines, prepare, warn_of_standardized_covariances
from .progress import RunProgress
from .protocol import describe_data, describe_date, describe_versions
from .questions import name_tests
from .resume import FinishedFolds
from .run import FoldRun
from .scoring import make_scoring
from .searches import check_searches
from .tasks import list_tasks, make_frame, read_finished
from .workers import prepare_cluster, run_tasks


@public
def compare(
    pipelines: Mapping[str, BaseEstimator],
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = 5,
    repeats: int = 1,
    scoring: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    memory: Any = None,
    resume: bool = True,
    on_error: str = "report",
    on_bad_files: str = "raise",
    verbose: int = 0,
) -> Comparison:
    """Cross-validate pipelines on the same clips and folds, and test the differences.

    Each pipeline is cloned, fitted and scored once per fold; the originals are not modified. A
    feature is computed once per clip and parameter setting, however many pipelines and folds use
    it: they share one per-clip cache. A pipeline that fails is reported with its error, and the
    others continue.

    Parameters
    ----------
    pipelines : dict of str -> estimator
        Pipelines by name; the results use these names.
    X : sequence of n_clips paths or 1-D waveforms, or array of shape (n_clips, ...)
        The clips; a row is always a clip.
    y : array-like of shape (n_clips,) or (n_clips, n_genres), or sequence of sets of names
        Their genres. Where clips may have several, a matrix or a DataFrame of 0 and 1 with a column
        per genre, or sets or lists of names; the pipelines get a matrix.
    groups : array-like of shape (n_clips,), default=None
        Group labels, such as artists, albums or duplicates; a group never appears in both train and
        test. They are passed to the splitter, to the inner splitters of searches such as
        ``GridSearchCV``, and to the inner early stopping of every classifier whose ``fit`` takes
        `groups`. A split that divides a group is refused.
    cv : int, str, splitter, array-like of shape (n_clips,) or iterable, default=5
        The splits, made once for all pipelines.

        - A number of folds: ``StratifiedKFold``, or ``StratifiedGroupKFold`` when there are groups,
          shuffled with `random_state`; where clips may have several genres,
          :class:`MultilabelStratifiedGroupKFold`.
        - "stratified" or "group": five folds of the one or the other; "repeated": five folds,
          with groups kept together, drawn five times unless `repeats` says otherwise.
        - A splitter of scikit-learn or of :mod:`skgenre.model_selection`. If its ``random_state``
          is None, it is seeded by `random_state`.
        - The part of each clip, as text or whole numbers. Each part is tested in turn by models of
          all others; -1 is never tested. If a part is called "train" or "training", models are
          fitted on it alone: an official split such as ``load_fma(...).split`` is scored on its
          part "test", and its validation part is not used.
        - An iterable of (train, test), the indices of clips.
    repeats : int, default=1
        How often the folds are drawn, each time with another seed from `random_state`. Only if `cv`
        is a number, a name, or a splitter with ``shuffle=True``. Repeats stabilize the mean; they
        add no clips.
    scoring : str, callable, list, tuple or dict, default=None
        One or more scores, named as in scikit-learn or :func:`skgenre.metrics.get_genre_scorer`, or
        callables of (model, X, y). Larger is better; the first score ranks the pipelines. None
        means "accuracy", and where clips may have several genres "roc_auc" and "average_precision",
        means over the genres.
    n_jobs : int, default=None
        Number of processes over pipelines and folds, as in joblib. Within
        ``joblib.parallel_config(backend="dask")`` the folds run on all workers of a Dask cluster.
    random_state : int, RandomState instance or None, default=None
        Seeds the folds, and fills every nested ``random_state`` that is None. What one pipeline
        gets does not depend on the others.
    memory : str or path-like, default=None
        Folder for finished folds and for the per-clip feature cache, which every audio transformer
        without its own cache uses. None means a temporary folder, removed at the end. On a Dask
        cluster, a folder that all its machines share.
    resume : bool, default=True
        Whether to reuse finished folds from `memory`, so that a run that was killed continues where
        it stopped. A fold is identified by its pipeline with all parameters, its split, the clips
        (files by size, modification time and parts of their content), genres and groups, the
        scores, and the package versions. So set `random_state`: without it every run draws new
        folds.
    on_error : {"report", "raise"}, default="report"
        Whether to report the error of a failed pipeline in the results and a warning, or to raise
        it.
    on_bad_files : {"raise", "drop"}, default="raise"
        Whether to raise an error that names all sound files in `X` that can't be read, or to leave
        them out of `X`, `y`, `groups` and `cv`, and list them in ``protocol["left_out"]``. All
        headers are read, and lengths compared with the declared ones, before anything is fitted.
        A file that turns out to be damaged later is an error of the pipeline.
    verbose : int, default=0
        Above 0, say on standard error what will be done, then report every fold: on a terminal and
        in a notebook by a bar with the time left; elsewhere by a line with pipeline, fold, score,
        seconds and the time left.

    Returns
    -------
    Comparison
        Scores, times and sizes of every pipeline on every fold, the predictions, and the tests of
        all pairs of pipelines.

    Raises
    ------
    ValueError
        When a genre has fewer clips, or fewer groups, than there are folds; when a fold does not
        train on every genre, or divides a group; when `repeats` can't draw other folds; when a
        pipeline can't compute a score, such as one of probabilities, or the score is undefined for
        the genres; when the splitter of a search needs groups and there are none; when a sound file
        can't be read; all this is checked before anything is fitted. When every pipeline fails on
        every fold.

    Warns
    -----
    FitFailedWarning
        When a pipeline fails, or one of its scores is NaN.
    CacheWarning
        When finished folds can't be stored.
    PipelineWarning
        When the columns of a :class:`~skgenre.features.BandCovariance` are standardized, or the
        inner splits of a search divide a group, or are a plain ``KFold`` where clips may have
        several genres.
    SkgenreWarning
        When a fold trains on no clip of one of several genres, or can't score it.

    See Also
    --------
    sklearn.model_selection.cross_validate : One estimator, without the shared cache.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003: the variance for the interval of :attr:`Comparison.summary`.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skgenre.datasets import make_genre_music
    >>> from skgenre.features import MFCC, FramePooling
    >>> from skgenre.model_selection import compare
    >>> music = make_genre_music(12, genres=["classical", "metal"], duration=2.0, random_state=0)
    >>> logistic = make_pipeline(
    ...     MFCC(), FramePooling(), StandardScaler(), LogisticRegression()
    ... )
    >>> pipelines = {"logistic": logistic, "chance": DummyClassifier()}
    >>> result = compare(pipelines, music.data, music.target, cv=3, random_state=0)
    >>> list(result.summary.index)
    ['logistic', 'chance']
    >>> result.frame.columns.tolist()
    ['pipeline', 'repeat', 'fold', 'n_train', 'n_test', 'test_accuracy', 'fit_time',
     'predict_time', 'score_time', 'model_size', 'error']
    >>> result.pairwise()[["pipeline", "other", "test"]].values.tolist()[0]
    ['logistic', 'chance', 'sign-flip test over clips']
    """
    check_pipelines(pipelines)
    for name, pipeline in pipelines.items():
        warn_of_standardized_covariances(name, pipeline)
    if on_error not in ("report", "raise"):
        raise ValueError(
            f"The 'on_error' parameter of compare must be 'report' or 'raise'. Got {on_error!r} "
            f"instead."
        )
    target = check_target("compare", X, y)
    scores = make_scoring(scoring, multilabel=target.is_multilabel)
    groups = None if groups is None else check_groups("compare", X, groups)

    if random_state is None:
        seed = None
    elif isinstance(random_state, int | np.integer):
        seed = int(random_state)
    else:
        seed = draw_seed(random_state)
    X, y, groups, cv, rows, left_out = leave_out_bad_files(
        X, target.y, groups, cv, on_bad_files, target.genres
    )
    target = target._replace(y=y)
    folds, split = make_folds(cv, X, y, groups, seed, repeats=repeats)
    warn_of_missing_genres("compare", target, folds)
    scores.check(pipelines, target, folds)
    check_searches(pipelines, X, y, groups, folds)

    with (
        closing(RunProgress(len(y), folds, list(pipelines), is_shown=bool(verbose))) as progress,
        _cache_folder(memory) as folder,
        config_context(enable_metadata_routing=True),
    ):
        clips, home = prepare_cluster(pipelines, X, folder, memory is not None)
        run = FoldRun(clips, y, groups, scores, scratch_folder(home), target.genres)
        copies = {name: prepare(pipeline, home, seed) for name, pipeline in pipelines.items()}
        finished = None if memory is None else FinishedFolds(home, run)
        tasks = list_tasks(copies, folds, finished)
        results = read_finished(tasks, finished) if resume else {}
        n_resumed = len(results)
        todo = [task for task in tasks if task.key not in results]
        progress.begin([task.name for task in todo], n_resumed, n_jobs)
        results |= run_tasks(
            todo, run, finished, n_jobs=n_jobs, on_error=on_error, progress=progress
        )
    frame = make_frame(list(pipelines), results, folds)
    ordered = [(name, number) for name in pipelines for number in range(len(folds))]
    return Comparison(
        frame,
        predictions=make_predictions(
            ordered, results, folds, X, y, groups, rows, genres=target.genres
        ),
        scoring=scores,
        protocol={
            "clips": len(y),
            "genres": len(target.genres),
            **({"genres_per_clip": float(y.sum(axis=1).mean())} if target.is_multilabel else {}),
            "groups": None if groups is None else len(np.unique(groups)),
            "split": split,
            "folds": len(folds),
            "repeats": number_repeats(folds)[-1] + 1,
            "unit": "clip",
            "random_state": seed,
            "data": describe_data(X, y),
            "confounds": header_confounds(X, y, groups, folds),
            "left_out": left_out,
            "tests": name_tests(
                len(folds),
                has_groups=groups is not None and len(np.unique(groups)) < len(y),
                is_drawn=find_measure(next(iter(scores.scorers.values()))) is not None,
            ),
            "pipelines": {name: repr(pipeline) for name, pipeline in pipelines.items()},
            "resumed_folds": n_resumed,
            "date": describe_date(),
            "versions": describe_versions(),
        },
    )


@contextmanager
def _cache_folder(memory: Any) -> Iterator[str]:
    if memory is not None:
        yield str(memory)
        return
    with tempfile.TemporaryDirectory(prefix="skgenre-compare-") as folder:
        yield folder
