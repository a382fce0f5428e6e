"""The parts of the server, one by one."""

import asyncio
import os
import threading
import time

import numpy as np
import pandas as pd
import pytest

from skgenre.demo import Limits, serve
from skgenre.demo._analysis import Analysis, Analyzer
from skgenre.demo._clip import ClipGuard
from skgenre.demo._pictures import draw_mel_spectrogram, draw_timeline
from skgenre.demo._refusal import Refusal
from skgenre.demo._upload_folder import UploadFolder
from skgenre.demo._work_queue import WorkQueue


def make_analysis(genres, n_parts=2):
    probabilities = np.full((n_parts, len(genres)), 1 / len(genres))
    timeline = pd.DataFrame(probabilities, columns=genres)
    timeline.insert(0, "end", 5.0 * np.arange(1, n_parts + 1))
    timeline.insert(0, "start", 5.0 * np.arange(n_parts))
    levels = np.linspace(0, 1, 20).reshape(4, 5)
    return Analysis(
        5.0 * n_parts, [(g, 1 / len(genres)) for g in genres], timeline, levels, 11025.0
    )


@pytest.mark.parametrize("name", ["max_megabytes", "n_workers", "max_seconds"])
def test_limits_are_positive(name):
    with pytest.raises(ValueError, match=f"Limits needs {name} to be positive, got 0"):
        Limits(**{name: 0})


def test_nobody_has_to_wait():
    assert Limits(max_waiting=0).max_waiting == 0


def test_a_model_of_tables_is_refused():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], ["jazz", "rock"])
    with pytest.raises(ValueError, match="needs a model that takes sound files"):
        Analyzer(model, Limits())


def test_a_taken_port_is_said():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port} can't be served"):
            serve(port=port)


def test_samples_are_counted_whatever_the_header_says():
    n_made = 0

    def make_pieces():
        nonlocal n_made
        while True:
            n_made += 1
            yield np.zeros(1000, np.float32)

    guard = ClipGuard("liar.mp3", Limits(max_minutes=0.5))
    with pytest.raises(Refusal, match=r"liar\.mp3: the clip is longer than the 0\.5 minutes"):
        list(guard.watch(make_pieces(), sr=1000))
    assert n_made == 31


def test_a_long_clip_is_refused_at_its_header(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "long.flac", np.zeros(31 * 8000, np.int16), 8000)
    ClipGuard("long.flac", Limits(max_minutes=1)).check_header(tmp_path / "long.flac")
    with pytest.raises(Refusal, match=r"longer than the 0\.5 minutes"):
        ClipGuard("long.flac", Limits(max_minutes=0.5)).check_header(tmp_path / "long.flac")


def test_genres_are_text_and_no_markup():
    figure = draw_timeline(make_analysis(["<b>rock</b>", "jazz"]))
    assert "<b>" not in figure
    assert "&lt;b&gt;rock" in figure


def test_the_timeline_s_rectangles_are_its_probabilities():
    from xml.etree import ElementTree as ET

    figure = draw_timeline(make_analysis(["jazz", "rock"], n_parts=3))
    svg = ET.fromstring(figure[figure.index("<svg") : figure.index("</svg>") + 6])
    rectangles = [dict(child.attrib) for child in svg][1:]
    assert [float(r["x"]) for r in rectangles] == [0, 0, 5, 5, 10, 10]
    assert {float(r["height"]) for r in rectangles} == {0.5}
    assert len({r["fill"] for r in rectangles}) == 2


def test_one_part_has_no_timeline():
    assert draw_timeline(make_analysis(["jazz", "rock"], n_parts=1)) == ""


def test_the_picture_has_low_frequencies_below():
    import base64
    import io
    import re

    from PIL import Image

    data = re.search('base64,([^"]+)', draw_mel_spectrogram(make_analysis(["jazz", "rock"])))
    picture = Image.open(io.BytesIO(base64.b64decode(data[1]))).convert("RGB")
    pixels = np.asarray(picture, int).sum(axis=2)
    assert pixels.shape == (4, 5)
    # The levels rise with the frequency.
    assert (np.diff(pixels.mean(axis=1)) < 0).all()


def test_a_tone_is_drawn_at_its_frequency(model, tmp_path):
    import librosa
    import soundfile

    time_axis = np.arange(SR := 22050) / SR
    soundfile.write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 2000 * time_axis), SR)
    found = Analyzer(model, Limits()).analyze(tmp_path / "tone.wav", "tone.wav")
    band = found.mel_spectrogram.mean(axis=1).argmax()
    centres = librosa.mel_frequencies(len(found.mel_spectrogram) + 2, fmax=SR / 2)[1:-1]
    assert abs(centres[band] - 2000) < 100
    assert found.mel_spectrogram.max() == pytest.approx(1, abs=0.05)


