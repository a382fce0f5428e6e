"""Names as they are shown, and as they are written to files."""

import os

import pytest

from skgenre._genre_columns import TIMELINE_COLUMNS, genres_of, name_columns
from skgenre._shown_text import show, to_unicode


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("song.wav", "song.wav"),
        ("naïve 音楽\u3000🎵.wav", "naïve 音楽\u3000🎵.wav"),
        (os.fsdecode(b"caf\xe9.wav"), r"caf\xe9.wav"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("a\x1b[2Jb\x7f\x85", r"a\x1b[2Jb\x7f\x85"),
        ("a\u2028b\u202ec", r"a\u2028b\u202ec"),
        ("\ud800", r"\ud800"),
        (r"C:\music\song.wav", r"C:\music\song.wav"),
        # As the locale C without UTF-8 mode decodes a name that is UTF-8.
        ("café\udcc3\udca9", "caféé"),
    ],
)
def test_what_cannot_be_seen_is_escaped(name, shown):
    assert show(name) == shown
    show(name).encode()


def test_data_keep_line_breaks_and_are_utf_8():
    assert to_unicode("a\nb") == "a\nb"
    assert to_unicode(os.fsdecode(b"a\nb\xff")) == "a\nb\\xff"


def test_columns_of_genres_differ_from_fixed_ones_and_lead_back():
    genres = ["start", "end", "file", "rock", "genre:start", "genre:genre:x", 3]
    columns = name_columns(genres, TIMELINE_COLUMNS)
    assert len({*columns, *TIMELINE_COLUMNS}) == len(genres) + 3
    assert columns[3] == "rock"
    assert genres_of(columns) == genres
