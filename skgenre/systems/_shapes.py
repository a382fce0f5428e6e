"""Segments as time steps."""

import numpy as np

from .._public import public


@public
def segments_to_frames(X: np.ndarray) -> np.ndarray:
    """Make a feature map of each clip, with one frame per segment.

    Parameters
    ----------
    X : ndarray of shape (n_clips, n_segments, n_features, 1)
        Segments, each summarized as one row, as :class:`skgenre.features.FramePooling` does.

    Returns
    -------
    ndarray of shape (n_clips, n_features, n_segments)
        Feature maps.

    Raises
    ------
    ValueError
        If X has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.systems import segments_to_frames
    >>> segments_to_frames(np.zeros((4, 12, 32, 1))).shape
    (4, 32, 12)
    """
    if getattr(X, "ndim", None) != 4 or X.shape[3] != 1:
        raise ValueError(
            "segments_to_frames takes segments of one frame, (n_clips, n_segments, n_features, 1), "
            f"got an array of shape {getattr(X, 'shape', None)}."
        )
    return np.ascontiguousarray(X[..., 0].swapaxes(1, 2))
