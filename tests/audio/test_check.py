"""The input contract, through the smallest transformer that keeps it."""

import io
import os
import tempfile
from collections import deque
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre.audio import check_clips, load_audio
from skgenre.exceptions import LevelWarning, ShapeMismatchError


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
        # One column, as ColumnTransformer, skrub and MLflow hand it over.
        lambda paths: pd.DataFrame({"path": paths}),
        lambda paths: pd.DataFrame({"path": paths}, dtype=object, index=[7, 7, 1]),
        lambda paths: pd.DataFrame({"path": pd.Series(paths, dtype="category")}),
        lambda paths: pd.DataFrame({"path": pd.Series(paths, dtype="string")}),
        lambda paths: pd.DataFrame({"path": [Path(path) for path in paths]}),
        lambda paths: np.array(paths)[:, None],
        lambda paths: np.array(paths, dtype=object)[:, None],
        lambda paths: np.array(paths, dtype=np.dtypes.StringDType())[:, None],
        lambda paths: [[path] for path in paths],
        lambda paths: [(Path(path),) for path in paths],
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
    with pytest.raises(TypeError, match=rf"Loudness takes paths, open files.*{word}.*clip 1"):
        check([paths[0], item])


def test_an_iterator(tmp_path):
    for iterator in (tmp_path.glob("*.wav"), iter(["a.wav"]), map(str, ["a.wav"])):
        with pytest.raises(TypeError, match=r"pass list\(X\)"):
            check(iterator)


@pytest.mark.parametrize("X", [{"a.wav"}, {"path": ["a.wav"]}, b"a.wav"])
def test_other_containers(X):
    with pytest.raises(TypeError, match=r"Loudness takes (clips|a list).*, got"):
        check(X)


def test_values_of_a_dict(paths, X):
    for items in (paths, X):
        with pytest.raises(TypeError, match=r"Loudness takes.*got.*dict_values: pass list\(X\)"):
            check(dict(enumerate(items)).values())
    with pytest.raises(TypeError, match=r"Loudness takes.*got.*int"):
        check(5)


def test_paths_as_bytes(paths):
    encoded = [os.fsencode(path) for path in paths]
    for form in (encoded, np.array(encoded), encoded[0]):
        with pytest.raises(TypeError, match=r"Loudness takes.*bytes.*os\.fsdecode.*io\.BytesIO"):
            check(form)


def test_tensors_that_numpy_can_not_read(X):
    torch = pytest.importorskip("torch")
    for tensor in (
        torch.tensor(X, requires_grad=True),
        torch.tensor(X).bfloat16(),
        torch.tensor(X).to("meta"),
    ):
        cure = r"pass tensor\.detach\(\)\.cpu\(\)\.float\(\)"
        with pytest.raises(TypeError, match=rf"Loudness can't read the tensor as.*{cure}"):
            check(tensor)
        with pytest.raises(TypeError, match=rf"Loudness can't read the tensor for clip 0.*{cure}"):
            check(list(tensor))
        with pytest.raises(TypeError, match=rf"Loudness can't read the tensor for clip 1.*{cure}"):
            check([(X[0], 22050), (tensor[0], 22050)])


def test_masked_arrays(X):
    masked = np.ma.masked_array(X, X > 0.4)
    with pytest.raises(ValueError, match=r"Loudness takes no masked arrays.*X\.filled"):
        check(masked)
    with pytest.raises(ValueError, match=r"masked arrays, got one for clip 0"):
        check(list(masked))
    with pytest.raises(ValueError, match=r"masked arrays, got one for clip 0"):
        check([(masked[0], 22050)])


@pytest.mark.parametrize("form", [np.asarray, np.ndarray.tolist, pd.DataFrame])
def test_boolean_arrays(X, form):
    with pytest.raises(ValueError, match=r"Loudness takes float samples in \[-1, 1\], got bool"):
        check(form(X > 0))


def test_a_frame_with_paths_and_more(paths):
    frame = pd.DataFrame({"artist": [1, 2, 3], "path": paths})
    with pytest.raises(TypeError, match=r"2 columns.*column 'path'.*X\['path'\]"):
        check(frame)
    with pytest.raises(TypeError, match=r"column 'path'"):
        check(frame.astype({"path": object}))


