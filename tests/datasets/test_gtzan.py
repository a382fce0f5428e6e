import numpy as np
import pytest
import soundfile
from sklearn.model_selection import GroupKFold

from skgenre.datasets import fault_filtered_split, load_gtzan
from skgenre.exceptions import SkgenreWarning

from .conftest import GTZAN_GENRES, write_gtzan

missing = pytest.mark.filterwarnings("ignore:.*clips are missing")


def add(root, clip):
    genre = clip.partition(".")[0]
    extension = next((root / genre).iterdir()).suffix
    soundfile.write(root / genre / f"{clip}{extension}", np.full(800, 0.1), 8000)


def test_the_published_numbers_of_the_fault_filtered_split():
    parts = list(fault_filtered_split().values())
    assert [parts.count(part) for part in ("train", "valid", "test")] == [443, 197, 290]


def test_no_two_copies_of_a_clip_are_in_different_parts():
    parts = fault_filtered_split()
    assert not {"metal.00040", "disco.00098", "reggae.00081"} & set(parts)
    assert parts["hiphop.00045"] == "test"
    assert "hiphop.00039" not in parts


@missing
@pytest.mark.parametrize("from_above", [False, True])
def test_both_layouts_are_read(gtzan, from_above):
    music = load_gtzan(gtzan.parent if from_above else gtzan)
    assert music.clips.tolist() == [
        f"{genre}.{number:05d}" for genre in GTZAN_GENRES for number in (0, 1)
    ]
    assert music.target.tolist() == np.repeat(GTZAN_GENRES, 2).tolist()
    assert [path.rsplit("/", 1)[1].rsplit(".", 1)[0] for path in music.paths] == list(music.clips)
    assert soundfile.info(music.paths[0]).frames == 800
    assert music.split is None
    assert music.ignored == music.unreadable == []


@missing
def test_the_description_cites_source_and_licence(gtzan):
    text = load_gtzan(gtzan).DESCR
    assert "Tzanetakis" in text
    assert "Licence: none is known" in text
    assert "blues 2" in text
    title, underline = text.splitlines()[:2]
    assert len(title) == len(underline)


@missing
def test_paths_target_and_groups_can_be_had_alone(gtzan):
    music = load_gtzan(gtzan)
    X, y, groups = load_gtzan(gtzan, return_X_y_groups=True)
    assert music.paths == X
    assert y.tolist() == music.target.tolist()
    assert groups.tolist() == music.groups.tolist()


@missing
@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_identical_clips_share_a_group_across_genres(gtzan):
    for clip in ("metal.00058", "rock.00016", "pop.00054", "pop.00060", "rock.00017"):
        add(gtzan, clip)
    music = load_gtzan(gtzan)
    group = dict(zip(music.clips, music.groups, strict=True))
    assert group["metal.00058"] == group["rock.00016"]
    assert group["pop.00054"] == group["pop.00060"]
    assert len(set(group.values())) == len(group) - 2
    for train, test in GroupKFold(5).split(music.paths, music.target, music.groups):
        assert not set(music.groups[train]) & set(music.groups[test])


@missing
@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_the_fault_filtered_split_selects_and_names_the_parts(gtzan):
    add(gtzan, "metal.00040")  # in none of the parts
    music = load_gtzan(gtzan, split="fault-filtered")
    published = fault_filtered_split()
    assert dict(zip(music.clips, music.split, strict=True)) == {
        clip: published[clip] for clip in load_gtzan(gtzan).clips if clip in published
    }
    assert "metal.00040" not in music.clips
    assert set(music.split) == {"train", "valid", "test"}


@missing
@pytest.mark.filterwarnings("ignore:There is only one clip")
@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_a_part_is_selected(gtzan, part):
    whole = load_gtzan(gtzan, split="fault-filtered")
    music = load_gtzan(gtzan, split=part)
    assert music.clips.tolist() == whole.clips[whole.split == part].tolist()
    assert set(music.split) == {part}


@missing
def test_a_split_that_selects_nothing_is_refused(tmp_path):
    write_gtzan(tmp_path, ".wav", numbers=(2, 3))
    for path in tmp_path.glob("*/*"):
        if fault_filtered_split().get(path.stem) == "test":
            path.unlink()
    with pytest.raises(ValueError, match=r"None of the \d+ clips is in split='test'.*fault_filt"):
        load_gtzan(tmp_path, split="test")


