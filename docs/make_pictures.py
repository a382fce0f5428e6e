"""Make the report that the home page and the README show: ``python docs/make_pictures.py``.

Runs ``listings/first_comparison.py`` on synthetic music, keeps what it prints next to it and its
report in ``_static``, and takes pictures of the report, light and dark, with Chromium. It takes
about three minutes.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from skgenre.datasets import make_genre_music

DOCS = Path(__file__).resolve().parent
STATIC = DOCS / "_static"
LISTING = DOCS / "listings" / "first_comparison.py"
GENRES = ["classical", "disco", "jazz", "metal", "reggae"]
SIZE = (920, 640)  # CSS pixels: the verdict, the table and the plot
SCHEMES = {"light": 1, "dark": 0}


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


def take_picture(page: Path, picture: Path, scheme: int) -> None:
    """Take a picture of the top of a page with Chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Pictures are taken with Chromium or Chrome: install one, and put it on PATH.")
    command = [
        browser,
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


def main() -> None:
    """Run the listing and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_music(300, 6.0)
        printed = run_listing(LISTING)
        LISTING.with_suffix(".txt").write_text(printed, encoding="utf-8")
        for name, scheme in SCHEMES.items():
            take_picture(Path("report.html"), STATIC / f"report-{name}.png", scheme)
        shutil.copy("report.html", STATIC)
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
