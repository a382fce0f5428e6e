import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skgenre.classifiers import XGBGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.datasets._synthetic.clips import list_pairs
from skgenre.features import MFCC, ChromaFeatures, FramePooling

TEN = ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"]


@pytest.fixture(scope="module")
def music():
    return make_genre_music(20, duration=1.5, random_state=0)


def test_clips_are_balanced_waveforms(music):
    assert music.data.shape == (20, round(1.5 * 22050))
    assert music.data.dtype == np.float32
    assert np.abs(music.data).max() <= 1.0
    assert np.isfinite(music.data).all()
    assert (music.data.std(axis=1) > 1e-4).all()
    assert music.target_names.tolist() == TEN
    assert np.unique(music.target, return_counts=True)[1].tolist() == [2] * 10


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(music):
    again = make_genre_music(20, duration=1.5, random_state=0)
    other = make_genre_music(20, duration=1.5, random_state=1)
    assert again.data.tobytes() == music.data.tobytes()
    assert not np.array_equal(other.data, music.data)


def test_more_clips_leave_the_earlier_ones_as_they_are(music):
    more = make_genre_music(23, duration=1.5, random_state=0)
    np.testing.assert_array_equal(more.data[:20], music.data)


def test_a_clip_does_not_depend_on_the_other_genres(music):
    metal = make_genre_music(2, genres=["metal"], duration=1.5, random_state=0)
    np.testing.assert_array_equal(metal.data, music.data[music.target == "metal"])


def test_threads_compose_the_same_bytes_in_the_same_order(music, tmp_path):
    threads = make_genre_music(20, duration=1.5, random_state=0, n_jobs=3)
    assert threads.data.tobytes() == music.data.tobytes()
    files = make_genre_music(20, duration=1.5, random_state=0, n_jobs=3, to=tmp_path)
    for path, clip in zip(files.paths, music.data, strict=True):
        np.testing.assert_allclose(soundfile.read(path)[0], clip, atol=1 / 32768)


def test_no_two_clips_are_alike(music):
    correlation = np.corrcoef(music.data)
    np.fill_diagonal(correlation, 0.0)
    assert np.abs(correlation).max() < 0.9


def test_an_artist_has_two_clips_of_one_genre():
    music = make_genre_music(8, genres=["jazz", "pop"], duration=0.5, random_state=0)
    assert np.unique(music.groups, return_counts=True)[1].tolist() == [2] * 4
    for artist in np.unique(music.groups):
        assert len(set(music.target[music.groups == artist])) == 1


def test_the_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make_genre_music(1, duration=0.5, random_state=0)
    after = np.random.get_state()[1]  # noqa: NPY002
    np.testing.assert_array_equal(after, before)


def test_files_in_genre_folders_hold_the_same_clips(tmp_path):
    parameters = {"genres": ["disco", "rock"], "duration": 1.0, "sr": 16000, "random_state": 0}
    music = make_genre_music(3, to=tmp_path, **parameters)
    assert [path[len(str(tmp_path)) + 1 :] for path in music.paths] == [
        "disco/disco.00000.flac",
        "rock/rock.00000.flac",
        "disco/disco.00001.flac",
    ]
    assert music.target.tolist() == ["disco", "rock", "disco"]
    clip, sr = soundfile.read(music.paths[1], dtype="float32")
    assert sr == 16000
    expected = make_genre_music(3, **parameters).data[1]
    np.testing.assert_allclose(clip, expected, atol=1 / 32768)


