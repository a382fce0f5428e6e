"""The exported file gives our probabilities, without skgenre."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skgenre.classifiers import (
    CNNClassifier,
    CovarianceNetClassifier,
    CRNNClassifier,
    LSTMClassifier,
    MLPGenreClassifier,
    ParallelCRNNClassifier,
    SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.exceptions import ShortSignalWarning
from skgenre.features import (
    HPSS,
    MFCC,
    ChromaFeatures,
    Delta,
    FeatureStack,
    FramePooling,
    FrameSegmenter,
    GTZANFeatures,
    MelSpectrogram,
    MFCCSegmenter,
    MFCCStatistics,
    Segmenter,
)
from skgenre.persistence import export_onnx
from skgenre.persistence._onnx.features import Value, add_step
from skgenre.persistence._onnx.graph import Graph

pytest.importorskip("onnxscript")
pytest.importorskip("skl2onnx")
pytest.importorskip("onnxmltools")
onnxruntime = pytest.importorskip("onnxruntime")

TOLERANCE = 1e-5

# Runs where importing skgenre, or what it computes with, fails.
CODE = """
import json, sys
class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("skgenre", "torch", "librosa", "sklearn"):
            raise ImportError(name)
sys.meta_path.insert(0, Forbidden())
try:
    import skgenre
except ImportError:
    pass
else:
    raise SystemExit("skgenre can be imported")
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
facts = {k: json.loads(v) for k, v in session.get_modelmeta().custom_metadata_map.items()}
(probabilities,) = session.run(["probabilities"], {"waveform": np.load(sys.argv[2])})
np.save(sys.argv[3], probabilities)
print(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def clips(music):
    """Loud and quiet clips, silence, noise, and what is both."""
    X = music.data.copy()
    X[1] *= 1e-3
    X[2, :22050] *= 1e-4
    X[3, 22050:] = 0
    X[4] = np.random.default_rng(0).normal(0, 0.3, X.shape[1])
    X[5] = 0
    X[6] = np.round(X[6] * 200) / 200
    return X


def export(model, folder):
    export_onnx(model, folder / "model.onnx")
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    facts = session.get_modelmeta().custom_metadata_map
    return session, {name: json.loads(value) for name, value in facts.items()}


def run(session, X):
    (given,) = session.get_inputs()
    (probabilities,) = session.run(["probabilities"], {given.name: X.astype(np.float32)})
    return probabilities


def assert_same(session, model, X):
    # A list may have clips of another length than in fit.
    expected = model.predict_proba(list(X))
    np.testing.assert_allclose(run(session, X), expected, atol=TOLERANCE, rtol=0)


def run_features(steps, X):
    """Return what the graph of some steps gives."""
    graph, value = Graph(), Value("waveform", 2)
    for step in steps:
        value = add_step(graph, step, value)
    sizes = [f"size_{axis}" for axis in range(value.n_axes)]
    model = graph.to_model("waveform", ["n_clips", "n_samples"], value.name, "result", sizes)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"waveform": X})[0]


def network(kind=MLPGenreClassifier, **params):
    # Enough training for probabilities far from chance: untrained ones hide differences.
    small = {"dense": (8,)} if kind is MLPGenreClassifier else {}
    settings = {"max_epochs": 8, "lr": 0.01, "random_state": 0, "device": "cpu", **small}
    return kind(**{**settings, **params})