def test_a_table_of_paths(paths):
    table = np.array([paths, paths], dtype=object).T
    for form in (table, table.astype(str), table.tolist()):
        with pytest.raises(ShapeMismatchError, match=r"1-D sequence.*\(3, 2\).*X\[:, 0\]"):
            check(form)
    with pytest.raises(ShapeMismatchError, match=r"1-D sequence.*\(1, 3\)"):
        check(np.array(paths)[None])


def test_a_column_with_a_missing_path_or_bytes(paths):
    with pytest.raises(TypeError, match="a missing value for clip 1: leave the clip out"):
        check(pd.DataFrame({"path": [paths[0], None]}))
    with pytest.raises(TypeError, match="a missing value for clip 1"):
        check(pd.Series([paths[0], None], dtype="string"))
    with pytest.raises(TypeError, match=r"bytes for clip 0.*os\.fsdecode"):
        check(pd.DataFrame({"path": [os.fsencode(path) for path in paths]}))


def test_a_column_of_paths_leaves_no_features_behind(X, paths):
    frame = pd.DataFrame({"path": paths})
    transformer = Loudness().fit(X).fit(frame)
    assert not hasattr(transformer, "n_features_in_")
    assert not hasattr(transformer, "feature_names_in_")
    # The name of the column is nobody's business, and a list will do as well.
    expected = transformer.transform(paths)
    for other in (frame, frame.rename(columns={"path": "file"}), frame.to_numpy()):
        np.testing.assert_array_equal(transformer.transform(other), expected)


def test_a_column_of_numbers_is_waveforms_of_one_sample():
    column = pd.DataFrame({"x": [0.1, 0.2]})
    for form in (column, column.astype(object), column.to_numpy(), column.to_numpy().tolist()):
        clips = check(form)
        assert clips.kind == "array"
        assert clips.lengths.tolist() == [1, 1]


def test_arrow_arrays(paths, X):
    pa = pytest.importorskip("pyarrow")
    for form in (
        pa.array(paths),
        pa.chunked_array([paths[:1], paths[1:]]),
        pa.table({"path": paths}),
    ):
        clips = check(form)
        assert clips.kind == "paths"
        assert [clips.name(i) for i in range(3)] == paths
    clips = check(pa.array(X.tolist()))
    np.testing.assert_array_equal(clips[2], X[2])
    np.testing.assert_array_equal(check(pa.table({"a": X[:, 0], "b": X[:, 1]}))[1], X[1, :2])


# Pairs of samples and their rate.


@pytest.fixture
def stereo(write_sound, sound):
    """Paths of two stereo files of different rates, and their samples as soundfile reads them."""
    rates = (16000, 44100)
    paths = [
        write_sound(f"{sr}.wav", sound(0.3, sr, n_channels=2, seed=sr), sr, subtype="FLOAT")
        for sr in rates
    ]
    return paths, [soundfile.read(path, dtype="float32") for path in paths]


@pytest.mark.parametrize("duration", [None, 0.1, 0.5])
@pytest.mark.parametrize("sr", [16000, 22050])
def test_pairs_are_what_their_files_are(stereo, sr, duration):
    paths, pairs = stereo
    as_objects = np.empty(2, dtype=object)
    as_objects[:] = pairs
    options = {"estimator": Loudness(), "sr": sr, "reset": True, "duration": duration}
    for form in (
        pairs,
        [list(pair) for pair in pairs],
        as_objects,
        [(samples.T, file_sr) for samples, file_sr in pairs],  # librosa's order
        [(samples.astype(np.float64), np.int64(file_sr)) for samples, file_sr in pairs],
        pd.DataFrame({"clip": pairs}),
    ):
        clips = check_clips(form, **options)
        assert clips.kind == "pairs"
        for i, path in enumerate(paths):
            expected = load_audio(path, sr=sr, duration=duration)
            np.testing.assert_array_equal(clips[i], expected)
            assert clips.lengths[i] == len(expected)


