"""The page as people see it, in headless Chromium."""

import json
import time

import numpy as np
import pytest
import soundfile

from .conftest import KEEP_SECONDS, SR

pytestmark = pytest.mark.needs("gradio")

GENRES = "[...document.querySelectorAll('#status li .name')].map(e => e.innerText)"
HAS_PICTURE = "document.querySelector('#spectrogram img')?.naturalWidth > 0"
HAS_WAVEFORM = (
    "[...document.querySelectorAll('#clip *')].some(e => e.shadowRoot?.querySelector('canvas'))"
)
MESSAGE = "document.querySelector('#status [role=alert]')?.innerText"


def is_from(url, server):
    return url.startswith((server.url, "data:", "blob:", "about:"))


@pytest.mark.parametrize("extension", ["wav", "mp3"])
def test_a_clip_is_heard_and_drawn(browser, server, clips, extension):
    browser.open(server.url)
    browser.choose_file(clips / f"clip.{extension}")

    browser.wait_for(HAS_PICTURE)
    genres = browser.wait_for(f"{GENRES}.length && {GENRES}")
    assert len(genres) == 5
    assert set(genres) < {"blues", "classical", "disco", "jazz", "metal", "reggae"}
    assert f"clip.{extension}" in browser.evaluate("document.querySelector('#status').innerText")
    assert browser.evaluate("document.querySelectorAll('#timeline tbody tr').length") == 2
    assert browser.console == []
    assert [url for url in browser.requests if not is_from(url, server)] == []


def test_an_upload_is_gone_from_the_server_a_while_after(browser, server, clips):
    browser.open(server.url)
    browser.choose_file(clips / "clip.ogg")
    browser.wait_for(HAS_PICTURE)
    assert any(file.name == "clip.ogg" for file in server.files())

    end = time.monotonic() + KEEP_SECONDS + 30
    while server.files() and time.monotonic() < end:
        time.sleep(0.2)
    assert server.files() == []


def test_text_that_is_named_so_is_refused_with_a_message(browser, server, clips):
    browser.open(server.url)
    browser.choose_file(clips / "notes.txt")

    browser.wait_for(
        "document.body.innerText.includes('This is not a sound file we can read: notes.txt.')"
    )
    assert "Invalid file type" not in browser.evaluate("document.body.innerText")
    assert browser.evaluate(f"{GENRES}.length") == 0


@pytest.mark.parametrize("name", ["notes.mp3", "empty.wav"])
def test_no_audio_gives_a_message_and_a_clip_after_it_works(browser, server, clips, name):
    browser.open(server.url)
    browser.choose_file(clips / name)
    message = browser.wait_for(MESSAGE)
    assert message.startswith("This is not a sound file we can read:")
    assert name in message

    browser.evaluate("document.querySelector('#clip [aria-label=Clear]').click()")
    browser.wait_for("document.querySelector('#status').innerText.includes('Send a clip')")
    browser.choose_file(clips / "clip.flac")
    browser.wait_for(HAS_PICTURE)
    assert browser.evaluate(MESSAGE) is None


def test_silence_has_a_warning_that_is_text(browser, server, tmp_path):
    name = "<img src=x>quiet.wav"
    soundfile.write(tmp_path / name, np.zeros(SR), SR)
    browser.open(server.url)
    browser.choose_file(tmp_path / name)
    warning = browser.wait_for("document.querySelector('#status [role=note]')?.innerText")
    assert "digital silence" in warning
    assert browser.evaluate("document.querySelectorAll('#status img').length") == 0


def test_a_composed_clip_is_reached_by_keyboard(browser, server):
    browser.open(server.url)
    browser.wait_for("document.querySelector('#clip input[type=file]') !== null")
    focus = "document.activeElement.innerText.trim()"
    for _ in range(20):
        browser.press("Tab", 9)
        if browser.evaluate(focus) == "metal":
            break
    assert browser.evaluate(focus) == "metal"
    browser.press("Enter", 13)
    browser.wait_for(HAS_PICTURE)
    assert "metal" in browser.evaluate("document.querySelector('#status').innerText")


def test_the_file_chooser_is_reached_by_keyboard(browser, server):
    browser.open(server.url)
    browser.wait_for("document.querySelector('#clip input[type=file]') !== null")
    seen = []
    for _ in range(20):
        browser.press("Tab", 9)
        seen.append(browser.evaluate("document.activeElement.innerText.trim()"))
    assert any("Click to Upload" in text for text in seen)


def test_a_recording_is_heard(browser, server):
    browser.open(server.url)
    browser.wait_for("document.querySelector('#clip [aria-label=\"Record audio\"]') !== null")
    browser.evaluate("document.querySelector('#clip [aria-label=\"Record audio\"]').click()")
    browser.wait_for("document.querySelector('#clip .record-button') !== null")
    browser.evaluate("document.querySelector('#clip .record-button').click()")
    time.sleep(2)
    browser.wait_for("document.querySelector('#clip .stop-button') !== null")
    browser.evaluate("document.querySelector('#clip .stop-button').click()")
    browser.wait_for(HAS_PICTURE)


@pytest.mark.parametrize(("name", "is_dark"), [("clip.wav", True), ("long.mp3", False)])
def test_a_phone_shows_all_without_scrolling_sideways(browser, server, clips, name, is_dark):
    browser.open(server.url, width=360, height=740, is_dark=is_dark)
    browser.choose_file(clips / name)
    browser.wait_for(HAS_PICTURE)
    browser.wait_for(HAS_WAVEFORM)

    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scrolled, visible = browser.evaluate(widths)
    assert scrolled <= visible
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(json.loads(background.replace("rgb(", "[").replace(")", "]"))) / 3
    assert (brightness < 128) == is_dark


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(browser, server, tmp_path):
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        file.truncate(500_000_000)
    browser.open(server.url)
    browser.choose_file(large)
    browser.wait_for("document.body.innerText.includes('exceed the maximum allowed size')")
    assert not [url for url in browser.requests if "/upload?" in url]


def test_headings_of_the_columns_are_on_one_line(browser, server):
    browser.open(server.url)
    browser.wait_for("document.querySelectorAll('h2').length === 3")
    places = browser.evaluate(
        "[...document.querySelectorAll('h1, h2')]"
        ".map(e => [e.innerText, e.getBoundingClientRect()])"
        ".map(([text, box]) => [text, box.left, box.top])"
    )
    (title, left, _), (clip, *of_clip), (genres, *of_genres), (about, *of_about) = places
    assert [title, clip, genres, about] == [
        "Predict the genre of a clip",
        "Clip",
        "Most probable genres",
        "About this model",
    ]
    assert of_clip[0] == of_about[0] == left
    assert of_clip[1] == of_genres[1]


def test_the_card_is_a_page_that_a_phone_shows(browser, server):
    browser.open(server.url)
    link = browser.wait_for("document.querySelector('#about a')?.href")
    assert link == f"{server.url}/model-card"
    browser.open(link, width=360, height=740, is_dark=True)
    browser.wait_for("document.querySelector('h1') !== null")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 360
    assert browser.requests == [link]
    assert browser.console == []


def test_times_are_on_one_axis(browser, server, clips):
    browser.open(server.url)
    browser.choose_file(clips / "clip.wav")
    browser.wait_for(HAS_PICTURE)
    pictures = browser.evaluate(
        "[...document.querySelectorAll('.axes img, .axes svg')].map(e => e.getBoundingClientRect())"
        ".map(box => [box.left, box.right])"
    )
    assert len(pictures) == 2
    assert pictures[0] == pytest.approx(pictures[1])