def test_onnxruntime_runs_it_without_skgenre(fitted, clips, tmp_path):
    export_onnx(fitted, tmp_path / "model.onnx")
    np.save(tmp_path / "X.npy", clips)
    paths = [str(tmp_path / name) for name in ("model.onnx", "X.npy", "p.npy")]
    result = subprocess.run(
        [sys.executable, "-c", CODE, *paths], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    expected = fitted.predict_proba(clips)
    np.testing.assert_allclose(np.load(paths[2]), expected, atol=TOLERANCE, rtol=0)
    facts = json.loads(result.stdout)
    assert facts["labels"] == ["classical", "jazz", "metal"]
    assert facts["sr"] == 22050
    assert facts["duration"] is None
    assert facts["n_samples"] is None


MEL = MelSpectrogram(n_mels=16, n_fft=512, hop_length=256)
FEATURES = {
    "mel": MEL,
    "mel-top-db": MelSpectrogram(n_mels=16, n_fft=512, ref="max", top_db=60.0),
    "mel-ref": MelSpectrogram(n_mels=16, n_fft=512, ref=0.5, amin=1e-6, power=1.0),
    "mel-log": MelSpectrogram(n_mels=16, n_fft=512, scale="log", center=False, htk=True),
    "mel-power": MelSpectrogram(n_mels=8, n_fft=512, scale="power", pad_mode="reflect"),
    "mel-odd": MelSpectrogram(n_mels=8, n_fft=501, win_length=400, window="hamming"),
    "mel-edge": MelSpectrogram(n_mels=8, n_fft=512, pad_mode="edge", norm=None),
    "mfcc": MFCC(n_mels=32, n_fft=1024),
    "mfcc-lifter": MFCC(n_mels=32, n_mfcc=8, lifter=22, dct_type=3, top_db=None),
    "chroma": ChromaFeatures(),
    "chroma-l1": ChromaFeatures(norm=1, tuning=0.3, n_chroma=24),
    "chroma-l2": ChromaFeatures(norm=2),
    "chroma-raw": ChromaFeatures(norm=None, n_fft=1024),
    "stack": FeatureStack([MFCC(n_mfcc=5), ChromaFeatures()]),
}


@pytest.mark.parametrize("name", FEATURES)
def test_features_come_out_as_ours(name, clips):
    feature, pooling = FEATURES[name], FramePooling(statistics=["mean", "std", "var", "min", "max"])
    for X in (clips, clips[:2, :300]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ShortSignalWarning)
            maps = feature.fit_transform(list(X))
        largest = np.abs(maps).max()
        np.testing.assert_allclose(run_features([feature], X), maps, atol=5e-6 * largest)
        pooled = run_features([feature, pooling], X)
        np.testing.assert_allclose(pooled, pooling.fit_transform(maps), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("compression", ["sqrt", "log"])
def test_compressed_statistics_come_out_as_ours(compression, clips):
    feature, pooling = MelSpectrogram(n_mels=16), FramePooling(compression=compression)
    expected = pooling.fit_transform(feature.fit_transform(clips))
    pooled = run_features([feature, pooling], clips)
    np.testing.assert_allclose(pooled, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "feature",
    [
        MelSpectrogram(n_mels=16, dtype="float16"),
        MFCCSegmenter(segment_duration=0.5, dtype="float16"),
    ],
)
def test_half_precision_is_rounded_as_ours(feature, clips):
    maps = feature.fit_transform(clips).astype(np.float32)
    ours = run_features([feature], clips)
    np.testing.assert_array_equal(ours, ours.astype(np.float16))
    # What lies between two values may fall to either.
    np.testing.assert_allclose(ours, maps, rtol=1e-3, atol=1e-3)


NETWORKS = {
    "cnn-image": network(
        CNNClassifier, dims=2, image_size=(24, 40), in_channels=3, channels=(4, 4), center="clip"
    ),
    "cnn-1d": network(CNNClassifier, dims=1, channels=(8,), head="max", norm="layer"),
    "cnn-attention": network(CNNClassifier, channels=(4,), head="attention", activation="gelu"),
    "cnn-valid": network(
        CNNClassifier, channels=(4, 4), kernel_size=(3, 2), padding="valid", pool_size=(3, 2),
        pool_stride=2, head="flatten",
    ),
    "cnn-covariance": network(CNNClassifier, dims=1, channels=(8,), head="covariance"),
    "covariance": network(CovarianceNetClassifier, n_filters=2, channels=(), shrinkage=0.1),
    "covariances": network(CovarianceNetClassifier, n_filters=4, channels=(3,), n_estimators=2),
    "lstm": network(LSTMClassifier, hidden_size=(6, 4)),
    "lstm-both": network(
        LSTMClassifier, pool_size=4, num_layers=2, hidden_size=5, bidirectional=True
    ),
    "gru-attention": network(LSTMClassifier, cell="gru", hidden_size=5, head="attention"),
    "rnn": network(LSTMClassifier, cell="rnn", hidden_size=5, bidirectional=True),
    "crnn": network(CRNNClassifier, channels=(4, 4), hidden_size=6),
    "pcrnn": network(ParallelCRNNClassifier, channels=(4, 4), hidden_size=4),
}  # fmt: skip


# PyTorch's exporter takes seconds for each.
SLOW = set(NETWORKS) - {"covariance"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in NETWORKS]
)
def test_networks_come_out_as_ours(name, music, clips, tmp_path):
    model = make_pipeline(MEL, NETWORKS[name]).fit(music.data, music.target)
    session, facts = export(model, tmp_path)
    assert_same(session, model, clips)
    assert_same(session, model, clips[:1])
    # Nothing cuts or pads: the clips are those of fit.
    assert facts["n_samples"] == music.data.shape[1]
    assert facts["duration"] == 2.0
    with pytest.raises(Exception, match="invalid dimensions"):
        run(session, clips[:, :-1])


CUTS = {
    "duration": MelSpectrogram(n_mels=8, n_fft=512, duration=1.5),
    "segments": Segmenter(MEL, segment_duration=0.5),
    "overlapping": Segmenter(MEL, segment_duration=0.4, segment_hop=0.15, duration=1.9),
    "apart": Segmenter(MEL, segment_duration=0.2, segment_hop=0.5),
    "parts": Segmenter(make_pipeline(MEL, FramePooling()), n_segments=4),
    "mfcc": MFCCSegmenter(segment_duration=0.5, n_mfcc=8, statistics=["mean", "max"]),
}


@pytest.mark.parametrize("name", CUTS)
def test_clips_of_any_length_are_cut_as_ours_are(name, clips):
    longer = np.concatenate([clips, clips[:, ::-1]], axis=1)
    for length in (5000, 8820, 11025, 13000, 16537, 16538, 22050, 31000, 44100, 60001):
        X = longer[:3, :length]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ShortSignalWarning)
            expected = CUTS[name].fit_transform(list(X))
        np.testing.assert_allclose(run_features([CUTS[name]], X), expected, atol=1e-4)


