"""Displays of clips, features and segments."""

import librosa
import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from matplotlib.colors import to_rgba
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.classifiers import SegmentVotingClassifier
from skgenre.exceptions import ShapeMismatchError
from skgenre.features import (
    HPSS,
    MFCC,
    AudioTransformer,
    ChromaCQT,
    ChromaFeatures,
    Delta,
    FeatureStack,
    FMAFeatures,
    FramePooling,
    MelSpectrogram,
    MFCCSegmenter,
    Segmenter,
    SpectralDescriptors,
    Tempogram,
    Tonnetz,
)
from skgenre.inspection import (
    FeatureMapDisplay,
    FeatureScatterDisplay,
    GenreTimelineDisplay,
    SpectrogramDisplay,
    WaveformDisplay,
    genre_colors,
)

SR = 22050
GENRES = np.array(["blues", "jazz", "metal", "rock"])


def tone(frequency, duration=2.0, sr=SR):
    return np.sin(2 * np.pi * frequency * np.arange(round(duration * sr)) / sr).astype(np.float32)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.5 * tone(440, sr=16000), 16000)
    return path


def ticks(display):
    """The rows of the ticks by what is written there."""
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    return dict(zip(labels, display.ax_.get_yticks(), strict=True))


def test_a_short_waveform_is_a_line_of_its_samples():
    y = tone(440)[:1000]
    display = WaveformDisplay.from_clip(y, sr=8000)
    np.testing.assert_allclose(display.line_.get_xdata(), np.arange(1000) / 8000)
    np.testing.assert_array_equal(display.line_.get_ydata(), y)
    assert display.envelope_ is None
    assert display.ax_.get_xlim() == (0, 1000 / 8000)
    assert display.ax_.get_xlabel() == "time (s)"


def test_a_long_waveform_is_an_envelope_that_misses_no_peak():
    y = np.zeros(100_001, np.float32)
    y[77_777], y[33_333] = 0.9, -0.8
    display = WaveformDisplay.from_clip(y, sr=10_000)
    assert display.line_ is None
    outline = np.concatenate([path.vertices for path in display.envelope_.get_paths()])
    assert outline[:, 1].max() == pytest.approx(0.9)
    assert outline[:, 1].min() == pytest.approx(-0.8)
    assert outline[outline[:, 1].argmax(), 0] == pytest.approx(7.7777, abs=0.01)
    assert outline[outline[:, 1].argmin(), 0] == pytest.approx(3.3333, abs=0.01)


@pytest.mark.parametrize("display", [WaveformDisplay, SpectrogramDisplay])
def test_files_are_resampled_and_cut(display, file):
    drawn = display.from_clip(str(file), sr=8000, duration=1.5)
    assert drawn.sr == 8000
    assert drawn.ax_.get_xlim() == pytest.approx((0, 1.5), abs=0.05)
    drawn = display.from_clip(file)
    assert drawn.ax_.get_xlim() == pytest.approx((0, 2.0), abs=0.05)


@pytest.mark.parametrize("display", [WaveformDisplay, SpectrogramDisplay])
@pytest.mark.parametrize("clip", [np.zeros((2, 100)), np.zeros(100, int), np.zeros(0)])
def test_what_is_no_clip_is_named(display, clip):
    with pytest.raises(ValueError, match=f"{display.__name__} takes one clip: the path"):
        display.from_clip(clip)


@pytest.mark.parametrize("y_axis", ["log", "linear"])
def test_a_tone_is_drawn_at_its_frequency(y_axis):
    display = SpectrogramDisplay.from_clip(tone(1000), y_axis=y_axis)
    levels = display.mesh_.get_array()
    corners = display.mesh_.get_coordinates()
    row = levels[:, 20].argmax()
    assert corners[row, 20, 1] < 1000 < corners[row + 1, 20, 1]
    # Frame 20 is centred at sample 20 * 512.
    assert corners[row, 20:22, 0].mean() == pytest.approx(20 * 512 / SR)
    assert levels.max() == 0
    assert levels.min() >= -80
    assert display.ax_.get_yscale() == y_axis
    assert display.ax_.get_ylim()[1] == SR / 2
    assert display.ax_.get_ylabel() == "frequency (Hz)"


def test_a_spectrogram_is_librosas():
    y = tone(1000) + 0.1 * tone(3000)
    display = SpectrogramDisplay.from_clip(y, n_fft=1024, hop_length=256, top_db=60)
    expected = librosa.amplitude_to_db(
        np.abs(librosa.stft(y, n_fft=1024, hop_length=256)), ref=np.max, top_db=60
    )
    np.testing.assert_allclose(display.spectrogram, expected, atol=1e-4)


