"""The input contract, through the smallest transformer that keeps it."""

from collections import deque
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre.audio import check_clips, load_audio
from skgenre.exceptions import ShapeMismatchError


class Loudness(TransformerMixin, BaseEstimator):
    """Mean, absolute sample of each clip: (n_clips, 1, 1)."""

    _parameter_constraints = {"sr": [int], "duration": [float, None]}

    def __init__(self, *, sr=22050, duration=None):
        self.sr = sr
        self.duration = duration

    def fit(self, X, y=None):
        self._validate_params()
        self.read(X, reset=True)
        return self

    def transform(self, X):
        clips = self.read(X, reset=False)
        return np.array([np.abs(y).mean() for y in clips], dtype=np.float32)[:, None, None]

    def read(self, X, *, reset):
        return check_clips(X, estimator=self, sr=self.sr, reset=reset, duration=self.duration)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.two_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


# The checks' numbers are no sound.
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning")
@parametrize_with_checks([Loudness(), Loudness(sr=8000, duration=0.001)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture
def paths(write_sound, sound):
    return [str(write_sound(f"{seed}.wav", sound(0.2, seed=seed))) for seed in range(3)]


@pytest.fixture
def X():
    return np.random.default_rng(0).uniform(-1, 1, (3, 50)).astype(np.float32)


def check(X):
    return check_clips(X, estimator=Loudness(), sr=22050, reset=True)


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        deque,
        np.array,
        lambda paths: np.array(paths, dtype=object),
        lambda paths: np.array(paths, dtype=np.dtypes.StringDType()),
        pd.Series,
        pd.Index,
        lambda paths: pd.Series(paths, dtype=object, index=[7, 7, 1]),
        lambda paths: pd.Series(paths, dtype="category"),
        lambda paths: pd.DataFrame({"path": paths})["path"],
        lambda paths: [Path(path) for path in paths],
        lambda paths: np.array([Path(path) for path in paths], dtype=object),
        lambda paths: [np.str_(path) for path in paths],
        lambda paths: [paths[0], Path(paths[1]), paths[2]],
    ],
)
def test_paths_in_any_sequence(paths, form):
    clips = check(form(paths))
    assert clips.kind == "paths"
    assert [clips.name(i) for i in range(3)] == paths
    np.testing.assert_array_equal(clips[1], load_audio(paths[1]))


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        np.asfortranarray,
        lambda X: X.astype(np.float64),
        lambda X: X.astype(object),
        lambda X: X.tolist(),
        lambda X: tuple(map(tuple, X.tolist())),
        pd.DataFrame,
        lambda X: pd.DataFrame(X).astype(object),
    ],
)
def test_arrays(X, form):
    clips = check(form(X))
    assert clips.kind == "array"
    for i in range(3):
        np.testing.assert_array_equal(clips[i], X[i])
        assert clips[i].dtype == np.float32


def as_objects(arrays):
    result = np.empty(len(arrays), dtype=object)
    result[:] = arrays
    return result


@pytest.mark.parametrize("form", [list, tuple, as_objects, pd.Series])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_waveforms_of_any_lengths(form, dtype):
    arrays = [np.linspace(-1, 1, n, dtype=dtype) for n in (1, 7, 30)]
    clips = check(form(arrays))
    assert clips.kind == "list"
    np.testing.assert_array_equal(clips.lengths, [1, 7, 30])
    for i in range(3):
        np.testing.assert_array_equal(clips[i], arrays[i].astype(np.float32))


def test_waveforms_of_one_length_stay_a_list(X):
    assert check(list(X)).kind == "list"


def test_nested_lists_of_several_lengths_are_waveforms():
    clips = check([[0.1, 0.2], [0.3, 0.4, 0.5]])
    assert clips.kind == "list"
    np.testing.assert_allclose(clips[1], [0.3, 0.4, 0.5])


def test_tensors(X):
    torch = pytest.importorskip("torch")
    assert check(torch.from_numpy(X)).kind == "array"
    assert check([torch.from_numpy(y) for y in X]).kind == "list"


def test_float32_arrays_are_not_copied(X):
    assert np.shares_memory(check(X)[0], X)
    assert np.shares_memory(check(list(X))[0], X)


def test_a_number_of_features_belongs_to_arrays_alone(X, paths):
    transformer = Loudness().fit(X)
    assert transformer.n_features_in_ == 50
    with pytest.raises(ValueError, match="X has 40 features, but Loudness is expecting 50"):
        transformer.transform(X[:, :40])
    # The other forms have none to compare with.
    assert len(transformer.transform(paths)) == 3
    assert transformer.n_features_in_ == 50
    transformer.fit(pd.DataFrame(X).rename(columns=str))
    assert len(transformer.feature_names_in_) == 50
    for other in (paths, list(X)):
        transformer.fit(other)
        assert not hasattr(transformer, "n_features_in_")
        assert not hasattr(transformer, "feature_names_in_")
        assert len(transformer.transform(X[:, :40])) == 3


# What is refused, and the words that the message must have.


