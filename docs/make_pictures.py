"""Make the pictures of the report and of the web page: ``python docs/make_pictures.py``.

Runs ``listings/first_comparison.py`` on synthetic music, keeps what it prints next to it and its
report in ``_static``, and takes pictures of the report and of the page that predicts genres, light
and dark, with Chromium. It takes about five minutes.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from PIL import Image

from skgenre.datasets import make_genre_music

DOCS = Path(__file__).resolve().parent
STATIC = DOCS / "_static"
LISTING = DOCS / "listings" / "first_comparison.py"
GENRES = ["classical", "disco", "jazz", "metal", "reggae"]
SIZE = (920, 640)  # CSS pixels: the verdict, the table and the plot
SCHEMES = {"light": 1, "dark": 0}
PORT = 7866
URL = f"http://127.0.0.1:{PORT}"


def write_music(n_clips: int, duration: float, genres: list[str] | None = None) -> None:
    """Write clips by artists of two clips each, and ``tracks.csv``, to the working directory."""
    music = make_genre_music(
        n_clips, genres=genres or GENRES, duration=duration, random_state=0, to="genres"
    )
    tracks = {"file": music.paths, "genre": music.target, "artist": music.groups}
    pd.DataFrame(tracks).to_csv("tracks.csv", index=False)


def run_listing(path: Path) -> str:
    """Run a listing in the working directory and return what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), {})
    return printed.getvalue()


def find_browser() -> str:
    """Return the path of Chromium or Chrome, or end with a message."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Pictures are taken with Chromium or Chrome: install one, and put it on PATH.")
    return browser


def take_picture(page: Path, picture: Path, scheme: int) -> None:
    """Take a picture of the top of a page with Chromium."""
    command = [
        find_browser(),
        "--headless=new",
        "--no-sandbox",
        "--hide-scrollbars",
        "--force-device-scale-factor=1.5",
        f"--window-size={SIZE[0]},{SIZE[1]}",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={picture}",
        page.resolve().as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def serve_model():
    """Serve the better of two models of 200 clips, in the working directory."""
    write_music(200, 10.0)
    command = [sys.executable, "-m", "skgenre"]
    compare = [*command, "compare", "tracks.csv", "--models", "svm,fast"]
    subprocess.run([*compare, "--save", "model.skops"], check=True)
    demo = [*command, "demo", "--model", "model.skops", "--port", str(PORT), "--workers", "1"]
    with subprocess.Popen(demo, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(URL, server)
            yield
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen, seconds: float = 120) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(url)
            return
        time.sleep(0.5)
    sys.exit(f"The web page did not start at {url}.")


def write_song(path: Path) -> None:
    """Write a song of three parts in three styles, by other artists than those of the clips."""
    parts = [
        make_genre_music(1, genres=[genre], duration=20.0, random_state=1).data[0]
        for genre in ("classical", "metal", "disco")
    ]
    soundfile.write(path, np.concatenate(parts), 22050)


def show_web_page() -> None:
    """Take pictures of the web page with the genres of a song."""
    from playwright.sync_api import sync_playwright

    song = Path("song.mp3")
    write_song(song)
    with serve_model(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for scheme in SCHEMES:
            page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme=scheme)
            page.goto(URL)
            page.set_input_files("#clip input[type=file]", song)
            page.wait_for_function(
                "document.querySelector('#spectrogram img')?.naturalWidth > 0", timeout=60_000
            )
            page.wait_for_timeout(2000)  # the player draws the waveform last
            path = STATIC / f"web-page-{scheme}.png"
            page.screenshot(path=path, full_page=True)
            Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)
            page.close()
        browser.close()


def main() -> None:
    """Run the listing and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        show_web_page()
        write_music(300, 6.0)
        printed = run_listing(LISTING)
        LISTING.with_suffix(".txt").write_text(printed, encoding="utf-8")
        for name, scheme in SCHEMES.items():
            take_picture(Path("report.html"), STATIC / f"report-{name}.png", scheme)
        shutil.copy("report.html", STATIC)
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