def test_a_clip_shorter_than_a_frame_has_a_spectrogram():
    assert SpectrogramDisplay.from_clip(tone(1000)[:500]).spectrogram.shape[0] == 1025


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match=r"'y_axis'.*'mel'"):
        SpectrogramDisplay.from_clip(tone(1000), y_axis="mel")


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"n_mels": 64, "fmin": 60.0, "fmax": 9000.0},
        {"htk": True, "scale": "log"},
        {"sr": 16000, "hop_length": 256, "scale": "power"},
    ],
)
def test_a_tone_lies_at_the_tick_of_its_frequency(parameters):
    mel = MelSpectrogram(**parameters)
    display = FeatureMapDisplay.from_estimator(mel, tone(2000, sr=mel.sr))
    values = display.im_.get_array()
    assert ticks(display)["2000"] == pytest.approx(values[:, 20].argmax(), abs=1.0)
    frequencies = [float(label) for label in ticks(display)]
    assert frequencies == sorted(frequencies)
    assert display.ax_.get_ylabel() == "frequency (Hz)"
    unit = {"db": "level (dB)", "log": "log power", "power": "power"}[mel.scale]
    assert display.colorbar_.ax.get_ylabel() == unit


def test_ticks_of_mel_bands_are_where_librosa_has_them():
    mel = MelSpectrogram(n_mels=80)
    display = FeatureMapDisplay.from_estimator(mel, tone(2000))
    centres = librosa.mel_frequencies(82, fmin=0, fmax=SR / 2)[1:-1]
    for label, row in ticks(display).items():
        assert np.interp(row, np.arange(80), centres) == pytest.approx(float(label), rel=0.02)


@pytest.mark.parametrize("center", [True, False])
def test_frames_lie_at_their_seconds(center):
    mel = MelSpectrogram(n_mels=32, hop_length=1024, n_fft=2048, center=center)
    click = np.zeros(3 * SR, np.float32)
    click[SR + 500] = 1.0
    display = FeatureMapDisplay.from_estimator(mel, click)
    values = display.im_.get_array()
    left, right, bottom, top = display.im_.get_extent()
    n_bands, n_frames = values.shape
    assert (bottom, top) == (-0.5, n_bands - 0.5)
    assert left == pytest.approx(((0 if center else 1024) - 512) / SR)
    assert (right - left) / n_frames == pytest.approx(1024 / SR)
    middles = left + (np.arange(n_frames) + 0.5) * (right - left) / n_frames
    weights = 10 ** (values[16] / 10)
    assert np.average(middles, weights=weights) == pytest.approx((SR + 500) / SR, abs=0.025)
    assert display.ax_.get_xlabel() == "time (s)"


@pytest.mark.parametrize(
    ("chroma", "lowest"),
    [
        (ChromaFeatures(), "C"),
        (ChromaCQT(), "C"),
        (ChromaCQT(fmin=55.0, n_octaves=6), "C"),
        (ChromaFeatures(n_chroma=24), "C"),
    ],
)
def test_a_note_lies_at_its_name(chroma, lowest):
    display = FeatureMapDisplay.from_estimator(chroma, tone(440))
    values = display.im_.get_array()
    assert ticks(display)["A"] == values[:, 20].argmax()
    assert min(ticks(display), key=ticks(display).get) == lowest
    assert sorted(ticks(display)) == list("ABCDEFG")