def test_files_are_the_same_byte_for_byte(tmp_path):
    one, two = (
        make_genre_music(1, duration=1.0, random_state=0, to=tmp_path / name).paths[0]
        for name in ("one", "two")
    )
    assert open(one, "rb").read() == open(two, "rb").read()  # noqa: PTH123, SIM115


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"genres": ["polka"]}, "knows the genres blues, .*Got 'polka'"),
        ({"genres": []}, "one or more different genres"),
        ({"genres": ["pop", "pop"]}, "one or more different genres"),
        ({"n_clips": 0}, "n_clips to be at least 1, got 0"),
        ({"duration": 0}, "positive duration"),
        ({"sr": 1000}, "sr to be at least 4000"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_genre_music(**{"n_clips": 1, **parameters})


@pytest.mark.parametrize("genre", TEN)
def test_tempo_and_style_can_be_heard_in_the_notes(genre):
    from skgenre.datasets._synthetic.composer import compose, make_artist
    from skgenre.datasets._synthetic.styles import STYLES

    rng = np.random.default_rng(0)
    style = STYLES[genre]
    notes = compose(style, make_artist(style, rng), 8.0, rng)
    parts = {note.part for note in notes}
    assert {"bass", "comping", "lead"} <= parts
    assert all(0 <= note.start < 8.0 for note in notes)
    assert ("drums" in parts) or style.no_drums > 0


@pytest.mark.slow
def test_no_single_statistic_tells_the_genres_apart_and_many_do():
    import librosa

    music = make_genre_music(300, duration=10.0, random_state=0)
    pooling = FramePooling()
    mfcc = pooling.fit_transform(MFCC().fit_transform(music.data))
    chroma = pooling.fit_transform(ChromaFeatures().fit_transform(music.data))
    spectral = []
    for y in music.data:
        S = np.abs(librosa.stft(y))
        rows = [
            librosa.feature.spectral_centroid(S=S),
            librosa.feature.spectral_bandwidth(S=S),
            librosa.feature.spectral_rolloff(S=S),
            librosa.feature.spectral_flatness(S=S),
            librosa.feature.rms(y=y),
            librosa.feature.zero_crossing_rate(y),
        ]
        spectral.append([f(row) for row in rows for f in (np.mean, np.std)])
    columns = np.hstack([mfcc, chroma, spectral])
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    stump = DecisionTreeClassifier(max_depth=1, random_state=0)
    by_column = [
        cross_val_score(stump, columns[:, [number]], music.target, cv=folds).mean()
        for number in range(columns.shape[1])
    ]
    assert max(by_column) < 0.25
    trees = XGBGenreClassifier(random_state=0)
    accuracy = cross_val_score(trees, mfcc, music.target, cv=folds).mean()
    assert 0.55 < accuracy < 0.90


def test_the_styles_can_be_learnt():
    music = make_genre_music(
        36, genres=["classical", "hiphop", "metal"], duration=3.0, random_state=0
    )
    model = make_pipeline(
        MFCC(), FramePooling(), StandardScaler(), LogisticRegression(max_iter=1000)
    )
    assert cross_val_score(model, music.data, music.target, cv=3).mean() > 0.6


THREE = ["classical", "disco", "metal"]


@pytest.fixture(scope="module", params=["overlaid", "sequence"])
def mixed(request):
    return make_genre_music(
        12, genres=THREE, n_genres_per_clip=2, mixing=request.param, duration=1.0, random_state=0
    )


def test_clips_of_two_genres(mixed):
    assert mixed.target.columns.tolist() == mixed.target_names.tolist() == THREE
    assert (mixed.target.sum(axis=1) == 2).all()
    assert (mixed.target.sum() == 8).all()
    for row, parts in enumerate(mixed.parts.tolist()):
        assert set(parts) == set(mixed.target.columns[mixed.target.iloc[row] == 1])
    assert mixed.data.shape == (12, 22050)
    assert np.abs(mixed.data).max() <= 1.0
    assert (mixed.data.std(axis=1) > 1e-4).all()
    correlation = np.corrcoef(mixed.data)
    np.fill_diagonal(correlation, 0.0)
    assert np.abs(correlation).max() < 0.9


def test_a_group_is_a_pair_of_artists_of_one_pair_of_genres(mixed):
    assert np.unique(mixed.groups, return_counts=True)[1].tolist() == [2] * 6
    for group in np.unique(mixed.groups):
        assert len(mixed.target[mixed.groups == group].drop_duplicates()) == 1


def test_two_genres_in_sequence_change_where_it_is_said():
    music = make_genre_music(
        6, genres=THREE, n_genres_per_clip=2, mixing="sequence", duration=3.0, random_state=1
    )
    assert music.changes.shape == (6,)
    assert ((music.changes >= 1.0) & (music.changes <= 2.0)).all()
    assert len(set(music.changes)) == 6
    # Every other clip of a pair begins with the other genre.
    assert (music.parts[:3] == music.parts[3:, ::-1]).all()
    for clip, change in zip(music.data, music.changes, strict=True):
        at = round(change * music.sr)
        assert np.abs(clip[at - 1 : at + 1]).max() < 0.02 * np.abs(clip).max()


def test_overlaid_genres_sound_at_once():
    music = make_genre_music(3, genres=THREE, n_genres_per_clip=2, duration=1.0, random_state=0)
    assert "changes" not in music
    assert "two styles by two artists, which sound at once" in music.DESCR


def test_mixed_clips_depend_on_seed_genres_and_number_alone(mixed, tmp_path):
    parameters = {
        "n_genres_per_clip": 2,
        "mixing": "sequence" if "changes" in mixed else "overlaid",
        "duration": 1.0,
        "random_state": 0,
    }
    more = make_genre_music(15, genres=THREE, n_jobs=3, **parameters)
    np.testing.assert_array_equal(more.data[:12], mixed.data)
    files = make_genre_music(5, genres=THREE, to=tmp_path, **parameters)
    names = [path[len(str(tmp_path)) + 1 :] for path in files.paths]
    assert names[0] == "classical+disco.00000.flac"
    assert len(set(names)) == 5
    np.testing.assert_allclose(soundfile.read(files.paths[4])[0], mixed.data[4], atol=1 / 32768)


@pytest.mark.parametrize("n_genres", [3, 4, 5, 10])
def test_all_pairs_of_genres_come_in_turn(n_genres):
    pairs = list_pairs(TEN[:n_genres])
    assert len(pairs) == len(set(map(frozenset, pairs))) == n_genres * (n_genres - 1) // 2
    first = [genre for pair in pairs[:n_genres] for genre in pair]
    assert {first.count(genre) for genre in TEN[:n_genres]} == {2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_genres_per_clip": 3}, "n_genres_per_clip to be 1 or 2, got 3"),
        ({"mixing": "mixed"}, "mixing to be 'overlaid' or 'sequence', got 'mixed'"),
        ({"n_genres_per_clip": 2, "genres": ["jazz", "pop"]}, "three or more genres"),
    ],
)
def test_mixes_that_can_not_be_made(arguments, words):
    with pytest.raises(ValueError, match=words):
        make_genre_music(2, **arguments)
