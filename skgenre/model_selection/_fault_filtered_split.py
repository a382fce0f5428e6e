"""Splitter for the fault-filtered split of GTZAN."""

import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.model_selection._split import GroupsConsumerMixin
from sklearn.utils.validation import _num_samples

from .._public import public
from ..datasets import fault_filtered_split
from ._clip_labels import check_groups

_CLIP_NAME = re.compile(r"([a-z]+)\.(\d{5})(\.\d+)?(\.[a-z]\w*)?")


@public
class FaultFilteredSplit(GroupsConsumerMixin, BaseCrossValidator):
    """Split GTZAN once as in Kereliuk, Sturm and Larsen: no faulty clips, artists kept together.

    Of the 1,000 clips, 443 are for training, 197 for validation and 290 for testing. The others are
    repeated, distorted or mislabelled, and are left out.

    Parameters
    ----------
    clips : sequence of n_clips str or PathLike, default=None
        Names of the clips in the order of X, such as "blues.00029" or a path that ends with it;
        rows of 3-s tables may have their number, as in "blues.00029.7.wav". None takes the names
        from X, which must then be paths.
    evaluate : {"test", "valid"}, default="test"
        Held-out part. The training part is the same for both: select models on "valid", report
        scores on "test".

    See Also
    --------
    skgenre.datasets.fault_filtered_split : The part of each clip.
    sklearn.model_selection.PredefinedSplit : For other official splits.

    Notes
    -----
    Missing clips are allowed, such as jazz.00054 in the common copy. If groups are given, no group
    may appear in both train and test.

    References
    ----------
    .. [1] C. Kereliuk, B. L. Sturm, J. Larsen, "Deep Learning and Music Adversaries", IEEE
       Transactions on Multimedia 17(11), 2015.

    Examples
    --------
    >>> from skgenre.model_selection import FaultFilteredSplit
    >>> paths = ["gtzan/blues/blues.00029.wav", "gtzan/blues/blues.00012.wav"]
    >>> paths += ["gtzan/disco/disco.00098.wav"]
    >>> [(train, test)] = FaultFilteredSplit().split(paths)
    >>> train, test
    (array([0]), array([1]))
    """

    def __init__(self, clips: Any = None, evaluate: str = "test") -> None:
        self.clips = clips
        self.evaluate = evaluate

    def __repr__(self) -> str:
        clips = "None" if self.clips is None else f"<{len(self.clips)} names>"
        return f"FaultFilteredSplit(clips={clips}, evaluate={self.evaluate!r})"

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits.

        Parameters
        ----------
        X, y, groups : object
            Ignored; present by convention.

        Returns
        -------
        int
            Always 1.
        """
        return 1

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate the indices of training and held-out clips.

        Parameters
        ----------
        X : sequence of length n_clips
            The clips: paths, or anything if `clips` is set.
        y : array-like of shape (n_clips,), default=None
            Ignored: the names contain the genres.
        groups : array-like of shape (n_clips,), default=None
            Group labels; a group in both train and test is refused.

        Yields
        ------
        train : ndarray
            Indices of training clips.
        test : ndarray
            Indices of held-out clips.

        Raises
        ------
        ValueError
            When the clips have no names, or a name is not one of GTZAN's; when a part is empty, or
            the training part lacks a genre that is held out; when a group is in both parts.
        """
        if self.evaluate not in ("test", "valid"):
            raise ValueError(
                f"The 'evaluate' parameter of FaultFilteredSplit must be 'test' or 'valid'. Got "
                f"{self.evaluate!r} instead."
            )
        parts = fault_filtered_split()
        names = self._name_clips(X, {name.split(".")[0] for name in parts})
        part = np.array([parts.get(name, "none") for name in names])
        train, test = np.flatnonzero(part == "train"), np.flatnonzero(part == self.evaluate)
        self._check_sides(train, test, np.array([name.split(".")[0] for name in names]))
        if groups is not None:
            groups = check_groups("FaultFilteredSplit", X, groups)
            shared = np.intersect1d(groups[train], groups[test])
            if shared.size:
                raise ValueError(
                    f"FaultFilteredSplit has the group {str(shared[0])!r} in both train and test "
                    f"({shared.size} such groups). Leave groups out to split as published, or use "
                    f"StratifiedGroupKFold."
                )
        yield train, test

    def _name_clips(self, X: Any, genres: set[str]) -> list[str]:
        items = list(X if self.clips is None else self.clips)
        if not all(isinstance(item, str | os.PathLike) for item in items):
            if self.clips is None:
                raise ValueError(
                    "FaultFilteredSplit needs the names of the clips, and X has no paths: pass "
                    "clips=, as in FaultFilteredSplit(clips=bunch.paths)."
                )
            raise ValueError("The 'clips' parameter of FaultFilteredSplit must be names or paths.")
        if len(items) != _num_samples(X):
            raise ValueError(
                f"FaultFilteredSplit has {len(items)} clips and X has {_num_samples(X)}: give one "
                f"name for each clip, in the order of X."
            )
        return [_name_clip(os.fspath(item), genres) for item in items]

    def _check_sides(self, train: np.ndarray, test: np.ndarray, genres: np.ndarray) -> None:
        for side, clips in (("train", train), (self.evaluate, test)):
            if not clips.size:
                raise ValueError(
                    f"FaultFilteredSplit: none of the {len(genres)} clips is in the part {side!r}. "
                    f"Is this all of GTZAN?"
                )
        missing = np.setdiff1d(genres[test], genres[train])
        if missing.size:
            raise ValueError(
                f"FaultFilteredSplit: there are clips of {', '.join(map(repr, missing.tolist()))} "
                f"in the part {self.evaluate!r} and none in 'train'. Add them, or leave the genre "
                f"out."
            )


def _name_clip(item: str, genres: set[str]) -> str:
    """Return "genre.NNNNN" of a name or a path."""
    found = _CLIP_NAME.fullmatch(re.split(r"[\\/]", item)[-1].lower())
    if found is None or found[1] not in genres or int(found[2]) > 99:
        raise ValueError(
            f"FaultFilteredSplit: {item!r} is no clip of GTZAN, whose names go from blues.00000 to "
            f"rock.00099. For files of other names give clips=."
        )
    return f"{found[1]}.{found[2]}"
