"""Features of a user's own: a function, or a class with one method."""

import functools
import pickle
import subprocess
import sys
import textwrap
import types

import librosa
import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import skgenre.testing
from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.exceptions import ShapeMismatchError
from skgenre.features import (
    HPSS,
    MFCC,
    AudioTransformer,
    FeatureStack,
    FramePooling,
    FunctionFeature,
    Segmenter,
    cache_info,
)
from skgenre.model_selection import compare
from skgenre.persistence import save_model
from skgenre.songs import predict_song

from .own_classes import Frames, Level


def level(y, *, frame_length=512, gain=1.0):
    return gain * librosa.feature.rms(y=y, frame_length=frame_length, hop_length=512)


def spread(y, percent=90):
    return [np.abs(y).mean(), np.percentile(np.abs(y), percent)]


@pytest.fixture(scope="module")
def music():
    return make_genre_music(12, genres=["classical", "metal"], duration=2.0, random_state=0)


OWN = [Level(), Level(sr=8000, n_jobs=2), Frames(), Frames(frame_length=2, sr=8000)]


@pytest.mark.parametrize("kind", [Level, Frames])
def test_a_class_needs_one_method(kind, clips, tmp_path):
    feature = kind(memory=tmp_path)
    first = feature.fit_transform(clips)
    np.testing.assert_array_equal(clone(feature).fit(clips).transform(clips), first)
    assert cache_info(tmp_path).hits == len(clips)
    assert pickle.loads(pickle.dumps(feature)).get_params() == feature.get_params()


# The checks' rows are waveforms of a few samples.
@pytest.mark.filterwarnings("ignore::skgenre.exceptions.LevelWarning")
@parametrize_with_checks(OWN)
def test_sklearn_checks_of_own_classes(estimator, check):
    check(estimator)


@skgenre.testing.parametrize_with_checks(OWN[::2])
def test_skgenre_checks_of_own_classes(estimator, check):
    check(estimator)


def test_a_class_returns_what_a_function_may(clips):
    class Returns(AudioTransformer):
        def __init__(self, result=None):
            super().__init__()
            self.result = result

        def compute(self, y):
            return self.result

    assert Returns(3.0).fit_transform(clips).tolist() == [[3.0]] * 4
    for result, got in (
        (None, "NoneType"),
        (np.ones(2, complex), r"complex .*np\.abs"),
        ("a", "str"),
    ):
        with pytest.raises(
            ShapeMismatchError, match=rf"^Returns: compute must .* returned a {got}"
        ):
            Returns(result).fit_transform(clips)


def test_a_constructor_that_hides_parameters_is_refused():
    """Or else clone would lose them, and a search would compute with the defaults."""
    with pytest.raises(TypeError, match=r"constructor of Hides has \*\*kw, .*clone"):

        class Hides(AudioTransformer):
            def __init__(self, percent=50, **kw):
                super().__init__(**kw)
                self.percent = percent


def test_a_constructor_that_forgets_the_base_class_is_named(clips):
    class Forgets(AudioTransformer):
        def __init__(self, percent=50):
            self.percent = percent

        def compute(self, y):
            return np.percentile(y, self.percent)

    for call in (Forgets().fit, Forgets().transform, Segmenter(Forgets()).fit):
        with pytest.raises(TypeError, match=r"Forgets has no 'sr': call super\(\).__init__\(\)"):
            call(clips)


def test_an_argument_of_the_function_is_no_parameter():
    with pytest.raises(ValueError, match="of 'func' are set as kw_args__frame_length"):
        FunctionFeature(level).set_params(func__frame_length=3)


def test_a_class_without_the_method_is_told_its_name():
    class Nothing(AudioTransformer):
        pass

    with pytest.raises(TypeError, match="compute"):
        Nothing()


