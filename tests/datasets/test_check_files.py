"""Faults and duplicates, found in music that is made here."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr

from skgenre.datasets import check_files, make_genre_music
from skgenre.datasets._fingerprint import (
    FINGERPRINT_SR,
    HOP_LENGTH,
    bit_error_rate,
    find_duplicates,
    fingerprint,
)

SR = 22050


def read(path):
    return soundfile.read(path, dtype="float32")[0]


def as_ogg(y, stem):
    soundfile.write(f"{stem}.ogg", y, SR)
    return f"{stem}.ogg"


def as_mp3(y, stem):
    soundfile.write(f"{stem}.mp3", y, SR)
    return f"{stem}.mp3"


def softer(y, stem):
    soundfile.write(f"{stem}-soft.flac", y * 10 ** (-6 / 20), SR)
    return f"{stem}-soft.flac"


def cut(y, stem):
    soundfile.write(f"{stem}-cut.flac", y[round(0.3 * SR) :], SR)
    return f"{stem}-cut.flac"


def resampled(y, stem):
    soundfile.write(f"{stem}-44k.flac", soxr.resample(y, SR, 44100), 44100)
    return f"{stem}-44k.flac"


COPIES = [as_ogg, as_mp3, softer, cut, resampled]


@pytest.fixture(scope="module")
def copies(songs, tmp_path_factory):
    """Return five copies of each of the first three songs."""
    folder = tmp_path_factory.mktemp("copies")
    return [
        [copy(read(path), folder / str(number)) for copy in COPIES]
        for number, path in enumerate(songs[:3])
    ]


def test_music_without_faults_has_no_findings(songs):
    report = check_files(songs)
    assert report.path.tolist() == songs
    assert report.finding.tolist() == [""] * len(songs)
    assert report.group.tolist() == list(range(len(songs)))
    assert report.duration.to_numpy() == pytest.approx(6.0)
    assert report.error.tolist() == [""] * len(songs)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_copies_are_grouped_with_their_original_and_with_nothing_else(songs, copies, n_jobs):
    files = [*songs, *(path for of_song in copies for path in of_song)]
    report = check_files(files, n_jobs=n_jobs)
    assert report.group.tolist() == [*range(10), *np.repeat([0, 1, 2], 5)]
    near = (report.finding == "near duplicate").to_numpy()
    assert np.flatnonzero(~near).tolist() == list(range(3, 10))


def test_a_column_of_paths_is_read_as_paths(songs):
    expected = check_files(songs[:2])
    for column in (pd.Series(songs[:2]), pd.DataFrame({"path": songs[:2]}), iter(songs[:2])):
        assert check_files(column).equals(expected)


def test_the_order_of_the_files_does_not_matter(songs, copies):
    files = [*songs, *(path for of_song in copies for path in of_song)]
    shuffled = np.random.default_rng(0).permutation(files).tolist()
    groups = dict(zip(files, check_files(files).group, strict=True))
    others = check_files(shuffled).set_index("path").group
    assert others[shuffled[0]] == 0
    for one in files:
        for other in files:
            assert (groups[one] == groups[other]) == (others[one] == others[other])


def test_many_copies_are_one_group(songs, tmp_path):
    y = read(songs[0])
    files = [tmp_path / f"{number}.wav" for number in range(30)]
    for number, file in enumerate(files):
        soundfile.write(file, y * (0.5 + number / 100), SR, subtype="FLOAT")
    assert set(check_files(files).group) == {0}


def test_overlapping_excerpts_are_found(songs, tmp_path):
    y = read(songs[4])
    soundfile.write(tmp_path / "start.wav", y[: 4 * SR + 4000], SR)
    soundfile.write(tmp_path / "end.wav", y[SR:], SR)
    report = check_files([tmp_path / "start.wav", songs[0], tmp_path / "end.wav"])
    assert report.group.tolist() == [0, 1, 0]


def test_a_second_in_common_is_no_duplicate(songs, tmp_path):
    one, other = read(songs[4]), read(songs[5])
    soundfile.write(tmp_path / "mixed.wav", np.concatenate([one[:SR], other[: 4 * SR]]), SR)
    report = check_files([songs[4], tmp_path / "mixed.wav", songs[5]])
    assert report.group.tolist() == [0, 1, 1]


def test_the_same_samples_in_another_format_are_exact_duplicates(songs, tmp_path):
    y, _ = soundfile.read(songs[0], dtype="int16")
    for name in ("a.wav", "a.aiff", "a.au"):
        soundfile.write(tmp_path / name, y, SR)
    files = [songs[0], *(tmp_path / name for name in ("a.wav", "a.aiff", "a.au")), songs[1]]
    assert check_files(files).finding.tolist() == ["exact duplicate"] * 4 + [""]


def test_an_exact_and_a_near_duplicate_are_told_apart(songs, copies):
    report = check_files([songs[0], songs[0], copies[0][0]])
    assert report.finding.tolist() == ["exact duplicate", "exact duplicate", "near duplicate"]
    assert report.group.tolist() == [0, 0, 0]


def test_undecodable_files_have_the_reason(songs, tmp_path):
    broken, gone = tmp_path / "broken.wav", tmp_path / "gone.wav"
    broken.write_text("not music")
    report = check_files([songs[0], broken, gone])
    assert report.finding.tolist() == ["", "undecodable", "undecodable"]
    assert "no audio" in report.error[1]
    assert "there is no such file" in report.error[2]
    assert report.duration.isna().tolist() == [False, True, True]
    assert report.group.tolist() == [0, 1, 2]


def test_truncated_files_are_undecodable(songs, tmp_path):
    data = Path(songs[0]).read_bytes()
    (tmp_path / "cut.flac").write_bytes(data[: len(data) // 2])
    assert check_files([songs[0], tmp_path / "cut.flac"]).finding.tolist() == ["", "undecodable"]


def test_silent_files_are_found_and_no_duplicates_of_each_other(songs, tmp_path):
    noise = np.random.default_rng(0).normal(size=6 * SR)
    for name, y in {"zeros": 0 * noise, "again": 0 * noise, "-70": 10**-3.5 * noise}.items():
        soundfile.write(tmp_path / f"{name}.wav", y, SR, subtype="FLOAT")
    report = check_files(
        [songs[0], *(tmp_path / f"{name}.wav" for name in ("zeros", "again", "-70"))]
    )
    assert report.finding.tolist() == ["", "silent", "silent", "silent"]
    assert report.level[1] == -np.inf
    assert report.level[3] == pytest.approx(-70, abs=0.1)
    assert report.group.tolist() == [0, 1, 2, 3]
    assert check_files([tmp_path / "-70.wav"], min_level=-80).finding.tolist() == [""]


def test_silence_in_common_is_no_duplicate(songs, tmp_path):
    files = []
    for number, path in enumerate(songs[:3]):
        y = read(path)
        y[SR:] = 0
        files.append(tmp_path / f"{number}.wav")
        soundfile.write(files[-1], y, SR)
    assert check_files(files).group.tolist() == [0, 1, 2]


def test_clipping_is_measured_in_each_channel(songs, tmp_path):
    y = read(songs[0])
    left = np.clip(y * 0.4 / np.abs(y).max(), -1, 1)
    left[1000:1600] = 1
    left[3000:3002] = -1  # two in a row are a peak
    soundfile.write(tmp_path / "stereo.wav", np.stack([left, 0.1 * left], axis=1), SR)
    report = check_files([tmp_path / "stereo.wav"])
    assert report.finding.tolist() == ["clipped"]
    assert report.clipped[0] == pytest.approx(600 / (2 * len(y)))
    assert check_files([tmp_path / "stereo.wav"], max_clipped=0.01).finding.tolist() == [""]


def test_short_files_are_those_of_less_than_half_the_median(songs, tmp_path):
    y = read(songs[4])
    soundfile.write(tmp_path / "short.wav", y[: 2 * SR], SR)
    files = [*songs[:4], tmp_path / "short.wav"]
    assert check_files(files).finding.tolist() == ["", "", "", "", "short"]
    assert check_files(files, min_duration=1).finding.tolist() == [""] * 5
    assert set(check_files(files, min_duration=7).finding) == {"short"}


@pytest.mark.parametrize("n_samples", [1, 2, 10, 500, 3000])
def test_very_short_files_are_read(songs, tmp_path, n_samples):
    soundfile.write(tmp_path / "blip.wav", read(songs[0])[SR : SR + n_samples], SR)
    report = check_files([tmp_path / "blip.wav", *songs], min_level=-np.inf)
    assert report.group.tolist() == list(range(11))
    assert report.finding[0] == "short"


def test_findings_are_listed_together(tmp_path):
    soundfile.write(tmp_path / "both.wav", np.ones(800), 8000)
    assert check_files([tmp_path / "both.wav"], min_duration=1).finding[0] == "clipped, short"


def test_what_is_no_list_of_paths():
    with pytest.raises(TypeError, match=r"got the single path 'a.wav': pass \['a.wav'\]"):
        check_files("a.wav")
    with pytest.raises(TypeError, match="got int for file 1"):
        check_files(["a.wav", 3])
    with pytest.raises(ValueError, match="at least one file"):
        check_files([])


@pytest.mark.parametrize(
    ("limit", "value"),
    [("min_duration", -1), ("min_level", 3), ("max_clipped", 2), ("max_clipped", np.nan)],
)
def test_limits_out_of_range_are_named(songs, limit, value):
    with pytest.raises(ValueError, match=f"check_files needs {limit}"):
        check_files(songs[:1], **{limit: value})


def to_words(y):
    return fingerprint(soxr.resample(y, SR, FINGERPRINT_SR))


def test_the_bit_error_rate_is_low_at_the_right_offset_alone(songs):
    y, other = read(songs[0]), read(songs[1])
    n_frames = 40
    start = round(n_frames * HOP_LENGTH * SR / FINGERPRINT_SR)
    whole, late = to_words(y), to_words(y[start:])
    assert bit_error_rate(whole, late, -n_frames) < 0.1
    assert bit_error_rate(late, whole, n_frames) < 0.1
    assert bit_error_rate(whole, late, 0) > 0.35
    assert bit_error_rate(whole, to_words(other), 0) > 0.35


@pytest.mark.parametrize(("share", "is_copy"), [(0.15, True), (0.33, False)])
def test_how_many_bits_make_a_copy(share, is_copy):
    """A third of the bits differ between pieces that have the same chords and beat."""
    rng = np.random.default_rng(0)
    words = random_words(1000, seed=0)
    flipped = np.packbits(rng.random((1000, 32)) < share, axis=1).view(np.uint32)[:, 0]
    # Some frames stay, or the index would not bring the two together.
    flipped[::20] = 0
    groups = find_duplicates([words, words ^ flipped])
    assert (groups[0] == groups[1]) == is_copy


def test_a_fingerprint_knows_no_level(songs):
    y = read(songs[0])
    np.testing.assert_array_equal(to_words(y), to_words(y / 4))


def test_fingerprints_of_nothing_are_no_duplicates():
    empty = np.empty(0, np.uint32)
    assert find_duplicates([empty, np.zeros(200, np.uint32), empty]).tolist() == [0, 1, 2]


@pytest.mark.slow
def test_hundreds_of_clips_and_their_copies(tmp_path):
    music = make_genre_music(300, duration=4.0, random_state=0, to=tmp_path)
    copied = music.paths[::10]
    files = [*music.paths, *(as_ogg(cut_start(read(p)), p) for p in copied)]
    report = check_files(files, n_jobs=2)
    expected = [*range(300), *(music.paths.index(path) for path in copied)]
    assert report.group.tolist() == expected


def cut_start(y):
    return y[5000:] * 0.7


def random_words(n_frames, seed):
    return np.random.default_rng(seed).integers(1, 2**32, n_frames, dtype=np.uint32)


def test_silence_in_common_is_not_counted():
    silence = np.zeros(500, np.uint32)
    one = np.concatenate([random_words(200, 0), silence])
    other = np.concatenate([random_words(200, 1), silence])
    assert bit_error_rate(one, other, 0) == pytest.approx(0.5, abs=0.02)


def test_less_than_three_seconds_in_common_are_too_little():
    one, other = random_words(600, 0), random_words(600, 1)
    other[:120] = one[-120:]
    assert bit_error_rate(one, other, -480) == 1
    other[:140] = one[-140:]
    assert bit_error_rate(one, other, -460) == 0