@pytest.mark.parametrize("voting", ["soft", pytest.param("hard", marks=pytest.mark.slow)])
def test_segments_vote(voting, music, clips, tmp_path):
    model = make_pipeline(CUTS["mfcc"], SegmentVotingClassifier(network(), voting=voting))
    model.fit(music.data, music.target)
    session, facts = export(model, tmp_path)
    assert facts["n_samples"] is None
    assert_same(session, model, clips)
    assert_same(session, model, clips[:1, :15000])


@pytest.mark.parametrize(
    ("feature", "is_free"),
    [
        pytest.param(
            MelSpectrogram(n_mels=8, n_fft=512, duration=1.5), True, marks=pytest.mark.slow
        ),
        (Segmenter(MEL, n_segments=4), False),
        pytest.param(Segmenter(MEL, n_segments=4, duration=1.0), True, marks=pytest.mark.slow),
    ],
)
def test_the_length_is_free_where_it_can_be(feature, is_free, music, clips, tmp_path):
    in_segments = isinstance(feature, Segmenter)
    classifier = network(max_epochs=1)
    model = make_pipeline(
        feature, SegmentVotingClassifier(classifier) if in_segments else classifier
    )
    session, facts = export(model.fit(music.data, music.target), tmp_path)
    assert (facts["n_samples"] is None) == is_free
    assert_same(session, model, clips)
    if is_free:
        assert_same(session, model, clips[:2, :9000])


@pytest.mark.slow
def test_windows_of_frames_vote(music, clips, tmp_path):
    voting = SegmentVotingClassifier(network(CNNClassifier, channels=(4,)))
    model = make_pipeline(MEL, FrameSegmenter(40, hop_frames=15), voting)
    model.fit(music.data, music.target)
    session, facts = export(model, tmp_path)
    assert facts["n_samples"] is None
    assert_same(session, model, clips)
    assert_same(session, model, clips[:2, :20000])


@pytest.mark.slow
def test_a_fit_on_files_takes_clips_of_as_many_frames(music, clips, tmp_path):
    model = make_pipeline(MEL, network()).fit(list(music.data), music.target)
    session, facts = export(model, tmp_path)
    n_samples = facts["n_samples"]
    assert music.data.shape[1] - MEL.hop_length < n_samples <= music.data.shape[1]
    assert_same(session, model, clips[:, :n_samples])


