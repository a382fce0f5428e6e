"""The base of transformers that make one row of numbers of each clip."""

from abc import abstractmethod
from typing import Any

import numpy as np

from ..audio import Clips
from ._base import AudioTransformer


class ClipTable(AudioTransformer):
    """Base of the tables of features: clips of any lengths in, a row of named columns each."""

    @abstractmethod
    def _names(self) -> list[str]:
        """Return the names of the columns."""

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : ignored
            For the interface of scikit-learn.

        Returns
        -------
        ndarray of str
            Column names.
        """
        return np.array(self._names(), dtype=object)

    def _check_lengths(self, clips: Clips) -> None:
        """Take clips of any lengths: a row has the same columns whatever the length."""
