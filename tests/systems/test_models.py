"""Models of skgenre's own, by name: fitted, saved, searched, exported or refused."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, MusicnnEmbedding
from skgenre.persistence import export_onnx, save_model
from skgenre.songs import predict_song, predict_timeline
from skgenre.systems import list_models, make_system
from skgenre.systems._models import MODELS

from ..other_processes import run_code

NAMES = list(MODELS)
TAKES_MEL = [name for name in NAMES if MODELS[name].takes_mel]
NETWORKS = ["cnn", "covnet", "crnn", "lstm"]
# They hold a kernel machine over covariances, whose logarithm ONNX has no operation for.
KERNELS = [name for name in NAMES if name not in (*NETWORKS, "xgb")]
QUICK = {"svm", "cnn", "covnet", "best-embedding"}
CODE = """
import sys
import numpy as np
from skgenre.persistence import load_model
model = load_model(sys.argv[1])
np.save(sys.argv[3], model.predict_proba(list(np.load(sys.argv[2]))))
"""
SMALL = {
    "max_epochs": 2,
    "device": "cpu",
    "random_state": 0,
    "n_estimators": 5,
    "weights": None,
    "patch_duration": 0.5,
}


def mark(names, quick=QUICK):
    return [pytest.param(n, marks=() if n in quick else pytest.mark.slow) for n in names]


def make_small(name, **options):
    """Return a model of few epochs, with random weights of musicnn."""
    model = make_system(name, **options)
    for path in model.get_params():
        parameter = path.rpartition("__")[2]
        is_set = parameter in SMALL and (parameter != "weights" or "embedding" in path)
        if is_set or (parameter == "n_estimators" and "xgb" in path):
            model.set_params(**{path: SMALL[parameter]})
    return model


@pytest.fixture(scope="module")
def music():
    """Twelve clips of two genres, two of them shorter than the others."""
    clips = make_genre_music(12, genres=["classical", "metal"], duration=2.0, random_state=0)
    clips.sounds = list(clips.data)
    clips.sounds[3] = clips.sounds[3][:33_075]
    clips.sounds[4] = clips.sounds[4][:30_000]
    return clips


@pytest.fixture(scope="module")
def fit(music):
    """Return a function that fits a small model, each once."""
    fitted = {}

    def make(name):
        if name not in fitted:
            fitted[name] = make_small(name).fit(music.sounds, music.target)
        return fitted[name]

    return make


@pytest.mark.parametrize("name", mark(NAMES))
def test_clips_of_different_lengths_become_probabilities(name, fit, music):
    probabilities = fit(name).predict_proba(music.sounds)
    assert probabilities.shape == (12, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    alone = fit(name).predict_proba(music.sounds[3:4])
    np.testing.assert_allclose(alone[0], probabilities[3], atol=1e-4)


@pytest.mark.parametrize("name", mark(NAMES))
def test_a_model_predicts_the_same_in_another_process(name, fit, music, tmp_path):
    files = [tmp_path / part for part in ("model.skops", "X.npy", "p.npy")]
    save_model(fit(name), files[0])
    np.save(files[1], music.data)
    run_code(CODE, *files)
    expected = fit(name).predict_proba(list(music.data))
    np.testing.assert_allclose(np.load(files[2]), expected, atol=1e-6)


@pytest.mark.parametrize("name", mark(NAMES))
def test_a_song_gets_a_genre(name, fit, music, tmp_path):
    soundfile.write(tmp_path / "song.wav", np.concatenate(music.sounds[:8]), 22050)
    genres = predict_song(fit(name), tmp_path / "song.wav")
    assert sorted(genres.index) == ["classical", "metal"]
    np.testing.assert_allclose(genres.sum(), 1, atol=1e-5)


def test_a_song_is_cut_into_clips_of_the_fit(fit, tmp_path):
    # Those of the fit are shorter than a segment of 10 s.
    soundfile.write(tmp_path / "song.wav", np.zeros(22050 * 21) + 0.1, 22050)
    assert predict_timeline(fit("best-embedding"), tmp_path / "song.wav")["end"].tolist() == [
        10,
        20,
    ]


@pytest.mark.parametrize("name", mark(NETWORKS, {"cnn"}))
def test_networks_are_exported(name, fit, music, tmp_path):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    export_onnx(fit(name), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (probabilities,) = session.run(None, {"waveform": music.data})
    expected = fit(name).predict_proba(list(music.data))
    np.testing.assert_allclose(probabilities, expected, atol=1e-4, rtol=0)


@pytest.mark.slow
def test_trees_are_exported_with_their_table_as_input(fit, music, tmp_path):
    pytest.importorskip("onnxmltools")
    onnxruntime = pytest.importorskip("onnxruntime")
    export_onnx(fit("xgb"), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    table = fit("xgb")[:-1].transform(list(music.data))[..., 0].astype(np.float32)
    (probabilities,) = session.run(None, {"table": table})
    expected = fit("xgb").predict_proba(list(music.data))
    np.testing.assert_allclose(probabilities, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", mark(KERNELS))
def test_kernels_are_refused_by_onnx_with_the_reason(name, fit, tmp_path):
    pytest.importorskip("onnxscript")
    with pytest.raises(ValueError, match="export_onnx can't export ") as caught:
        export_onnx(fit(name), tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert "can't export BlockKernelClassifier: the transformers of" in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", mark(TAKES_MEL))
def test_maps_of_any_frame_rate_go_in(name):
    y = np.arange(12) % 2
    maps = np.random.default_rng(0).normal(-40, 10, (12, 32, 90)) + y[:, None, None]
    model = make_small(name, input_kind="mel", frame_rate=4.0)
    assert model.fit(maps, y).predict_proba(maps).shape == (12, 2)
    assert model[0].n_frames == 40


@pytest.mark.parametrize("name", ["svm", "cnn"])
def test_maps_and_waveforms_give_the_same_probabilities(name, music):
    clips = np.concatenate([music.data] * 5, axis=1)
    mel = MelSpectrogram(n_mels=128, hop_length=1709, ref="max", top_db=80.0)
    length = 10 * 22050
    maps = mel.fit_transform(clips[:, :length])
    of_waveforms = make_small(name).fit(clips, music.target)
    of_maps = make_small(name, input_kind="mel").fit(maps, music.target)
    expected = of_waveforms.predict_proba(clips)
    np.testing.assert_allclose(of_maps.predict_proba(maps), expected, atol=0.05)


def test_a_model_is_searched_and_cloned(music):
    model = clone(make_small("svm"))
    grid = {
        "blockkernelclassifier__weights__modulation": [0.0, 0.5],
        "segmenter__feature__n_mels": [32],
    }
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(music.sounds, music.target)
    assert set(search.best_params_) == set(grid)


def test_every_part_reads_at_one_rate():
    for name in NAMES:
        params = make_system(name).get_params()
        rates = {value for path, value in params.items() if path.endswith("__sr")}
        assert rates == {MODELS[name].sr}, name
    rates = make_system("svm", sr=16_000).get_params()
    assert {value for path, value in rates.items() if path.endswith("__sr")} == {16_000}


def test_the_embedding_is_musicnns():
    blocks = make_system("best-embedding")[-1].blocks
    # Missing weights are reported before the other blocks are computed.
    assert blocks[0][0] == "embedding"
    assert isinstance(blocks[0][1], MusicnnEmbedding)


def test_the_list_has_a_row_a_model():
    models = list_models()
    assert models["name"].tolist() == NAMES
    measured = models.set_index("name").drop(index="best-embedding")
    assert (measured[["accuracy", "margin", "fit_seconds", "kilobytes"]] > 0).all(axis=None)


def test_the_figures_are_those_of_the_records():
    path = Path(__file__).parents[2] / "benchmarks/results/choices/gtzan_logmel_dev_named.md"
    if not path.exists():
        pytest.skip("the source distribution has no benchmarks")
    rows = [line.split("|")[1:-1] for line in path.read_text().splitlines() if line[:1] == "|"]
    table = {row[0].strip(): [cell.strip() for cell in row] for row in rows[2:]}
    models = list_models().set_index("name").drop(index="best-embedding")
    # The table has variants of models, too: "covnet, five averaged".
    assert set(models.index) == {name for name in table if "," not in name}
    for name, model in models.iterrows():
        assert f"{model['accuracy']:.3f}" == table[name][1]
        assert f"±{model['margin']:.3f}" == table[name][2]
        assert f"{model['kilobytes']:,.0f}" == table[name][6]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"frame_rate": 4.0}, "it needs input_kind='mel'"),
        ({"input_kind": "mel", "frame_rate": 0.0}, "above 0"),
        ({"input_kind": "mel", "frame_rate": np.inf}, "'frame_rate' .* above 0, .*Got inf"),
        ({"input_kind": "mel", "frame_rate": "12"}, "'frame_rate' .* above 0, .*Got '12'"),
        ({"sr": 0}, "'sr' parameter of make_system must be a number above 0, .*Got 0"),
        ({"sr": -8000.0}, "'sr' .* above 0"),
        ({"as_published": True}, "'svm' is a model of skgenre's own"),
    ],
)
def test_options_that_say_nothing_of_a_model_are_refused(options, expected):
    with pytest.raises(ValueError, match=expected):
        make_system("svm", **options)


def test_a_reference_system_has_no_frame_rate():
    with pytest.raises(ValueError, match="leave frame_rate out"):
        make_system("yaacob2020-crnn", input_kind="mel", frame_rate=4.0)


def test_an_embedding_takes_no_other_rate():
    """Of arrays its own block would take 16 kHz for granted, and the others the rate given."""
    with pytest.raises(ValueError, match=r"'best-embedding' needs sr=16000, .*Got sr=22050"):
        make_system("best-embedding", sr=22050)
    assert make_system("best-embedding", sr=16000.0)


def test_an_embedding_takes_no_maps():
    with pytest.raises(ValueError, match="'best-embedding' takes no mel spectrograms, but"):
        make_system("best-embedding", input_kind="mel")


@pytest.mark.parametrize(("frame_rate", "lag"), [(22_050 / 1709, 1), (22_050 / 512, 3), (5.0, 1)])
def test_the_lag_of_covariances_is_the_same_time_at_any_frame_rate(frame_rate, lag):
    network = make_system("covnet", input_kind="mel", frame_rate=frame_rate)[-1].estimator
    assert network.lags == (0, lag)


@pytest.mark.parametrize("name", mark(NAMES))
def test_models_take_several_genres_per_clip(name, music):
    matrix = (np.arange(12)[:, np.newaxis] // [1, 2, 3]) % 2
    model = make_small(name).fit(music.sounds, matrix)
    probabilities = model.predict_proba(music.sounds)
    assert probabilities.shape == (12, 3)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert model.predict(music.sounds).shape == (12, 3)