@pytest.mark.parametrize(
    "classifier",
    [
        XGBGenreClassifier(n_estimators=5),
        LogisticRegression(),
        RandomForestClassifier(5, random_state=0),
        make_pipeline(MinMaxScaler(), LogisticRegression()),
    ],
    ids=["xgboost", "logistic", "forest", "scaled"],
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classifiers_of_tables_take_the_table(classifier, n_classes, table, tmp_path):
    pytest.importorskip("xgboost")
    X, y = (part[: 20 * n_classes] for part in table)
    X = X.astype(np.float32)
    model = make_pipeline(StandardScaler(), classifier).fit(X, y)
    session, facts = export(model, tmp_path)
    assert session.get_inputs()[0].shape == ["n_clips", 20]
    assert facts["labels"] == model.classes_.tolist()
    # An array: a list would be converted to float64 on the way to our scaler.
    np.testing.assert_allclose(run(session, X), model.predict_proba(X), atol=TOLERANCE, rtol=0)


def test_trees_behind_features_take_the_table_with_its_columns(music, tmp_path):
    pytest.importorskip("xgboost")
    trees = XGBGenreClassifier(n_estimators=5, random_state=0)
    model = make_pipeline(MFCC(n_mfcc=4), FramePooling(), trees).fit(music.data, music.target)
    session, facts = export(model, tmp_path)
    assert facts["columns"] == list(model[1].get_feature_names_out())
    table = model[:-1].transform(music.data)
    expected = model.predict_proba(music.data)
    np.testing.assert_allclose(run(session, table), expected, atol=TOLERANCE)


def test_trees_vote_over_segments_of_a_table(music, tmp_path):
    pytest.importorskip("xgboost")
    feature = make_pipeline(MFCC(n_mfcc=4), FramePooling())
    voting = SegmentVotingClassifier(XGBGenreClassifier(n_estimators=5, random_state=0))
    model = make_pipeline(Segmenter(feature, segment_duration=0.5), voting)
    model.fit(music.data, music.target)
    session, _ = export(model, tmp_path)
    table = model[:-1].transform(music.data)[..., 0]
    expected = model.predict_proba(music.data)
    np.testing.assert_allclose(run(session, table), expected, atol=TOLERANCE)


@pytest.mark.slow
def test_a_search_is_exported_as_its_best_model(music, clips, tmp_path):
    pipeline = make_pipeline(MEL, FramePooling(), network())
    grid = {"mlpgenreclassifier__dense": [(4,), (8,)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(music.data, music.target)
    session, _ = export(search, tmp_path)
    assert_same(session, search.best_estimator_, clips)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([ChromaFeatures(tuning=None)], "ChromaFeatures with tuning=None"),
        ([GTZANFeatures()], "GTZANFeatures"),
        ([HPSS(MEL)], "HPSS"),
        ([Delta(MEL)], "Delta"),
        ([FeatureStack([MFCC(n_mfcc=4), ChromaFeatures(tuning=None)])], "ChromaFeatures with"),
        ([MelSpectrogram(n_mels=8, pad_mode="wrap")], "MelSpectrogram with pad_mode='wrap'"),
        ([MEL, FramePooling(statistics="skew")], "FramePooling with statistics='skew'"),
        ([MEL, FramePooling(delta_order=1)], "FramePooling with delta_order=1"),
        ([MEL, FramePooling(statistics="p10")], "FramePooling with statistics='p10'"),
        ([MEL, MFCCStatistics()], "MFCCStatistics"),
        ([MEL, FramePooling(), MinMaxScaler()], "MinMaxScaler"),
    ],
)
def test_what_can_not_be_exported_is_named(steps, words, music, tmp_path):
    model = make_pipeline(*steps, network(max_epochs=1)).fit(music.data, music.target)
    with pytest.raises(ValueError, match=f"can't export {words}"):
        export_onnx(model, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_classifiers_that_can_not_be_exported_are_named(music, table, tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(ValueError, match="SVC, which has no predict_proba"):
        export_onnx(SVC().fit(*table), path)
    members = [
        (name, make_pipeline(MEL, FramePooling(), LogisticRegression(max_iter=9999)))
        for name in "ab"
    ]
    with pytest.raises(ValueError, match="VotingClassifier"):
        export_onnx(VotingClassifier(members, voting="soft").fit(music.data, music.target), path)
    with pytest.raises(NotFittedError):
        export_onnx(make_pipeline(MEL, network()), path)
    with pytest.raises(ValueError, match="takes fitted classifiers"):
        export_onnx(StandardScaler().fit(table[0]), path)
    maps = MEL.fit_transform(music.data)
    with pytest.raises(ValueError, match="CNNClassifier as the first step"):
        export_onnx(network(CNNClassifier, max_epochs=1).fit(maps, music.target), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_model_is_not_changed(fitted, music, tmp_path):
    before = fitted.predict_proba(music.data)
    export_onnx(fitted, tmp_path / "model.onnx")
    np.testing.assert_array_equal(fitted.predict_proba(music.data), before)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_numbers_that_onnx_wants_as_scalars_have_no_axis():
    import onnx

    graph = Graph()
    value = add_step(graph, MEL, Value("waveform", 2))
    model = graph.to_model("waveform", ["n", "n_samples"], value.name, "result", ["n", 16, "t"])
    ranks = {tensor.name: len(tensor.dims) for tensor in model.graph.initializer}
    (node,) = [node for node in model.graph.node if node.op_type == "STFT"]
    _, frame_step, _, frame_length = node.input
    assert ranks[frame_step] == ranks[frame_length] == 0
    # What simplifiers and other runtimes do before they run it.
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
