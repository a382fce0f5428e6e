"""skgenre predict with an exported file: the results of the model it was exported from."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from typer.testing import CliRunner

from skgenre.classifiers import CNNClassifier, MLPGenreClassifier, SegmentVotingClassifier
from skgenre.cli._app import app
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling, MelSpectrogram, Segmenter
from skgenre.persistence import export_onnx, save_model

from ..other_processes import run_command as run

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

SR = 8000
TOLERANCE = 1e-5


def mel(**params):
    return MelSpectrogram(sr=SR, n_mels=16, n_fft=512, hop_length=256, **params)


def network(**params):
    settings = {"dense": (8,), "max_epochs": 8, "lr": 0.01, "random_state": 0, "device": "cpu"}
    return MLPGenreClassifier(**settings, **params)


def segmented(**params):
    cnn = CNNClassifier(channels=(4,), max_epochs=8, lr=0.01, random_state=0, device="cpu")
    segmenter = Segmenter(mel(), segment_duration=0.5, sr=SR, **params)
    return make_pipeline(segmenter, SegmentVotingClassifier(cnn))


MODELS = {
    "segments": segmented,
    "overlapping": lambda: segmented(segment_hop=0.25),
    "duration": lambda: make_pipeline(mel(duration=0.7), network()),
    "length of fit": lambda: make_pipeline(mel(), network()),
    "segments of clips": lambda: segmented(duration=1.5),
}
# Options for each; the last cuts no single segments out of clips.
OPTIONS = {
    "segments": [[], ["--segment-hop", "0.3"], ["--segment-duration", "1.2"]],
    "overlapping": [[], ["--combine", "majority"]],
    "duration": [[], ["--segment-duration", "0.7", "--segment-hop", "0.35"]],
    "length of fit": [[], ["--combine", "longest-run"]],
    "segments of clips": [["--segment-duration", "1.5"]],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a function that gives a model's files, each fitted once: .skops and .onnx."""
    music = make_genre_music(12, genres=["jazz", "metal"], sr=SR, duration=1.0, random_state=0)
    made = {}

    def make(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("models")
            model = MODELS[name]().fit(music.data, music.target)
            save_model(model, folder / "model.skops")
            export_onnx(model, folder / "model.onnx")
            made[name] = folder / "model.skops", folder / "model.onnx"
        return made[name]

    return make


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Four and a third seconds, so that the last clip is cut off."""
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    music = make_genre_music(5, genres=["jazz", "metal"], sr=SR, duration=1.0, random_state=1)
    soundfile.write(path, music.data.ravel()[: SR * 13 // 3], SR)
    return path


def read(result):
    assert result.returncode == 0, result.stderr
    (entry,) = json.loads(result.stdout)
    return entry


@pytest.mark.parametrize(
    ("name", "options"), [(name, options) for name in MODELS for options in OPTIONS[name]]
)
def test_the_results_are_those_of_the_model(name, options, files, song):
    entries = [
        read(run("predict", song, "--model", path, "--timeline", "--format", "json", *options))
        for path in files(name)
    ]
    expected, given = entries
    assert given["file"] == expected["file"]
    for one, other in zip(given["timeline"], expected["timeline"], strict=True):
        assert (one["start"], one["end"]) == (other["start"], other["end"])
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=TOLERANCE)
    assert [entry["genre"] for entry in given["genres"]] == [
        entry["genre"] for entry in expected["genres"]
    ]
    for one, other in zip(given["genres"], expected["genres"], strict=True):
        assert one == pytest.approx(other, abs=TOLERANCE)


def test_formats_and_the_number_of_genres_are_those_of_the_model(files, song):
    for options in (["--top", "1"], ["--format", "csv"], ["--timeline", "--format", "csv"]):
        outputs = [
            run("predict", song, song, "--model", path, *options).stdout.splitlines()
            for path in files("segments")
        ]
        expected, given = outputs
        assert len(given) == len(expected)
        assert given[0] == expected[0]


def test_remarks_and_errors_are_those_of_the_model(files, tmp_path):
    silent, short, broken = (tmp_path / name for name in ("silent.wav", "short.wav", "broken.wav"))
    soundfile.write(silent, np.zeros(SR), SR)
    soundfile.write(short, np.full(40, 0.1), SR)
    broken.write_bytes(silent.read_bytes()[:1000])
    for songs in ([silent, short], [silent, broken], [tmp_path / "none.wav"]):
        results = [run("predict", *songs, "--model", path) for path in files("segments")]
        expected, given = results
        assert given.returncode == expected.returncode
        # Of very short clips, the transformer of the model has something to add.
        remarks = [line for line in expected.stderr.splitlines() if "Segmenter" not in line]
        assert given.stderr.splitlines() == remarks
        assert remarks


def test_genres_that_are_numbers(song, tmp_path):
    music = make_genre_music(12, genres=["jazz", "metal"], sr=SR, duration=1.0, random_state=0)
    model = make_pipeline(mel(), network()).fit(music.data, (music.target == "jazz") * 4 + 3)
    export_onnx(model, tmp_path / "model.onnx")
    output = read(run("predict", song, "--model", tmp_path / "model.onnx", "--format", "json"))
    save_model(model, tmp_path / "model.skops")
    expected = read(run("predict", song, "--model", tmp_path / "model.skops", "--format", "json"))
    assert [entry["genre"] for entry in output["genres"]] == [
        entry["genre"] for entry in expected["genres"]
    ]


def test_nothing_heavy_is_imported(files, song):
    code = (
        "import sys\n"
        "from skgenre.cli import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "predict", song, "--model", files("segments")[1]]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "song.wav" in result.stdout
    loaded = {name.partition(".")[0] for name in result.stderr.split()}
    assert "onnxruntime" in loaded
    heavy = {"torch", "sklearn", "pandas", "numba", "scipy", "librosa", "joblib", "onnx", "skops"}
    assert not loaded & heavy


def refuse(*arguments):
    """Return the one line of a refusal."""
    result = run("predict", *arguments)
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def change(path, source, function):
    """Write a changed copy of an exported model."""
    model = onnx.load(source)
    content = function(model)
    path.write_bytes(content or model.SerializeToString())
    return path


def drop_metadata(model):
    del model.metadata_props[:]


def set_fact(key, value):
    def change(model):
        (entry,) = [entry for entry in model.metadata_props if entry.key == key]
        entry.value = value

    return change


def refer_to_a_file(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def refer_to_a_file_in_a_node(model):
    tensor = onnx.TensorProto(data_type=1, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["passwd"], value=tensor))


def loop(model):
    body = onnx.helper.make_graph([], "body", [], [])
    model.graph.node.append(onnx.helper.make_node("Loop", [], ["x"], body=body))


def call_a_function(model):
    function = onnx.FunctionProto(name="f", domain="own", output=["y"])
    model.functions.append(function)


def use_a_foreign_operator(model):
    model.graph.node.append(onnx.helper.make_node("PyOp", [], ["x"], domain="com.microsoft"))


def rename_the_input(model):
    for node in model.graph.node:
        node.input[:] = ["samples" if name == "waveform" else name for name in node.input]
    model.graph.input[0].name = "samples"


def add_an_input(model):
    model.graph.input.append(onnx.helper.make_tensor_value_info("gain", 1, [1]))


def name_the_input_in_other_bytes(model):
    return model.SerializeToString().replace(b"waveform", b"wave\xff\xfe\x1bm")


def name_an_operator_in_other_bytes(model):
    return model.SerializeToString().replace(b"Softmax", b"Soft\xff\xfe\x1b")


def multiply_by(number):
    def change(model):
        for node in model.graph.node:
            node.output[:] = ["p" if name == "probabilities" else name for name in node.output]
        factor = onnx.numpy_helper.from_array(np.array(number, np.float32), "factor")
        model.graph.initializer.append(factor)
        model.graph.node.append(onnx.helper.make_node("Mul", ["p", "factor"], ["probabilities"]))

    return change


def fill_the_memory(model):
    for node in model.graph.node:
        node.output[:] = ["all" if name == "probabilities" else name for name in node.output]
    size = onnx.numpy_helper.from_array(np.array([2**31]), "size")  # 8 GB
    model.graph.initializer.append(size)
    make_node = onnx.helper.make_node
    model.graph.node.extend(
        [
            make_node("ConstantOfShape", ["size"], ["zeros"]),
            make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
            make_node("Add", ["all", "zero"], ["probabilities"]),
        ]
    )


def join_texts(model):
    model.graph.node.append(onnx.helper.make_node("StringConcat", ["x", "x"], ["xx"]))


def contain_a_text(model):
    model.graph.initializer.append(onnx.helper.make_tensor("x", 8, [1], [b"text"]))


def contain_a_text_in_a_node(model):
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["x"], value_string="text"))


def make_texts_of_numbers(model):
    node = onnx.helper.make_node(
        "LabelEncoder", ["i"], ["x"], domain="ai.onnx.ml", keys_int64s=[0], values_strings=["text"]
    )
    model.graph.node.append(node)


def raise_the_opset(model):
    model.opset_import[0].version = 99


CHANGES = {
    "no metadata": (drop_metadata, "its metadata lack labels, sr"),
    "no JSON": (set_fact("sr", "{"), "'sr' is not JSON"),
    "deep JSON": (set_fact("labels", "[" * 100_000), "'labels' is not JSON"),
    "a rate that is none": (set_fact("sr", "NaN"), "'sr' is nan"),
    "a rate of millennia": (set_fact("sr", "1e-320"), "'sr' is 1e-320"),
    "a rate of gigahertz": (set_fact("sr", "1e9"), "'sr' is 1000000000.0"),
    "huge clips": (set_fact("segment_duration", "1e12"), "'segment_duration' is 1000000000000.0"),
    "too many genres": (set_fact("labels", '["a", "b", "c"]'), "column for each of its 3 genres"),
    "genres twice": (set_fact("labels", '["a", "a"]'), "'labels' is ['a', 'a']"),
    "another file": (refer_to_a_file, "its numbers are in other files"),
    "another file in a node": (refer_to_a_file_in_a_node, "its numbers are in other files"),
    "a loop": (loop, "it has loops or branches"),
    "a function": (call_a_function, "it has functions of its own"),
    "a foreign operator": (use_a_foreign_operator, "operators of another domain"),
    "texts that grow": (join_texts, "it computes texts"),
    "a text": (contain_a_text, "it has texts"),
    "a text in a node": (contain_a_text_in_a_node, "it has texts"),
    "texts of numbers": (make_texts_of_numbers, "operators of another domain"),
    "another input": (rename_the_input, "its input must be 'waveform'"),
    "a second input": (add_an_input, "its input must be 'waveform'"),
    "another name": (name_the_input_in_other_bytes, "a name that is not UTF-8"),
    "another operator": (name_an_operator_in_other_bytes, "can't open it"),
    "negative results": (multiply_by(-1), "its results are not probabilities"),
    "large results": (multiply_by(1e30), "its results are not probabilities"),
    "much memory": (fill_the_memory, "onnxruntime can't run it"),
    "a newer opset": (raise_the_opset, "can't open it"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_export_does_not_write_is_refused_in_one_line(name, files, song, tmp_path):
    function, words = CHANGES[name]
    path = change(tmp_path / "model.onnx", files("segments")[1], function)
    line = refuse(song, "--model", path)
    assert line.startswith(f"Error: {path}: ")
    assert words in line
    assert "skgenre export" in line


def test_a_field_that_onnxruntime_alone_would_read_is_refused(files, song, tmp_path):
    graph = onnx.GraphProto()
    graph.node.append(onnx.helper.make_node("Loop", ["n", ""], ["x"], body=onnx.GraphProto()))
    content = graph.SerializeToString()
    # Field 7, the graph: protocol buffers ignore the bits of a tag beyond 32.
    hidden = b"\xba\x80\x80\x80\x10" + bytes([len(content)]) + content
    path = tmp_path / "model.onnx"
    path.write_bytes(files("segments")[1].read_bytes() + hidden)
    assert "a field whose number is too large" in refuse(song, "--model", path)


def test_a_file_is_not_read_in_another_format_than_was_checked(files, song, tmp_path):
    source = files("segments")[1]
    path = tmp_path / "model.onnx"
    # The name of the producer is where onnxruntime's own format has its mark.
    path.write_bytes(b"\x08\x08\x12\x04ORTM" + source.read_bytes())
    options = ["--format", "json"]
    given, expected = (run("predict", song, "--model", file, *options) for file in (path, source))
    assert given.stdout == expected.stdout
    assert given.returncode == 0


def test_other_files_under_the_name_are_refused_in_one_line(files, song, tmp_path):
    path = tmp_path / "model.onnx"
    skops, exported = files("segments")
    contents = {
        b"": "the file is empty",
        b"hello": "not an ONNX file",
        skops.read_bytes(): "Name it",
        b"\x80\x04K.": "it is a pickle",
        exported.read_bytes()[:-1000]: "",
        exported.read_bytes()[: len(exported.read_bytes()) // 2]: "longer than its message",
        b"\x08\x0a" + b"\x08\x0a" * 3_000_000: "more than 2,000,000 parts",
    }
    for content, words in contents.items():
        path.write_bytes(content)
        line = refuse(song, "--model", path)
        assert line.startswith(f"Error: {path}: ")
        assert words in line
    with path.open("wb") as file:
        file.truncate(2**31)
    assert "has 2,147,483,648 bytes" in refuse(song, "--model", path)
    os.truncate(path, 0)


def test_an_exported_file_under_another_name_tells_its_name(files, song, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(files("segments")[1].read_bytes())
    assert "under a name that ends in .onnx" in refuse(song, "--model", path)


def test_a_model_of_a_table_names_the_cure(song, tmp_path):
    pytest.importorskip("skl2onnx")
    music = make_genre_music(8, genres=["jazz", "metal"], sr=SR, duration=1.0, random_state=0)
    model = make_pipeline(MFCC(sr=SR, n_fft=512), FramePooling(), LogisticRegression())
    export_onnx(model.fit(music.data, music.target), tmp_path / "model.onnx")
    line = refuse(song, "--model", tmp_path / "model.onnx")
    assert "takes a table of features" in line
    assert "(.skops)" in line


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("segments", ["--segment-hop", "0"], "needs segment_hop to be a positive number"),
        ("duration", ["--segment-duration", "5"], "takes clips of 0.7 s: leave segment_duration"),
        ("length of fit", ["--segment-duration", "2"], "takes clips of 1 s: leave segment_dura"),
        ("segments of clips", [], "--segment-duration 1.5, or name the model file"),
    ],
)
def test_seconds_that_can_not_be_are_one_line(name, options, words, files, song):
    assert words in refuse(song, "--model", files(name)[1], *options)


def test_trusted_names_are_for_other_files(files, song):
    result = run("predict", song, "--model", files("segments")[1], "--trusted", "nets.Tiny")
    assert result.returncode == 2
    assert "contains no classes" in " ".join(result.stderr.split())


def test_without_onnxruntime_the_extra_is_named(files, song, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = CliRunner().invoke(app, ["predict", str(song), "--model", str(files("segments")[1])])
    assert isinstance(result.exception, ImportError)
    assert "pip install 'skgenre[onnx]'" in str(result.exception)


def test_a_missing_file_names_the_command_that_makes_it(tmp_path):
    clip = tmp_path / "clip.wav"
    clip.touch()
    missing = tmp_path / "none.onnx"
    result = CliRunner().invoke(app, ["predict", str(clip), "--model", str(missing)])
    assert result.exit_code == 1
    assert "no such file. 'skgenre export' makes one." in str(result.exception)
