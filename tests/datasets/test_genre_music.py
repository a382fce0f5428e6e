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