def test_pairs_of_lists_of_numbers():
    clips = check([([0.1, 0.2, 0.3], 22050), ([0.4, 0.5], 22050)])
    assert clips.kind == "pairs"
    np.testing.assert_allclose(clips[1], [0.4, 0.5])


@pytest.mark.parametrize("shape", [(2, 2), (1, 8), (9, 9), (2, 3, 100), (128, 1000)])
def test_channels_that_can_not_be_told_from_samples(shape):
    with pytest.raises(ShapeMismatchError, match=r"for clip 1.*can't tell channels from samples"):
        check([(np.zeros(100), 22050), (np.zeros(shape), 22050)])


@pytest.mark.parametrize("sr", [0, -1, 44.1, 1e7, np.nan, True])
def test_a_rate_that_no_sound_has(sr):
    with pytest.raises(ValueError, match=r"Loudness got the sampling rate .* for clip 0.*in Hz"):
        check([(np.zeros(100), sr)])


def test_pairs_that_are_none(X):
    with pytest.raises(TypeError, match=r"single \(samples, sr\) pair: pass \[\(samples, sr\)\]"):
        check((X[0], 22050))
    with pytest.raises(TypeError, match=r"a \(sr, samples\) pair for clip 0: pass \(samples, sr\)"):
        check([(22050, X[0])])
    with pytest.raises(
        TypeError, match=r"a \(samples, sr\) pair for clip 0 and a waveform for clip 1"
    ):
        check([(X[0], 22050), X[1]])
    with pytest.raises(ValueError, match=r"got int16 for clip 0.*X / 32768"):
        check([(np.ones(100, dtype=np.int16), 22050)])
    with pytest.raises(ValueError, match="clip 1: samples reach 20,000"):
        check([(X[0], 22050), (np.full(10, 2e4), 22050)])
    with pytest.warns(LevelWarning, match="clip 0: samples reach 20"):
        check([(np.full(10, 20.0), 22050)])
    with pytest.raises(ValueError, match="clip 0 without samples"):
        check([(np.zeros(0), 22050)])
    with pytest.raises(ValueError, match=r"NaN.*in clip 0"):
        check([(np.full(100, np.nan), 22050)])


# Open files. Their samples: see test_clips.py.


def test_open_files(paths):
    with Path(paths[0]).open("rb") as first, Path(paths[1]).open("rb") as second:
        clips = check([first, second])
        assert clips.kind == "files"
        assert clips.name(1) == paths[1]
    content = [io.BytesIO(Path(path).read_bytes()) for path in paths]
    for form in (content, pd.Series(content), pd.DataFrame({"file": content})):
        clips = check(form)
        assert clips.kind == "files"
        assert clips.name(1) == "clip 1"


def test_open_files_that_can_not_be_read(paths, tmp_path):
    with pytest.raises(TypeError, match=r"a list of files, got a single open file: pass \[file\]"):
        check(io.BytesIO(b"RIFF"))
    with (
        Path(paths[0]).open(encoding="latin-1") as text,
        pytest.raises(TypeError, match=r"open file of clip 0: it is opened as text.*'rb'"),
    ):
        check([text])
    with (
        tempfile.NamedTemporaryFile("w") as text,
        pytest.raises(TypeError, match="opened as text"),
    ):
        check([text])
    with pytest.raises(TypeError, match="clip 0: it is closed"):
        check([text])
    reading, writing = os.pipe()
    os.close(writing)
    with (
        os.fdopen(reading, "rb") as pipe,
        pytest.raises(TypeError, match=r"clip 0: it can be read only once.*io\.BytesIO"),
    ):
        check([pipe])
    with (
        Path(paths[0]).open("rb") as file,
        pytest.raises(TypeError, match="a path for clip 0 and an open file for clip 1"),
    ):
        check([paths[0], file])


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
    with pytest.raises(ValueError, match=r"'duration' parameter of Loudness: .* than one sample"):
        check_clips(X, estimator=Loudness(), sr=22050, reset=True, duration=1e-6)


def test_a_column_of_paths_without_rows():
    table = pd.DataFrame({"path": ["a.wav"]})[:0]
    for form in (table, table["path"]):
        with pytest.raises(ValueError, match="needs at least one clip"):
            check(form)
