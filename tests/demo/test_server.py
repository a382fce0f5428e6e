"""The route for programs, and what a server must withstand."""

import io
import os
import signal
import time

import numpy as np
import pytest
import soundfile

from skgenre.demo._embedded_model import N_CLIPS
from skgenre.demo._upload_folder import UNUSED_SECONDS

from .conftest import KEEP_SECONDS, SR, Server

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.needs("gradio")

GENRES = ["blues", "classical", "disco", "jazz", "metal", "reggae"]
HOURS = 3


def send(server, data, name="clip.wav", **parameters):
    return httpx.post(
        f"{server.url}/predict", files={"file": (name, data)}, params=parameters, timeout=120
    )


@pytest.fixture(autouse=True)
def server_is_unharmed(server):
    """After every test the server answers, and has no more files than before."""
    yield
    assert httpx.get(server.url).status_code == 200
    # A part of an upload that was broken off is not known to be of no use before then.
    end = time.monotonic() + max(KEEP_SECONDS, UNUSED_SECONDS) + 20
    while server.files() and time.monotonic() < end:
        time.sleep(0.2)
    assert server.files() == []


@pytest.fixture(scope="module")
def bomb():
    """A FLAC file of under 1 MB that decodes to hours."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", samplerate=8000, channels=1, format="FLAC") as sound:
        for _ in range(HOURS):
            sound.write(np.zeros(3600 * 8000, np.int16))
    assert file.tell() < 1_000_000
    return file.getvalue()


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "ogg", "aiff"])
def test_predictions_are_the_model_s(server, model, clips, extension):
    path = clips / f"clip.{extension}"
    answer = send(server, path.read_bytes(), path.name, timeline=True)

    assert answer.status_code == 200
    found = answer.json()
    y, sr = soundfile.read(path)
    y = y if y.ndim == 1 else y.mean(axis=1)
    halves = y[: 10 * sr].reshape(2, 5 * sr)
    expected = model.predict_proba(halves.astype(np.float32))
    assert found["file"] == path.name
    assert found["duration"] == pytest.approx(len(y) / sr)
    probabilities = {genre["genre"]: genre["probability"] for genre in found["genres"]}
    assert probabilities == pytest.approx(
        dict(zip(GENRES, expected.mean(axis=0), strict=True)), abs=1e-4
    )
    assert list(probabilities.values()) == sorted(probabilities.values(), reverse=True)
    assert [(row["start"], row["end"]) for row in found["timeline"]] == [(0, 5), (5, 10)]
    for row, values in zip(found["timeline"], expected, strict=True):
        assert [row[genre] for genre in GENRES] == pytest.approx(values.tolist(), abs=1e-4)


def test_the_timeline_comes_when_asked_for(server, clips):
    assert "timeline" not in send(server, (clips / "clip.wav").read_bytes()).json()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("notes.txt", b"no music " * 100),
        ("notes.mp3", b"no music " * 100),
        ("empty.wav", b""),
        ("noise.flac", np.random.default_rng(0).bytes(10_000)),
        ("noise", np.random.default_rng(1).bytes(10_000)),
    ],
)
def test_what_is_no_audio_is_refused_by_its_name(server, name, data):
    answer = send(server, data, name)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"{name}: ")
    assert str(server.temporary) not in answer.text


@pytest.mark.parametrize(
    "name", ["../../evil.wav", "/etc/evil.wav", "..\\..\\evil.wav", "<b>evil</b>.wav", "evil.w/av"]
)
def test_a_path_in_the_file_s_name_leads_nowhere(server, clips, name):
    answer = send(server, (clips / "clip.wav").read_bytes(), name)
    assert answer.status_code == 200
    assert "/" not in answer.json()["file"].replace("</b>", "")
    places = os.walk(server.temporary.parent)
    assert not [found for place in places for found in place[1] + place[2] if "evil" in found]


def test_silence_is_predicted_with_a_warning(server, clips):
    file = io.BytesIO()
    soundfile.write(file, np.zeros(SR, np.int16), SR, format="WAV")
    answer = send(server, file.getvalue(), "<b>quiet.wav")
    assert answer.status_code == 200
    (warning,) = answer.json()["warnings"]
    assert "digital silence" in warning
    assert str(server.temporary) not in answer.text
    assert send(server, (clips / "clip.wav").read_bytes()).json()["warnings"] == []


def test_a_form_without_a_file_is_refused(server):
    answer = httpx.post(f"{server.url}/predict", data={"file": "song.wav"})
    assert answer.status_code == 422
    assert "file" in answer.json()["error"]


def test_a_long_clip_in_a_small_file_is_refused_at_its_header(server, bomb):
    before = server.peak_memory()
    answer = send(server, bomb, "bomb.flac")
    assert answer.status_code == 413
    assert "bomb.flac" in answer.json()["error"]
    assert "2 minutes" in answer.json()["error"]
    # Its samples are four times that.
    assert server.peak_memory() - before < 100_000_000


@pytest.mark.parametrize("n_samples", [0, 8000, 60 * 8000])
def test_a_header_that_lies_about_the_length_lets_no_more_through(server, bomb, n_samples):
    head = bytearray(bomb[:42])
    assert head[:4] == b"fLaC"
    head[21] &= 0xF0
    head[22:26] = n_samples.to_bytes(4, "big")
    answer = send(server, bytes(head) + bomb[42:], "liar.flac")
    if answer.status_code == 200:
        assert answer.json()["duration"] <= 120
    else:
        assert answer.status_code in (413, 422)
        assert "liar.flac" in answer.json()["error"]


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize("route", ["predict", "gradio_api/upload"])
def test_500_megabytes_are_refused_and_not_kept(server, route, is_announced):
    begin = b'--x\r\nContent-Disposition: form-data; name="file"; filename="large.wav"\r\n\r\n'
    end = b"\r\n--x--\r\n"
    n_blocks, block = 500, b"\0" * 1_000_000

    def body():
        yield begin
        for _ in range(n_blocks):
            yield block
        yield end

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if is_announced:
        size = len(begin) + n_blocks * len(block) + len(end)
        headers["Content-Length"] = str(size)
    answer = httpx.post(f"{server.url}/{route}", content=body(), headers=headers, timeout=120)
    assert answer.status_code == 413
    assert "20 MB" in answer.text or "20000000 bytes" in answer.text
    assert sum(file.stat().st_size for file in server.files()) < 25_000_000


def test_many_channels_are_refused(server):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((1000, 9), np.int16), SR, format="WAV")
    answer = send(server, file.getvalue())
    assert answer.status_code == 422
    assert "9 channels" in answer.json()["error"]


def test_a_rate_of_no_music_is_refused(server):
    file = io.BytesIO()
    soundfile.write(file, np.zeros(1000, np.int16), 384_000, format="WAV")
    answer = send(server, file.getvalue(), "high.wav")
    assert answer.status_code == 422
    assert "384000 Hz" in answer.json()["error"]


def test_gradio_s_route_gives_no_files_of_the_machine(server):
    for path in ("/etc/passwd", str(server.log), "../server.log"):
        assert httpx.get(f"{server.url}/gradio_api/file={path}").status_code in (403, 404)


def test_an_interrupt_ends_the_server_and_removes_its_folder(tmp_path):
    server = Server(tmp_path)
    try:
        page = httpx.get(server.url).text
        assert "No model was given" in page
        assert f"on {N_CLIPS} clips of music that skgenre composes itself" in page
        assert len(list(server.temporary.rglob("examples/*/*.flac"))) == 3
        server.process.send_signal(signal.SIGINT)
        server.process.wait(60)
        assert list(server.temporary.iterdir()) == []
        assert "Traceback" not in server.log.read_text()
    finally:
        server.stop()


_SCRIPT = """
import sys

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.datasets import make_genre_music
from skgenre.demo import serve
from skgenre.features import MFCC, FramePooling


class Doubled(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.is_fitted_ = True
        return self

    def transform(self, X):
        return 2 * X


music = make_genre_music(4, genres=["jazz", "metal"], duration=3.0, random_state=0)
model = make_pipeline(MFCC(duration=3.0), FramePooling(), Doubled(), LogisticRegression(C=1e-3))
serve(model.fit(music.data, music.target), port=int(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_script_serves_a_model_of_its_own_classes(tmp_path, clips):
    """Neither a guard around `serve` nor a module for the class is needed."""
    script = tmp_path / "serve_it.py"
    script.write_text(_SCRIPT)
    server = Server(tmp_path, script=script)
    try:
        answer = send(server, (clips / "clip.wav").read_bytes())
        assert answer.status_code == 200
        assert {genre["genre"] for genre in answer.json()["genres"]} == {"jazz", "metal"}
    finally:
        server.stop()
