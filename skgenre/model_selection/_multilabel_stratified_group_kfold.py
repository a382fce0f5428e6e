"""Folds that keep groups together and every genre in proportion, for clips of several genres."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.model_selection._split import GroupsConsumerMixin, _BaseKFold
from sklearn.utils import check_random_state
from sklearn.utils.validation import _num_samples

from .._genre_matrix import as_genre_matrix, is_multilabel
from .._group_folds import count_by_group, make_folds
from .._public import public
from .._shown_text import name_first
from ..exceptions import SkgenreWarning
from ._clip_labels import check_groups


@public
class MultilabelStratifiedGroupKFold(GroupsConsumerMixin, _BaseKFold):
    """Make folds that keep groups together and every genre in proportion.

    The counterpart of :class:`~sklearn.model_selection.StratifiedGroupKFold` for clips of several
    genres.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether groups of equal genres are taken in random order.
    random_state : int, RandomState instance or None, default=None
        Seeds the order if `shuffle` is True.

    See Also
    --------
    sklearn.model_selection.StratifiedGroupKFold : Folds for one genre per clip.
    StratifiedGroupShuffleSplit : Random splits for one genre per clip.

    Notes
    -----
    Follows the iterative stratification of [1]_, with groups in the place of clips: the genre with
    the fewest clips left is dealt first, each of its groups to the fold that lacks most clips of
    it. Then groups move, and exchange folds in pairs, as long as that brings the numbers of clips,
    per genre and in total, closer to an equal share. The errors are squared, and divided by the
    square root of a genre's clips.

    References
    ----------
    .. [1] Sechidis, K., Tsoumakas, G. and Vlahavas, I., "On the Stratification of Multi-Label
       Data", ECML PKDD, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection import MultilabelStratifiedGroupKFold
    >>> y = [{"jazz"}, {"jazz", "soul"}, {"soul"}, {"rock"}, {"rock"}, {"rock", "soul"}] * 4
    >>> artists = np.arange(24) // 2
    >>> splitter = MultilabelStratifiedGroupKFold(4)
    >>> for train, test in splitter.split(y, y, artists):
    ...     print(len(test), sum("soul" in y[clip] for clip in test))
    6 3
    6 3
    6 3
    6 3
    """

    def __init__(
        self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None
    ) -> None:
        super().__init__(n_splits=n_splits, shuffle=shuffle, random_state=random_state)

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate the indices of training and test clips.

        Parameters
        ----------
        X : sequence of length n_clips
            The clips.
        y : array-like or DataFrame of shape (n_clips, n_genres), or sequence of sets of names
            Their genres.
        groups : array-like of shape (n_clips,), default=None
            Group labels; a group never appears in both train and test. None means that each clip
            is a group.

        Yields
        ------
        train : ndarray
            Indices of training clips.
        test : ndarray
            Indices of test clips.

        Raises
        ------
        ValueError
            When `y` has one genre per clip, or there are fewer groups than folds.

        Warns
        -----
        SkgenreWarning
            When a genre has clips in fewer groups than there are folds, so that it is missing from
            the test clips of some.
        """
        fold_of_clip = self._assign(X, y, groups)
        for fold in range(self.n_splits):
            yield np.flatnonzero(fold_of_clip != fold), np.flatnonzero(fold_of_clip == fold)

    def _assign(self, X: Any, y: Any, groups: Any) -> np.ndarray:
        name = type(self).__name__
        n_clips = _num_samples(X)
        if y is None or not is_multilabel(y):
            raise ValueError(
                f"{name} needs several genres per clip as y: a matrix of 0 and 1 with one column "
                f"per genre, or a sequence of sets of names. For one genre per clip, use "
                f"StratifiedGroupKFold."
            )
        matrix, genres = as_genre_matrix(name, y)
        if len(matrix) != n_clips:
            raise ValueError(
                f"{name} got {n_clips} clips and 'y' of length {len(matrix)}: give one row for "
                f"each clip, in the order of X."
            )
        groups = np.arange(n_clips) if groups is None else check_groups(name, X, groups)
        counts, sizes, group_of_clip = count_by_group(matrix, groups)
        if len(sizes) < self.n_splits:
            raise ValueError(
                f"{name} needs at least as many groups as folds, {self.n_splits}. Got "
                f"{len(sizes)}: use fewer folds."
            )
        self._warn_of_few_groups(genres, counts)
        order = np.arange(len(sizes))
        rng = check_random_state(self.random_state if self.shuffle else 0)
        if self.shuffle:
            rng.shuffle(order)
        fold_of_group = np.empty(len(sizes), dtype=int)
        fold_of_group[order] = make_folds(counts[order], sizes[order], self.n_splits, rng)
        return fold_of_group[group_of_clip]

    def _warn_of_few_groups(self, genres: np.ndarray, counts: np.ndarray) -> None:
        n_groups = (counts > 0).sum(axis=0)
        few = np.flatnonzero(n_groups < self.n_splits)
        if not few.size:
            return
        shown = name_first((f"{genres[genre]!s} ({n_groups[genre]})" for genre in few), 5)
        warnings.warn(
            f"{type(self).__name__}: of {len(genres)} genres {few.size} "
            f"{'has' if few.size == 1 else 'have'} clips in fewer groups than there are folds "
            f"({self.n_splits}), and so none in the test clips of some: {shown}. Use fewer "
            f"folds, or leave them out.",
            SkgenreWarning,
            stacklevel=4,
        )