def test_a_period_lies_at_its_lag():
    clicks = np.zeros(12 * SR, np.float32)
    clicks[:: SR // 2] = 1.0
    display = FeatureMapDisplay.from_estimator(Tempogram(), clicks)
    values = display.im_.get_array()
    strongest = values[10:30, 200].argmax() + 10
    assert ticks(display)["1"] / 2 == pytest.approx(strongest, abs=1)
    assert display.ax_.get_ylabel() == "lag (s)"


def test_coefficients_are_centred_colours_without_the_level():
    display = FeatureMapDisplay.from_estimator(MFCC(), tone(440) + 0.01 * tone(3000))
    low, high = display.im_.get_clim()
    assert low == -high
    rest = np.abs(display.feature_map[1:])
    assert high == pytest.approx(np.quantile(rest, 0.95), rel=1e-5)
    assert high < np.abs(display.feature_map[0]).max()
    assert ticks(display)["10"] == 10


def test_wrappers_have_the_rows_of_what_they_wrap():
    y = tone(440)
    mel = MelSpectrogram(n_mels=40)
    inner = FeatureMapDisplay.from_estimator(mel, y)
    for wrapper in (HPSS(mel), Delta(mel)):
        display = FeatureMapDisplay.from_estimator(wrapper, y)
        assert ticks(display) == ticks(inner)
        assert display.im_.get_extent() == inner.im_.get_extent()
    assert display.colorbar_.ax.get_ylabel() == "slope per frame"
    tonnetz = FeatureMapDisplay.from_estimator(Tonnetz(ChromaFeatures()), y)
    assert len(ticks(tonnetz)) == 6
    assert ticks(tonnetz)["major 3rds, y"] == 5


def test_descriptors_are_named_and_scaled_row_by_row():
    feature = SpectralDescriptors(["contrast", "rms", "bandwidth_2"], n_bands=2)
    y = tone(440) * np.linspace(0.1, 1, 2 * SR, dtype=np.float32)
    display = FeatureMapDisplay.from_estimator(feature, y)
    assert list(ticks(display)) == ["contrast 0", "contrast 1", "contrast 2", "rms", "bandwidth 2"]
    values = display.im_.get_array()
    np.testing.assert_allclose(values.min(axis=1), 0)
    np.testing.assert_allclose(values.max(axis=1), 1)
    # The map itself stays as it is.
    np.testing.assert_array_equal(display.feature_map, feature.fit_transform([y])[0])


def test_a_stack_names_its_members_at_their_rows():
    stack = FeatureStack([MFCC(n_mfcc=10), ChromaFeatures()])
    display = FeatureMapDisplay.from_estimator(stack, tone(440))
    assert ticks(display) == {"mfcc": 4.5, "chromafeatures": 15.5}
    assert display.ax_.lines[0].get_ydata()[0] == 9.5
    assert display.ax_.get_xlabel() == "time (s)"


class Frames(AudioTransformer):
    """A transformer without a hop length."""

    def __init__(
        self,
        *,
        sr=22050,
        duration=None,
        n_jobs=None,
        verbose=0,
        memory=None,
        max_in_memory="2GB",
        dtype="float32",
        device="cpu",
    ):
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def compute(self, y):
        return y[:2000].reshape(20, 100)


def test_of_other_transformers_bands_and_frames_are_numbered():
    display = FeatureMapDisplay.from_estimator(Frames(), tone(440))
    assert display.ax_.get_xlabel() == "frame"
    assert display.ax_.get_ylabel() == "band"
    assert ticks(display)["15"] == 15
    plain = FeatureMapDisplay(display.feature_map).plot(vmin=-2, vmax=2, cmap="viridis")
    assert plain.im_.get_extent() == display.im_.get_extent() == [-0.5, 99.5, -0.5, 19.5]
    assert plain.im_.get_clim() == (-2, 2)
    assert plain.im_.get_cmap().name == "viridis"


def test_a_map_is_that_of_a_file_and_the_transformer_stays_untouched(file):
    feature = MelSpectrogram(n_mels=20)
    ax = plt.figure().subplots()
    display = FeatureMapDisplay.from_estimator(feature, file, ax=ax, colorbar=False)
    np.testing.assert_array_equal(display.im_.get_array(), feature.fit_transform([file])[0])
    assert display.ax_ is ax
    assert display.colorbar_ is None
    unfitted = MelSpectrogram(n_mels=20)
    FeatureMapDisplay.from_estimator(unfitted, tone(440))
    assert not hasattr(unfitted, "n_features_in_")


def test_what_is_no_map_is_named():
    segmenter = Segmenter(MelSpectrogram(n_mels=16), segment_duration=1.0)
    with pytest.raises(ShapeMismatchError, match=r"makes 2 segments: .*segmenter\.feature"):
        FeatureMapDisplay.from_estimator(segmenter, tone(440))
    with pytest.raises(ShapeMismatchError, match="FMAFeatures makes a table"):
        FeatureMapDisplay.from_estimator(FMAFeatures(), tone(440))
    with pytest.raises(ShapeMismatchError, match=r"Got shape \(2, 3, 4\): take one clip"):
        FeatureMapDisplay(np.zeros((2, 3, 4))).plot()


PROBABILITIES = np.array([[0.7, 0.1, 0.1, 0.1], [0.2, 0.6, 0.1, 0.1], [0.0, 0.0, 0.0, 1.0]])


def test_a_timeline_has_a_row_a_genre_and_a_column_a_segment():
    display = GenreTimelineDisplay.from_predictions(
        PROBABILITIES, classes=GENRES, segment_duration=2.0
    )
    np.testing.assert_allclose(display.mesh_.get_array(), PROBABILITIES.T)
    assert display.mesh_.get_coordinates()[0, :, 0].tolist() == [0, 2, 4, 6]
    assert display.mesh_.get_clim() == (0, 1)
    assert ticks(display) == {"blues": 0, "jazz": 1, "metal": 2, "rock": 3}
    assert display.ax_.yaxis_inverted()
    assert display.ax_.get_xlim() == (0, 6)


def test_overlapping_segments_last_until_the_next():
    display = GenreTimelineDisplay(
        PROBABILITIES, GENRES, segment_duration=3.0, segment_hop=1.0
    ).plot()
    assert display.mesh_.get_coordinates()[0, :, 0].tolist() == [0, 1, 2, 5]


def test_what_was_not_heard_is_blank():
    display = GenreTimelineDisplay(
        PROBABILITIES, GENRES, segment_duration=1.0, segment_hop=2.0
    ).plot()
    assert display.mesh_.get_coordinates()[0, :, 0].tolist() == [0, 1, 2, 3, 4, 5]
    values = display.mesh_.get_array()
    assert np.ma.getmaskarray(values).all(axis=0).tolist() == [False, True, False, True, False]
    np.testing.assert_allclose(values[:, ::2], PROBABILITIES.T)


def test_stacked_bars_are_the_probabilities_in_the_genres_colours():
    display = GenreTimelineDisplay.from_predictions(PROBABILITIES, classes=GENRES, kind="stack")
    bottom = np.zeros(3)
    for genre, column in zip(GENRES, PROBABILITIES.T, strict=True):
        bars = display.bars_[genre].patches
        np.testing.assert_allclose([bar.get_height() for bar in bars], column)
        np.testing.assert_allclose([bar.get_y() for bar in bars], bottom)
        assert [bar.get_x() for bar in bars] == [0, 3, 6]
        expected = to_rgba(genre_colors(GENRES)[genre])
        assert bars[0].get_facecolor() == expected
        bottom += column


def timeline_model(segmenter):
    return make_pipeline(
        segmenter, FramePooling(), SegmentVotingClassifier(LogisticRegression(max_iter=1000))
    )


@pytest.fixture(scope="module")
def clips():
    """Low and high tones, and a clip that is first low and then high."""
    rng = np.random.default_rng(0)
    y = np.tile(["low", "high"], 4)
    pitch = {"low": 200, "high": 3000}
    X = np.stack([tone(pitch[name] * rng.uniform(0.9, 1.1), 4.0) for name in y])
    return X, y, np.concatenate([tone(200), tone(3000)])


@pytest.mark.parametrize(
    ("segmenter", "edges"),
    [
        (Segmenter(MelSpectrogram(n_mels=16), segment_duration=1.0), [0, 1, 2, 3, 4]),
        (
            Segmenter(MelSpectrogram(n_mels=16), segment_duration=2.0, segment_hop=1.0),
            [0, 1, 2, 4],
        ),
        (Segmenter(MelSpectrogram(n_mels=16), n_segments=2), [0, 2, 4]),
        (MFCCSegmenter(n_mfcc=5, segment_duration=1.0), [0, 1, 2, 3, 4]),
    ],
)
def test_the_timeline_of_a_model_follows_the_clip(clips, segmenter, edges, tmp_path):
    X, y, changing = clips
    model = timeline_model(segmenter).fit(X, y)
    display = GenreTimelineDisplay.from_estimator(model, changing)
    assert display.mesh_.get_coordinates()[0, :, 0].tolist() == pytest.approx(edges)
    heard = model.classes_[display.probabilities.argmax(axis=1)]
    assert heard[0] == "low"
    assert heard[-1] == "high"
    path = tmp_path / "changing.wav"
    soundfile.write(path, changing, SR, subtype="FLOAT")
    of_file = GenreTimelineDisplay.from_estimator(model, path)
    np.testing.assert_allclose(of_file.probabilities, display.probabilities, atol=1e-5)
    assert of_file.edges.tolist() == display.edges.tolist()


def test_a_timeline_may_be_longer_than_the_clips_of_fit(clips):
    X, y, changing = clips
    model = timeline_model(Segmenter(MelSpectrogram(n_mels=16), segment_duration=1.0)).fit(X, y)
    display = GenreTimelineDisplay.from_estimator(model, np.tile(changing, 2))
    assert display.edges[-1].tolist() == [7, 8]


def test_a_timeline_needs_segments(clips):
    X, y, changing = clips
    model = make_pipeline(MFCC(n_mfcc=5), FramePooling(), LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match="needs a pipeline of a Segmenter and a SegmentVoting"):
        GenreTimelineDisplay.from_estimator(model, changing)
    with pytest.raises(ShapeMismatchError, match=r"\(n_segments, 4\). Got shape \(1, 3, 4\)"):
        GenreTimelineDisplay.from_predictions(PROBABILITIES[None], classes=GENRES)
    with pytest.raises(ValueError, match=r"'kind'.*'lines'"):
        GenreTimelineDisplay.from_predictions(PROBABILITIES, classes=GENRES, kind="lines")


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = GENRES[np.arange(48) % 4]
    return rng.normal(size=(48, 6)) + 3 * (y == "metal")[:, None] * [1, 0, 0, 1, 0, 0], y


def test_a_scatter_is_the_principal_components_of_standardized_columns(table):
    X, y = table
    display = FeatureScatterDisplay.from_features(X * [1, 10, 100, 1, 1, 1], y)
    pca = PCA(2)
    expected = pca.fit_transform(StandardScaler().fit_transform(X))
    np.testing.assert_allclose(display.embedding, expected, atol=1e-8)
    for genre in GENRES:
        points = display.scatters_[genre].get_offsets()
        np.testing.assert_allclose(points, expected[y == genre], atol=1e-8)
        assert display.scatters_[genre].get_label() == genre
    share = 100 * pca.explained_variance_ratio_[0]
    assert display.ax_.get_xlabel() == f"component 1 ({share:.0f} % of the variance)"


def test_genres_keep_colours_and_markers_beside_others(table):
    X, y = table
    every = FeatureScatterDisplay.from_features(X, y)
    some = FeatureScatterDisplay.from_features(X[y != "blues"], y[y != "blues"])
    for genre in GENRES[1:]:
        one, other = every.scatters_[genre], some.scatters_[genre]
        np.testing.assert_array_equal(one.get_facecolor(), other.get_facecolor())
        path, again = one.get_paths()[0].vertices, other.get_paths()[0].vertices
        np.testing.assert_array_equal(path, again)


def test_lda_separates_better_than_pca_and_names_its_axes(table):
    X, y = table
    display = FeatureScatterDisplay.from_features(X, y, method="lda")
    assert display.embedding.shape == (48, 2)
    assert "variance between genres" in display.ax_.get_xlabel()
    metal = display.embedding[y == "metal", 0]
    rest = display.embedding[y != "metal", 0]
    assert abs(metal.mean() - rest.mean()) > 2 * rest.std()
    two = np.isin(y, ["jazz", "rock"])
    with pytest.raises(ValueError, match=r"method='lda' needs at least 3 genres.*Got 2"):
        FeatureScatterDisplay.from_features(X[two], y[two], method="lda")


def test_tsne_is_reproducible_and_takes_few_clips(table):
    X, y = table
    one, again = (
        FeatureScatterDisplay.from_features(X[:12], y[:12], method="tsne") for _ in range(2)
    )
    assert one.embedding.shape == (12, 2)
    np.testing.assert_array_equal(one.embedding, again.embedding)
    assert one.ax_.get_xlabel() == "t-SNE 1"


def test_maps_and_segments_are_pooled(table):
    X, y = table
    rng = np.random.default_rng(0)
    maps = X[:, :, None] + 0.1 * rng.normal(size=(48, 6, 10))
    pooled = FramePooling().fit_transform(maps)
    expected = FeatureScatterDisplay.from_features(pooled, y).embedding
    np.testing.assert_allclose(FeatureScatterDisplay.from_features(maps, y).embedding, expected)
    segments = np.stack([maps, maps], axis=1)
    np.testing.assert_allclose(FeatureScatterDisplay.from_features(segments, y).embedding, expected)
    ragged = np.empty(48, dtype=object)
    ragged[:] = [np.stack([clip] * (1 + number % 2)) for number, clip in enumerate(maps)]
    np.testing.assert_allclose(FeatureScatterDisplay.from_features(ragged, y).embedding, expected)


def test_a_scatter_of_what_a_transformer_makes(clips):
    X, y, _ = clips
    feature = MFCC(n_mfcc=5)
    display = FeatureScatterDisplay.from_estimator(feature, X, y)
    expected = FeatureScatterDisplay.from_features(feature.fit_transform(X), y)
    np.testing.assert_allclose(display.embedding, expected.embedding)
    assert set(display.scatters_) == {"high", "low"}


def test_bad_input_of_a_scatter_is_named(table):
    X, y = table
    with pytest.raises(ValueError, match=r"'method'.*'umap'"):
        FeatureScatterDisplay.from_features(X, y, method="umap")
    with pytest.raises(ValueError, match=r"at least 3 clips and 2 columns. Got 48 and 1"):
        FeatureScatterDisplay.from_features(X[:, :1], y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        FeatureScatterDisplay.from_features(X, y[:-1])