def test_an_unknown_split_is_refused(gtzan):
    with pytest.raises(ValueError, match=r"split to be None or one of 'fault-filtered'.*'dev'"):
        load_gtzan(gtzan, split="dev")


def test_missing_clips_are_counted(gtzan):
    with pytest.warns(SkgenreWarning, match="980 of GTZAN's 1000 clips are missing"):
        load_gtzan(gtzan)


@missing
def test_the_corrupt_clip_is_left_out_and_named(gtzan):
    path = gtzan / "jazz" / f"jazz.00054{next((gtzan / 'jazz').iterdir()).suffix}"
    path.write_bytes(b"\x00\x01" * 500)
    with pytest.warns(SkgenreWarning, match=r"jazz\.00054.*as in most copies of the collection"):
        music = load_gtzan(gtzan)
    assert "jazz.00054" not in music.clips
    assert [name for name, _ in music.unreadable] == [str(path)]
    assert len(music.paths) == len(music.target) == len(music.groups) == 20


@missing
def test_a_single_clip_of_a_genre_is_named(gtzan):
    next((gtzan / "pop").iterdir()).unlink()
    with pytest.warns(SkgenreWarning, match="There is only one clip of pop"):
        load_gtzan(gtzan)


def test_a_genre_without_a_readable_clip_is_named(gtzan):
    for path in (gtzan / "pop").iterdir():
        path.write_text("no music")
    with (
        pytest.warns(SkgenreWarning, match="2 sound files can't be read"),
        pytest.raises(ValueError, match="have no readable clip: pop"),
    ):
        load_gtzan(gtzan)


@missing
def test_clips_that_were_cut_off_or_have_to_be_converted_are_named(gtzan):
    cut, foreign = sorted((gtzan / "pop").iterdir())
    cut.write_bytes(cut.read_bytes()[:-100])
    foreign.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    foreign.rename(foreign.with_suffix(".m4a"))
    cut, foreign = sorted((gtzan / "rock").iterdir())
    cut.write_bytes(cut.read_bytes()[:-100])
    (gtzan / "__MACOSX").mkdir()
    with (
        pytest.warns(SkgenreWarning, match=r"2 sound files can't(.|\n)*rock\.00000"),
        pytest.warns(SkgenreWarning, match=r"1 sound file in formats .*\(M4A, MP4\): 1"),
        pytest.raises(ValueError, match="have no readable clip: pop"),
    ):
        load_gtzan(gtzan)


def test_missing_genres_are_named(gtzan):
    for genre in ("disco", "rock"):
        for path in (gtzan / genre).iterdir():
            path.unlink()
        (gtzan / genre).rmdir()
    with pytest.raises(ValueError, match=r"no folder: disco, rock\. Complete.*load_genre_folder"):
        load_gtzan(gtzan.parent)


@pytest.mark.parametrize("name", ["my song", "rock.0001", "disco.00000"])
def test_renamed_and_misplaced_files_are_named(gtzan, name):
    old = next((gtzan / "rock").iterdir())
    old.rename(old.with_name(name + old.suffix))
    with pytest.raises(ValueError, match=f"1 sound files don't have the name.*{name}"):
        load_gtzan(gtzan)


def test_a_clip_in_two_formats_is_refused(gtzan):
    soundfile.write(gtzan / "rock" / "rock.00000.flac", np.zeros(100), 8000)
    with pytest.raises(ValueError, match="are the same clip"):
        load_gtzan(gtzan)


@missing
def test_other_files_are_skipped_and_named(gtzan):
    (gtzan / "rock" / "notes.txt").write_text("loud")
    (gtzan / "rock" / ".hidden.wav").write_text("")
    with pytest.warns(SkgenreWarning, match="2 files are not clips and were skipped"):
        music = load_gtzan(gtzan)
    assert {reason for _, reason in music.ignored} == {"hidden", "not a sound file by its name"}


def test_a_folder_of_something_else(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no such folder"):
        load_gtzan(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="none of GTZAN's genre folders"):
        load_gtzan(tmp_path)
