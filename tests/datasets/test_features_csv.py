import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold

from skgenre.datasets import load_features_csv
from skgenre.exceptions import SkgenreWarning
from skgenre.features import GTZANFeatures

NAMES = GTZANFeatures().get_feature_names_out().tolist()
CLIPS = ["blues.00000", "blues.00029", "metal.00058", "rock.00016", "rock.00017", "metal.00000"]


def make_table(clips, n_parts):
    parts = [f".{part}" for part in range(n_parts)] if n_parts > 1 else [""]
    names = [f"{clip}{part}.wav" for clip in clips for part in parts]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(len(names), 57)), columns=NAMES)
    table.insert(0, "filename", names)
    table.insert(1, "length", 66149)
    table["label"] = [name.partition(".")[0] for name in names]
    return table


@pytest.fixture
def file(tmp_path):
    return tmp_path / "features.csv"


@pytest.fixture(params=[1, 10], ids=["30_sec", "3_sec"])
def table(request, file):
    table = make_table(["blues.00000", "blues.00029", *CLIPS[2:]], request.param)
    table.to_csv(file, index=False)
    return table


def test_the_rows_are_read(table, file):
    music = load_features_csv(file)
    pd.testing.assert_frame_equal(music.data, table[NAMES])
    assert music.target.tolist() == table.label.tolist()
    assert music.target_names.tolist() == ["blues", "metal", "rock"]
    assert music.paths == table.filename.tolist()
    assert music.feature_names == NAMES
    assert music.split is None
    assert "Licence: none is known" in music.DESCR


def test_the_rows_of_a_clip_share_a_group_and_so_do_identical_clips(table, file):
    X, y, groups = load_features_csv(file, return_X_y_groups=True)
    assert len(X) == len(y) == len(groups) == len(table)
    n_rows = len(table) // len(CLIPS)
    counts = {group: n_rows for group in CLIPS if group != "rock.00016"}
    counts["metal.00058"] *= 2
    assert pd.Series(groups).value_counts().to_dict() == counts
    for train, test in GroupKFold(3).split(X, y, groups):
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.filterwarnings("ignore:There is only one clip")
def test_a_split_selects_rows(table, file):
    music = load_features_csv(file, split="fault-filtered")
    n_rows = len(table) // len(CLIPS)
    # metal.00058 is in no part.
    assert dict(zip(music.clips, music.split, strict=True)) == {
        "blues.00000": "valid",
        "blues.00029": "train",
        "rock.00016": "train",
        "rock.00017": "train",
        "metal.00000": "valid",
    }
    assert len(music.data) == 5 * n_rows
    kept = table[~table.filename.str.startswith("metal.00058")]
    np.testing.assert_allclose(music.data, kept[NAMES])
    assert music.paths == kept.filename.tolist()


def test_the_columns_may_be_in_another_order(table, file):
    table[table.columns[::-1]].to_csv(file, index=False)
    pd.testing.assert_frame_equal(load_features_csv(file).data, table[NAMES])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns=["tempo", "label"]), "It lacks tempo, label"),
        (lambda t: t.assign(mood=1), "It has mood"),
        (lambda t: t.rename(columns={"filename": "file"}), "It lacks filename. It has file"),
        (lambda t: t.iloc[:0], "has no rows"),
        (lambda t: t.assign(filename=[f"{i}.mp3" for i in range(len(t))]), "not those of GTZAN"),
        (lambda t: pd.concat([t, t.iloc[[0]]]), "more than one row of blues.00000"),
        (lambda t: t.assign(label="jazz"), r"labels of \d+ rows are not .*blues.00000.*jazz"),
        (lambda t: t.assign(tempo="fast"), "not numeric: tempo"),
        (lambda t: t.assign(tempo=np.where(t.index == 1, np.nan, t.tempo)), "1 rows have missing"),
    ],
)
def test_other_tables_are_refused_with_the_reason(table, file, change, message):
    change(table).to_csv(file, index=False)
    with pytest.raises(ValueError, match=message):
        load_features_csv(file)


def test_what_is_no_table(file):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        load_features_csv(file)
    file.write_bytes(b"")
    with pytest.raises(ValueError, match="no CSV table"):
        load_features_csv(file)
    file.write_bytes(b"\xff\xfe\x00\x01binary")
    with pytest.raises(ValueError, match="no CSV table"):
        load_features_csv(file)


def test_a_single_clip_of_a_genre_is_named(file):
    make_table(["pop.00000", "rock.00000", "rock.00001"], 10).to_csv(file, index=False)
    with pytest.warns(SkgenreWarning, match="There is only one clip of pop"):
        load_features_csv(file)


def test_an_unknown_split_is_refused(table, file):
    with pytest.raises(ValueError, match="load_features_csv needs split"):
        load_features_csv(file, split="holdout")