def test_a_full_queue_refuses():
    async def fill():
        queue = WorkQueue(Limits(n_workers=1, max_waiting=1))
        gate = threading.Event()
        tasks = [asyncio.create_task(queue.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Refusal, match="Too many clips are waiting"):
            await queue.run(gate.wait)
        gate.set()
        assert await asyncio.gather(*tasks) == [True, True]
        assert await queue.run(abs, -1) == 1
        queue.close()

    asyncio.run(fill())


def test_who_waits_too_long_is_told_and_the_next_one_served():
    async def wait():
        queue = WorkQueue(Limits(n_workers=1, max_waiting=5, max_seconds=0.2))
        gate = threading.Event()
        answers = await asyncio.gather(
            queue.run(gate.wait), queue.run(gate.wait), return_exceptions=True
        )
        assert all("took longer than 0.2 s" in str(answer) for answer in answers)
        gate.set()
        assert await queue.run(abs, -1) == 1
        queue.close()

    asyncio.run(wait())


def test_errors_of_the_work_are_the_caller_s():
    async def fail():
        queue = WorkQueue(Limits())
        with pytest.raises(ZeroDivisionError):
            await queue.run(divmod, 1, 0)
        queue.close()

    asyncio.run(fail())


def test_the_folder_keeps_what_is_in_use_and_what_is_new(tmp_path):
    folder = UploadFolder(tmp_path, keep_seconds=60)
    names = ("in_use", "new", "old")
    files = {name: tmp_path / f"{name}-folder" / "clip.wav" for name in names}
    for name, file in files.items():
        file.parent.mkdir()
        file.write_bytes(b"x" * 10)
        if name != "new":
            os.utime(file, (0, 0))
            os.utime(file.parent, (0, 0))
    assert folder.size() == 30
    with folder.use(files["in_use"]):
        folder.sweep()
        assert files["in_use"].exists()
        assert files["new"].exists()
        assert not files["old"].exists()
    folder.sweep()
    assert files["in_use"].exists()  # it was used a moment ago
    assert time.time() - files["in_use"].stat().st_mtime < 60


def test_a_slow_upload_is_broken_off(tmp_path):
    pytest.importorskip("starlette")
    from starlette.exceptions import HTTPException

    from skgenre.demo._request_limits import RequestLimits

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass

    async def receive_slowly():
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    limits = Limits(max_upload_seconds=0.2)
    served = RequestLimits(app, limits, UploadFolder(tmp_path, 1))
    scope = {"type": "http", "method": "POST", "headers": []}
    with pytest.raises(HTTPException, match=r"longer than 0\.2 s") as caught:
        asyncio.run(served(scope, receive_slowly, None))
    assert caught.value.status_code == 408


def test_a_large_upload_is_refused_by_what_it_announces(tmp_path):
    pytest.importorskip("starlette")
    from skgenre.demo._request_limits import RequestLimits

    sent = []

    async def receive():
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message):
        sent.append(message)

    limits = Limits(max_megabytes=1)
    served = RequestLimits(None, limits, UploadFolder(tmp_path, 1))
    headers = [(b"content-length", b"2000000")]
    scope = {"type": "http", "method": "POST", "headers": headers}
    asyncio.run(served(scope, receive, send))
    assert sent[0]["status"] == 413
    assert b"larger than the 1 MB" in sent[1]["body"]


def test_uploads_are_refused_while_too_much_is_stored(tmp_path):
    pytest.importorskip("starlette")
    from skgenre.demo._request_limits import RequestLimits

    limits = Limits(max_megabytes=0.001, n_workers=1, max_waiting=1)
    (tmp_path / "stored").write_bytes(bytes(limits.max_stored_bytes + 1))
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message):
        sent.append(message)

    served = RequestLimits(None, limits, UploadFolder(tmp_path, 1))
    scope = {"type": "http", "method": "POST", "headers": []}
    asyncio.run(served(scope, receive, send))
    assert sent[0]["status"] == 503
    assert b"Too many clips are stored" in sent[1]["body"]


def test_a_model_of_segments_is_drawn_by_its_segments(tmp_path):
    import soundfile
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from skgenre.classifiers import SegmentVotingClassifier
    from skgenre.datasets import make_genre_music
    from skgenre.features import MFCC, FramePooling, Segmenter

    music = make_genre_music(4, genres=["jazz", "metal"], duration=4.0, random_state=0)
    model = make_pipeline(
        Segmenter(MFCC(), segment_duration=1.0, segment_hop=0.5),
        FramePooling(),
        SegmentVotingClassifier(LogisticRegression(C=1e-3)),
    ).fit(music.data, music.target)
    path = tmp_path / "clip.wav"
    soundfile.write(path, music.data[0][: 3 * 22050], music.sr, subtype="FLOAT")

    found = Analyzer(model, Limits()).analyze(path, "clip.wav")
    segments = model[-1].predict_proba_segments(model[:-1].transform([str(path)]))[0]
    np.testing.assert_allclose(found.timeline[["jazz", "metal"]], segments, atol=1e-6)
    assert found.timeline["start"].tolist() == [0, 0.5, 1, 1.5, 2]
    assert found.timeline["end"].tolist() == [1, 1.5, 2, 2.5, 3]
    assert [genre for genre, _ in found.genres] == [
        model.classes_[n] for n in segments.mean(axis=0).argsort()[::-1]
    ]


def test_the_picture_is_the_mel_spectrogram_of_the_whole(model, tmp_path):
    import soundfile

    from skgenre.datasets import make_genre_music
    from skgenre.features import MelSpectrogram

    # Long enough to be decoded in several pieces.
    music = make_genre_music(1, genres=["jazz"], duration=25.0, random_state=0)
    soundfile.write(tmp_path / "clip.wav", music.data[0], music.sr, subtype="FLOAT")
    found = Analyzer(model, Limits()).analyze(tmp_path / "clip.wav", "clip.wav")
    expected = MelSpectrogram(n_mels=96, ref="max", top_db=80.0).fit_transform(music.data)[0]
    assert found.duration == 25
    assert found.mel_spectrogram.shape == expected.shape
    np.testing.assert_allclose(found.mel_spectrogram, 1 + expected / 80, atol=1e-4)