@pytest.mark.parametrize(
    ("func", "expected"),
    [
        (librosa.feature.zero_crossing_rate, lambda y: librosa.feature.zero_crossing_rate(y)),
        (librosa.feature.rms, lambda y: librosa.feature.rms(y=y)),
        (
            librosa.feature.spectral_centroid,
            lambda y: librosa.feature.spectral_centroid(y=y, sr=8000),
        ),
        (librosa.feature.tempo, lambda y: librosa.feature.tempo(y=y, sr=8000)),
        (lambda y: [y.min(), y.max()], lambda y: [y.min(), y.max()]),
        (lambda samples, sr: samples[None, : sr // 100], lambda y: y[None, :80]),
        (lambda y, **other: [len(other)], lambda y: [0]),
        (lambda y, /: y.std(), lambda y: [y.std()]),
        (lambda *args: [len(args)], lambda y: [1]),
        (functools.partial(np.percentile, q=[10, 90]), lambda y: np.percentile(y, [10, 90])),
        (np.abs, np.abs),
        (np.ptp, lambda y: [np.ptp(y)]),
        (lambda y: np.reshape(y[:24], (2, 3, 4)), lambda y: np.reshape(y[:24], (2, 3, 4))),
    ],
)
def test_a_function_works_as_it_is(func, expected, tones):
    clips = tones(3, 1.0, sr=8000)
    X = FunctionFeature(func, sr=8000, n_jobs=2).fit_transform(clips)
    assert X.dtype == np.float32
    np.testing.assert_allclose(X, [expected(y) for y in clips], rtol=1e-6)


def test_a_function_may_write_to_its_argument(tones):
    def centre(y):
        y -= y.mean()
        return y[None]

    clips = tones(2, 1.0)
    before = clips.copy()
    segmenter = Segmenter(FunctionFeature(centre), segment_duration=0.5, segment_hop=0.25)
    segmenter.fit_transform(clips)
    FunctionFeature(centre).fit_transform(clips)
    np.testing.assert_array_equal(clips, before)


def test_files_and_arrays_agree(files):
    feature = FunctionFeature(level, sr=8000)
    clips = np.stack([soundfile.read(path)[0] for path in files])
    np.testing.assert_array_equal(feature.fit_transform(files), feature.fit_transform(clips))


@pytest.mark.parametrize(
    ("func", "kw_args", "message"),
    [
        ("rms", None, r"'func' parameter of FunctionFeature must be a callable"),
        (level, {"hop": 3}, r"'kw_args' .* has 'hop'.*'func': level takes frame_length, gain\.$"),
        (lambda y: y, {"hop": 3}, r"<lambda> takes no other arguments"),
        (level, {"y": 3}, r"has 'y', .*: it gets the samples"),
        (spread, {"percent": 5, "sr": 3}, r"spread takes percent\.$"),
        (librosa.feature.tempo, {"sr": 3}, r"has 'sr', .*: set sr= of FunctionFeature"),
        (lambda *, z: z, None, r"'func' .* samples as its first argument, or as y= alone"),
        (lambda sr, y: y, None, r"'func' .* samples as its first argument"),
        (librosa.yin, {"fmin": 80}, r"'kw_args' .* must have 'fmax': yin has no default for it\.$"),
        (librosa.yin, None, r"must have 'fmin' and 'fmax': yin has no default for them\.$"),
        (
            np.zeros(9),
            None,
            r"'func' .* callable\. Got a ndarray instead: pass the function itself",
        ),
        (level, [3], r"'kw_args' parameter of FunctionFeature must be"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_fit(func, kw_args, message, clips):
    for feature in (FunctionFeature(func, kw_args=kw_args),):
        with pytest.raises(ValueError, match=message):
            feature.fit(clips)
        with pytest.raises(ValueError, match=message):
            Segmenter(feature).fit(clips)


def test_names_pass_through_open_keywords(clips):
    feature = FunctionFeature(lambda y, **other: [other["sr"]], kw_args={"sr": 5})
    assert feature.fit_transform(clips).tolist() == [[5.0]] * 4


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (np.zeros((2, 2, 2, 2)), r"returned a ndarray of shape \(2, 2, 2, 2\)"),
        (np.zeros(3, complex), r"returned a complex ndarray: take np\.abs"),
        ([[1.0], [1.0, 2.0]], r"returned a list"),
        ((120.0, [1, 2]), r"returned a tuple"),
        (None, r"returned a NoneType"),
        ("rock", r"returned a str"),
    ],
)
def test_a_result_of_another_kind_names_the_clip(result, words, files):
    with pytest.raises(ShapeMismatchError, match=words) as raised:
        FunctionFeature(lambda y: result).fit_transform(files[2:])
    assert "2.wav" in raised.value.__notes__[0]


def test_an_empty_result_names_the_clip(clips):
    with pytest.raises(ShapeMismatchError, match=r"shape \(2, 0\) for clip 0"):
        FunctionFeature(lambda y: np.zeros((2, 0))).fit_transform(clips)


def test_an_error_of_the_function_names_the_clip(files):
    def fail(y):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as raised:
        FunctionFeature(fail).fit_transform(files[3:])
    assert "FunctionFeature failed on" in raised.value.__notes__[0]
    assert "3.wav" in raised.value.__notes__[0]


def test_results_of_different_shapes_name_the_clips(tones):
    clips = [tones(1, seconds)[0] for seconds in (1.0, 1.0, 1.5)]
    with pytest.raises(
        ValueError, match=r"of clip 0 and clip 2 level made .*\(1, 44\) and \(1, 65"
    ):
        FunctionFeature(level).fit_transform(clips)
    assert FunctionFeature(level, duration=1.0).fit_transform(clips).shape == (3, 1, 44)
    assert FunctionFeature(spread).fit_transform(clips).shape == (3, 2)
    with pytest.raises(ShapeMismatchError, match=r"same shape of each segment.*\(1,\) and \(2,\)"):
        Segmenter(
            FunctionFeature(lambda y: y[: 1 + (y[0] == clips[0][0])]), segment_duration=0.5
        ).fit_transform(clips)


def test_it_nests_as_other_transformers_do(clips):
    stack = FeatureStack([MFCC(n_mfcc=5), HPSS(FunctionFeature(level))])
    assert stack.fit_transform(clips).shape == (4, 6, 87)
    pooled = make_pipeline(FunctionFeature(level), FramePooling())
    assert Segmenter(pooled, segment_duration=0.5).fit_transform(clips).shape == (4, 4, 2, 1)
    table = FunctionFeature(spread)
    assert Segmenter(table, segment_duration=0.5).fit_transform(clips).shape == (4, 4, 2, 1)
    with pytest.raises(ValueError, match=r"FunctionFeature can't compute on device='cuda'"):
        FunctionFeature(level, device="cuda").fit(clips)


def test_single_arguments_are_set_in_a_new_dict(clips):
    mine = {"gain": 2.0}
    feature = FunctionFeature(level, kw_args=mine)
    assert feature.get_params()["kw_args__gain"] == 2.0
    assert "kw_args__gain" not in feature.get_params(deep=False)
    feature.set_params(kw_args__gain=3.0, kw_args__frame_length=256)
    assert mine == {"gain": 2.0}
    assert feature.kw_args == {"gain": 3.0, "frame_length": 256}
    feature.set_params(kw_args=None, kw_args__gain=1.0)
    assert feature.kw_args == {"gain": 1.0}
    segmenter = Segmenter(FunctionFeature(level)).set_params(feature__kw_args__gain=4.0)
    assert segmenter.feature.kw_args == {"gain": 4.0}
    with pytest.raises(ValueError, match="Invalid parameter 'gain'"):
        feature.set_params(gain=3.0)


def test_a_grid_search_over_an_argument(music):
    percent = "functionfeature__kw_args__percent"
    pipeline = make_pipeline(FunctionFeature(spread), LogisticRegression())
    cv = KFold(2, shuffle=True, random_state=0)
    search = GridSearchCV(pipeline, {percent: [50, 99]}, cv=cv, error_score="raise")
    search.fit(music.data, music.target)
    assert [candidate[percent] for candidate in search.cv_results_["params"]] == [50, 99]
    assert search.best_estimator_[0].kw_args == {"percent": search.best_params_[percent]}
    assert pipeline[0].kw_args is None
    search.set_params(param_grid={f"{percent}age": [50]})
    with pytest.raises(ValueError, match=r"has 'percentage'.*spread takes percent"):
        search.fit(music.data, music.target)


@pytest.mark.slow
def test_compare_takes_functions_in_processes(music, tmp_path):
    features = {"named": spread, "lambda": lambda y: [y.std(), np.abs(y).max()]}
    models = {
        name: make_pipeline(FunctionFeature(function, memory=tmp_path), LogisticRegression())
        for name, function in features.items()
    }
    comparison = compare(models, music.data, music.target, cv=3, n_jobs=2)
    assert set(comparison.frame["pipeline"]) == set(models)
    assert comparison.errors.empty
    assert cache_info(tmp_path).entries == 24


def test_a_network_and_whole_songs(music, tmp_path):
    song = tmp_path / "song.wav"
    soundfile.write(song, music.data[0], 22050)
    feature = FunctionFeature(librosa.feature.melspectrogram, kw_args={"n_mels": 16})
    network = CNNClassifier(channels=(4,), max_epochs=1, random_state=0)
    model = make_pipeline(
        Segmenter(feature, segment_duration=1.0), SegmentVotingClassifier(network)
    )
    model.fit(music.data, music.target)
    assert set(predict_song(model, song).index) == set(model.classes_)
    whole = make_pipeline(clone(feature), clone(network)).fit(music.data, music.target)
    assert set(predict_song(whole, song).index) == set(model.classes_)


def make_function(body, closure=None, default=1):
    namespace = {"__name__": __name__, "np": np}
    code = f"def make(used):\n    def own(y, *, by={default}):\n        {body}\n    return own"
    exec(code, namespace)
    return namespace["make"](closure)


def test_the_code_of_a_function_is_part_of_the_cache_key(clips, tmp_path):
    def misses(function, **parameters):
        before = cache_info(tmp_path).misses
        FunctionFeature(function, memory=tmp_path, **parameters).fit_transform(clips[:1])
        return cache_info(tmp_path).misses - before

    assert misses(make_function("return [y[0]]")) == 1
    assert misses(make_function("return [y[0]]")) == 0
    assert misses(make_function("return [y[1]]")) == 1
    assert misses(make_function("return [y[0]]", default=2)) == 1
    assert misses(make_function("return [y[0]]"), kw_args={"by": 3}) == 1
    assert misses(make_function("return [y[0]]"), kw_args={"by": 3.0}) == 0
    assert misses(make_function("return [y[0]]"), kw_args={}) == 1
    assert misses(make_function("return [used * y[0]]", closure=2.0)) == 1
    assert misses(make_function("return [used * y[0]]", closure=3.0)) == 1
    assert misses(make_function("return [used * y[0]]", closure=3.0)) == 0
    assert misses(functools.partial(make_function("return [y[0]]"), by=2)) == 1
    assert misses(functools.partial(make_function("return [y[0]]"), by=2)) == 0
    assert misses(functools.partial(make_function("return [y[2]]"), by=2)) == 1


EDITED = """
import functools
GAIN = {gain}

def scaled(y):
    return [GAIN * y[0]]

class Pick:
    def __call__(self, y):
        return [{gain} * y[0]]

    def method(self, y):
        return [{gain} * y[0]]

    @classmethod
    def of_class(cls, y):
        return [{gain} * y[0]]

def recursive():
    def again(y, n=1):
        return again(y, 0) if n else [{gain} * y[0]]
    return again

pick = Pick()
FUNCTIONS = dict(
    constant=scaled, instance=pick, method=pick.method, of_class=Pick.of_class,
    partial=functools.partial(pick.method),
    enclosed=(lambda used: lambda y: used.method(y))(pick), recursive=recursive(),
    whole=functools.partial(lambda y, seed: [seed % 1000], seed=2**53 + {gain}),
)
"""


@pytest.mark.parametrize(
    "name",
    ["constant", "instance", "method", "of_class", "partial", "enclosed", "recursive", "whole"],
)
def test_an_edited_function_is_computed_again(name, clips, tmp_path, monkeypatch):
    results = []
    for gain in (0, 1, 1):
        module = types.ModuleType("edited_features")
        monkeypatch.setitem(sys.modules, "edited_features", module)
        exec(EDITED.format(gain=gain), module.__dict__)
        feature = FunctionFeature(module.FUNCTIONS[name], memory=tmp_path)
        results.append(feature.fit_transform(clips))
    assert not np.array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[1])
    assert cache_info(tmp_path).hits == len(clips)


def test_an_edited_constant_of_a_class_is_computed_again(clips, tmp_path):
    def compute(self, y):
        return [self.gain * y[0]]

    for gain in (1.0, 2.0):
        kind = type("Edited", (AudioTransformer,), {"gain": gain, "compute": compute})
        found = kind(memory=tmp_path).fit_transform(clips)
        np.testing.assert_array_equal(found, kind().fit_transform(clips))


def test_a_function_may_use_one_array_for_all_results(clips):
    result = np.empty((1, 4), np.float32)

    def write(y):
        result[:] = y[:4]
        return result

    segments = Segmenter(FunctionFeature(write), segment_duration=0.1).fit_transform(clips)
    starts = np.arange(segments.shape[1]) * round(0.1 * 22050)
    for clip, found in zip(clips, segments, strict=True):
        np.testing.assert_array_equal(found[:, 0], [clip[start : start + 4] for start in starts])


OWN_MODULE = """
import numba
import numpy as np

@numba.njit
def loudest(y):
    most = np.float32(0)
    for value in y:
        most = max(most, abs(value))
    return most
"""


@pytest.mark.slow
def test_a_compiled_function_has_one_key_in_all_processes(clips, tmp_path):
    (tmp_path / "own_features.py").write_text(OWN_MODULE)
    program = f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import numpy as np
        from own_features import loudest
        from skgenre.features import FunctionFeature, cache_info
        X = np.linspace(0, 1, 4000).reshape(2, -1)
        print(FunctionFeature(loudest, memory={str(tmp_path)!r}).fit_transform(X).ravel().tolist())
        print(cache_info({str(tmp_path)!r}).misses)
    """
    for _ in range(2):
        run = [sys.executable, "-c", textwrap.dedent(program)]
        out = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300).stdout
        assert out.splitlines()[1] == "2"


def test_pickle_and_save_model_refuse_a_function_without_a_name(music, tmp_path):
    model = make_pipeline(FunctionFeature(lambda y: [y.std()]), LogisticRegression())
    model.fit(music.data, music.target)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(model)
    with pytest.raises(TypeError, match=r"lambda>: a file stores a function by its name.*def"):
        save_model(model, tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []
    named = make_pipeline(FunctionFeature(spread), LogisticRegression())
    named.fit(music.data, music.target)
    with pytest.raises(TypeError, match=r"can't store \S*test_own_features\.spread"):
        save_model(named, tmp_path / "model.skops")
    loaded = pickle.loads(pickle.dumps(named))
    np.testing.assert_array_equal(loaded.predict_proba(music.data), named.predict_proba(music.data))


def test_a_ufunc_is_saved(music, tmp_path):
    from skgenre.persistence import load_model

    model = make_pipeline(FunctionFeature(np.abs, duration=0.01), LogisticRegression())
    model.fit(music.data, music.target)
    save_model(model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(music.data), model.predict_proba(music.data))