@pytest.mark.parametrize("path", ["song.mp3", Path("song.mp3"), np.str_("song.mp3")])
def test_a_single_path(path):
    with pytest.raises(TypeError, match=r"Loudness takes a list of paths.*pass \['song.mp3'\]"):
        check(path)


@pytest.mark.parametrize("empty", [[], (), np.array([], dtype=object), pd.Series([], dtype=str)])
def test_no_clips(empty):
    with pytest.raises(ValueError, match="Loudness needs at least one clip"):
        check(empty)


def test_an_empty_array():
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        check(np.empty((0, 100)))
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        check(np.empty((3, 0)))


def test_a_mixture(X, paths):
    with pytest.raises(TypeError, match="a path for clip 0 and a waveform for clip 2"):
        check([*paths[:2], X[0]])
    with pytest.raises(TypeError, match="a waveform for clip 0 and a path for clip 1"):
        check([X[0], Path(paths[0])])
    with pytest.raises(TypeError, match="a path for clip 0 and a number for clip 1"):
        check([paths[0], 0.5])


@pytest.mark.parametrize(
    ("item", "word"),
    [(None, "missing value"), (np.nan, "missing value"), (b"a.wav", "bytes"), ({}, "dict")],
)
def test_what_is_no_clip(paths, item, word):
    with pytest.raises(TypeError, match=rf"Loudness takes paths or waveforms.*{word}.*clip 1"):
        check([paths[0], item])


def test_an_iterator(tmp_path):
    for iterator in (tmp_path.glob("*.wav"), iter(["a.wav"]), map(str, ["a.wav"])):
        with pytest.raises(TypeError, match=r"pass list\(X\)"):
            check(iterator)


@pytest.mark.parametrize("X", [{"a.wav"}, {"path": ["a.wav"]}, b"a.wav"])
def test_other_containers(X):
    with pytest.raises(TypeError, match=r"Loudness takes (clips|waveforms).*, got"):
        check(X)


def test_a_frame_with_paths(paths):
    frame = pd.DataFrame({"artist": [1, 2, 3], "path": paths})
    with pytest.raises(TypeError, match=r"column 'path'.*X\['path'\]"):
        check(frame)
    with pytest.raises(TypeError, match=r"column 'path'"):
        check(frame.astype({"path": object}))
    with pytest.raises(TypeError, match=r"column 'path'"):
        check(pd.DataFrame({"path": [Path(path) for path in paths]}))


def test_a_table_of_paths(paths):
    table = np.array(paths, dtype=object)[:, None]
    for form in (table, table.astype(str), table.tolist()):
        with pytest.raises(ShapeMismatchError, match=r"1-D sequence.*\(3, 1\).*X\[:, 0\]"):
            check(form)


@pytest.mark.parametrize("form", [np.asarray, list, pd.Series])
def test_one_waveform_instead_of_several(X, form):
    with pytest.raises(ValueError, match=r"Expected 2D array, got 1D array.*reshape\(1, -1\)"):
        check(form(X[0]))


@pytest.mark.parametrize("shape", [(2, 3, 100), (2, 1, 1, 100)])
def test_too_many_axes(shape):
    with pytest.raises(ShapeMismatchError, match=rf"\(n_clips, n_samples\).*\({shape[0]}, "):
        check(np.zeros(shape, dtype=np.float32))
    with pytest.raises(ShapeMismatchError, match=r"for clip 0\. Average its channels"):
        check(list(np.zeros(shape, dtype=np.float32)))


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_samples_that_are_no_numbers(X, value):
    bad = X.astype(np.float64)
    bad[1, 20] = value
    with pytest.raises(ValueError, match=r"Loudness got NaN, infinity.*in clip 1"):
        check(list(bad))
    with pytest.raises(ValueError, match="Input X contains"):
        check(bad)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64])
def test_integer_samples(dtype):
    pcm = (np.random.default_rng(0).uniform(-1, 1, (3, 50)) * 2**31).astype(np.int64)
    pcm = (pcm >> (32 - 8 * min(np.dtype(dtype).itemsize, 4))).astype(dtype)
    for form in (pcm, list(pcm), [pcm[0], pcm[1, :5]]):
        with pytest.raises(ValueError, match=rf"got {pcm.dtype}.*scaled to \[-1, 1\]"):
            check(form)


def test_complex_and_other_samples(X):
    with pytest.raises(ValueError, match="Complex data not supported"):
        check(list(X + 1j))
    with pytest.raises(ValueError, match="float samples, got bool for clip 0"):
        check(list(X > 0))
    with pytest.raises(ValueError, match="float samples, got <U4 for clip 1"):
        check([X[0], np.array(["rock"])])


def test_a_clip_without_samples(X):
    with pytest.raises(ValueError, match="clip 1 without samples"):
        check([X[0], X[0][:0]])


def test_a_duration_below_one_sample(X):
    with pytest.raises(ValueError, match="less than one sample"):
        check_clips(X, estimator=Loudness(), sr=22050, reset=True, duration=1e-6)
