"""Sound files that can't be read, named or left out before the first fold."""

import numpy as np
import pytest
import soundfile
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import PredefinedSplit
from sklearn.pipeline import make_pipeline

from skgenre.features import MFCC, FramePooling
from skgenre.model_selection import Comparison, compare
from skgenre.model_selection._compare.bad_files import leave_out_bad_files

RNG = np.random.default_rng(0)


class Counting(DummyClassifier):
    """Counts its fits over all clones."""

    n_fits = 0

    def fit(self, X, y):
        Counting.n_fits += 1
        return super().fit(X, y)


@pytest.fixture
def songs(tmp_path):
    """Twelve files of two genres, those at 1 and 8 can't be read."""
    paths = [tmp_path / f"{number:02}.wav" for number in range(12)]
    for path in paths:
        soundfile.write(path, RNG.uniform(-0.5, 0.5, 4000), 8000)
    paths[1].write_bytes(paths[1].read_bytes()[:3000])
    paths[8].write_text("<html>404</html>")
    Counting.n_fits = 0
    return [str(path) for path in paths], np.repeat(["jazz", "rock"], 6)


def run(X, y, **arguments):
    model = make_pipeline(MFCC(sr=8000), FramePooling(), Counting(strategy="prior"))
    return compare({"prior": model}, X, y, **{"cv": 2, "random_state": 0} | arguments)


def test_all_are_named_before_anything_is_fitted(songs, tmp_path):
    with pytest.raises(ValueError, match="compare: 2 of 12 files can't be read, below") as raised:
        run(*songs)
    lines = str(raised.value).splitlines()
    assert str(tmp_path) in lines[0]
    assert lines[1].startswith("  01.wav: the file is cut off")
    assert lines[2].startswith("  08.wav: the file has no audio")
    assert "on_bad_files='drop'" in lines[2]
    assert "'skgenre check'" in lines[2]
    assert Counting.n_fits == 0


def test_they_are_left_out_with_their_genres_and_groups(songs, tmp_path):
    X, y = songs
    groups = np.repeat(np.arange(6), 2)
    result = run(X, y, groups=groups, on_bad_files="drop")
    assert result.protocol["clips"] == 10
    left_out = result.protocol["left_out"]
    assert list(left_out) == [X[1], X[8]]
    assert left_out[X[1]].startswith("the file is cut off")
    told = result.predictions
    # Clips are numbered as in the X that was given.
    assert sorted(told["clip"]) == [0, 2, 3, 4, 5, 6, 7, 9, 10, 11]
    assert told["file"].tolist() == [X[clip] for clip in told["clip"]]
    assert told["target"].tolist() == [y[clip] for clip in told["clip"]]
    assert told["group"].tolist() == [groups[clip] for clip in told["clip"]]
    page = tmp_path / "report.html"
    result.to_html(page)
    assert "left out" in page.read_text(encoding="utf-8")
    assert "08.wav: the file has no audio" in page.read_text(encoding="utf-8")
    result.save(tmp_path / "result.zip")
    assert Comparison.load(tmp_path / "result.zip").protocol["left_out"] == left_out


def test_nothing_is_left_out_of_good_files(songs):
    X, y = songs
    good = [row for row in range(12) if row not in (1, 8)]
    assert run([X[row] for row in good], y[good]).protocol["left_out"] == {}


class NamedSplit:
    """A splitter that knows the names of the clips."""

    def __init__(self, clips):
        self.clips = clips

    def split(self, X, y=None, groups=None):
        held = np.array([clip.endswith("test") for clip in self.clips])
        yield np.flatnonzero(~held), np.flatnonzero(held)

    def get_n_splits(self, X=None, y=None, groups=None):
        return 1


PARTS = np.array(["train", "train", "test"] * 4)
TEST = np.flatnonzero(PARTS == "test")
TRAIN = np.flatnonzero(PARTS == "train")


@pytest.mark.parametrize(
    "cv",
    [
        PARTS,
        PARTS.tolist(),
        PredefinedSplit(np.where(PARTS == "test", 0, -1)),
        [(TRAIN, TEST)],
        [(PARTS == "train", PARTS == "test")],
        iter([(TRAIN.tolist(), TEST.tolist())]),
        NamedSplit([f"{number}{part}" for number, part in enumerate(PARTS)]),
    ],
    ids=["array", "list", "PredefinedSplit", "positions", "masks", "iterator", "names"],
)
def test_a_split_of_single_clips_goes_along(songs, cv):
    X, y = songs
    result = run(X, y, cv=cv, on_bad_files="drop")
    assert result.predictions["clip"].tolist() == [2, 5, 11]
    assert result.frame["n_train"].tolist() == [7]


def test_a_genre_that_would_be_lost_is_refused(songs, tmp_path):
    X, y = songs
    y = y.astype(object)
    y[8] = "ska"
    with pytest.raises(ValueError, match="no file of 'ska' can be read"):
        run(X, y, on_bad_files="drop")


def test_no_more_than_twenty_are_named(songs, tmp_path):
    X, y = songs
    X = [*X, *(str(tmp_path / f"none{number}.wav") for number in range(25))]
    y = [*y, *(["rock"] * 25)]
    with pytest.raises(ValueError, match="27 of 37 files") as raised:
        run(X, y)
    assert "none17.wav" in str(raised.value)
    assert "none18.wav" not in str(raised.value)
    assert "and 7 more" in str(raised.value)


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((4, 2)),
        ["a song", "a text", "no file", "at all"],
        [__file__] * 4,
        [np.zeros(8)] * 4,
    ],
)
def test_anything_but_sound_files_is_left_alone(X):
    y = np.array(["jazz", "rock"] * 2)
    kept = leave_out_bad_files(X, y, None, 2, "raise")
    assert kept.X is X
    assert kept.rows is None


def test_wrong_arguments(songs):
    with pytest.raises(ValueError, match=r"must be 'raise' or 'drop'\. Got 'skip'"):
        run(*songs, on_bad_files="skip")


@pytest.mark.filterwarnings("ignore:The pipeline .prior. failed")
def test_a_file_that_goes_bad_later_is_an_error_of_the_pipeline(songs):
    X, y = songs
    good = [row for row in range(12) if row not in (1, 8)]
    # Its header is right, its samples are not.
    soundfile.write(X[0], np.full(4000, np.nan), 8000, subtype="FLOAT")
    with pytest.raises(ValueError, match=r"every pipeline failed.*AudioDecodeError.*00\.wav"):
        run([X[row] for row in good], y[good])
