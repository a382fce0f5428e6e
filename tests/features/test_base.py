"""The base of all transformers of clips: input, lengths, memory, threads, progress."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from skgenre.exceptions import AudioDecodeError, ShapeMismatchError, ShortSignalWarning
from skgenre.features import (
    MFCC,
    AudioTransformer,
    ChromaFeatures,
    FeatureStack,
    FramePooling,
    GTZANFeatures,
    MelSpectrogram,
    Segmenter,
)

SMALL = {"sr": 8000, "n_fft": 256, "hop_length": 128}


@pytest.mark.parametrize(
    "transformer",
    [
        MelSpectrogram(n_mels=16, ref="max", top_db=40.0, **SMALL),
        MFCC(n_mels=16, n_mfcc=5, **SMALL),
        ChromaFeatures(tuning=None, **SMALL),
        Segmenter(MFCC(n_mels=16, n_mfcc=5, **SMALL), segment_duration=0.2, sr=8000),
    ],
    ids=lambda transformer: type(transformer).__name__,
)
def test_a_clip_does_not_depend_on_the_clips_beside_it(transformer, tones):
    clips = tones(5, 1.0, sr=8000)
    clips[1] *= 1e-3
    together = transformer.fit_transform(clips)
    for number in range(len(clips)):
        np.testing.assert_array_equal(
            together[number], transformer.transform(clips[number : number + 1])[0]
        )


def test_threads_give_the_same_result(files):
    mfcc = MFCC(n_mels=16, n_mfcc=5, **SMALL)
    one = mfcc.fit_transform(files)
    three = clone(mfcc).set_params(n_jobs=3).fit_transform(files)
    np.testing.assert_array_equal(one, three)


def test_clips_are_worked_on_side_by_side(files):
    both = threading.Barrier(2)

    def meet(y):
        both.wait(timeout=20)  # breaks when nobody else is at work
        return y[:1, np.newaxis]

    assert OwnFeature(feature=meet, n_jobs=2).fit_transform(files[:2]).shape == (2, 1, 1)


def test_files_are_resampled_to_sr(files):
    at_8k = MelSpectrogram(n_mels=8, sr=8000, n_fft=256).fit_transform(files)
    at_16k = MelSpectrogram(n_mels=8, sr=16000, n_fft=256).fit_transform(files)
    assert at_8k.shape[2] == 1 + 8000 // 512
    assert at_16k.shape[2] == 1 + 16000 // 512


def test_different_lengths_name_both_cures(tones):
    clips = [tones(1, 1.0)[0], tones(1, 1.5)[0]]
    with pytest.raises(ValueError, match=r"clip 0 and clip 1 differ.*duration=.*Segmenter"):
        MFCC().fit_transform(clips)


def test_files_of_different_lengths_are_named(files, tones, tmp_path):
    import soundfile

    longer = tmp_path / "longer.wav"
    soundfile.write(longer, tones(1, 2.0, sr=8000)[0], 8000)
    with pytest.raises(ValueError, match=r"0\.wav and .*longer\.wav differ in length"):
        MFCC(n_mels=16, n_mfcc=5, **SMALL).fit_transform([files[0], longer])


def test_duration_cuts_and_pads(tones):
    clips = [tones(1, 1.0)[0], tones(1, 2.0)[0]]
    mel = MelSpectrogram(duration=1.5).fit_transform(clips)
    assert mel.shape == (2, 128, 1 + round(1.5 * 22050) // 512)
    padded = np.pad(clips[0], (0, round(0.5 * 22050)))
    np.testing.assert_array_equal(mel[0], MelSpectrogram().fit_transform([padded])[0])


def test_a_short_signal_is_padded_with_one_warning(tones):
    clips = [clip[:300] for clip in tones(3, 0.1)]
    with pytest.warns(ShortSignalWarning, match=r"3 of 3 clips are shorter.*2048 samples") as seen:
        mel = MelSpectrogram(n_mels=16).fit_transform(clips)
    assert len(seen) == 1
    padded = np.pad(clips[0], (0, 2048 - 300))
    np.testing.assert_array_equal(mel[0], MelSpectrogram(n_mels=16).fit_transform([padded])[0])


def test_a_clip_of_one_sample_works():
    with pytest.warns(ShortSignalWarning):
        assert MFCC().fit_transform([np.array([0.5])]).shape == (1, 20, 5)


def test_a_result_larger_than_max_in_memory_is_refused(clips):
    with pytest.raises(ValueError, match=r"would take 178\.2 KB, more than max_in_memory='100kB'"):
        MelSpectrogram(max_in_memory="100kB").fit_transform(clips)
    assert MelSpectrogram(max_in_memory=200_000).fit_transform(clips).nbytes == 178_176


def test_ragged_results_count_too(tones):
    clips = [tones(1, 0.5)[0], tones(1, 4.0)[0], tones(1, 4.0)[0]]
    segmenter = Segmenter(MFCC(), segment_duration=0.5, max_in_memory="30kB")
    with pytest.raises(ValueError, match=r"of 3 of 3 clips would take 33\.4 KB"):
        segmenter.fit_transform(clips)
    assert len(segmenter.set_params(max_in_memory="40MB").fit_transform(clips)[2]) == 8


def test_a_size_that_is_none_is_refused(clips):
    with pytest.raises(ValueError, match=r"'max_in_memory' parameter of MFCC: .*got 'plenty'"):
        MFCC(max_in_memory="plenty").fit(clips)


def test_a_bad_file_is_named(files, tmp_path):
    bad = tmp_path / "notes.wav"
    bad.write_text("no music")
    with pytest.raises(AudioDecodeError, match=r"notes\.wav"):
        MFCC(n_mels=16, n_mfcc=5, **SMALL).fit_transform([*files, bad])


def test_a_column_of_paths_works_and_several_columns_say_so(files):
    mfcc = MFCC(n_mels=16, n_mfcc=5, **SMALL)
    frame = pd.DataFrame({"path": files})
    expected = mfcc.fit_transform(files)
    for column in (frame["path"], frame, frame.to_numpy()):
        np.testing.assert_array_equal(mfcc.fit_transform(column), expected)
    frame["year"] = 1970
    with pytest.raises(TypeError, match=r"X\['path'\]"):
        mfcc.fit_transform(frame)


def test_a_column_transformer_takes_paths_from_one_column(files):
    frame = pd.DataFrame({"path": files, "year": range(len(files))})
    pooled = make_pipeline(MFCC(n_mels=16, n_mfcc=5, **SMALL), FramePooling())
    table = GTZANFeatures(sr=8000).set_output(transform="pandas")
    columns = ColumnTransformer(
        [("mfcc", pooled, ["path"]), ("gtzan", table, ["path"]), ("year", "passthrough", ["year"])]
    )
    X = columns.fit_transform(frame)
    assert X.shape == (len(files), 10 + 57 + 1)
    np.testing.assert_array_equal(X[:, :10], pooled.fit_transform(files))
    np.testing.assert_array_equal(columns.transform(frame.iloc[1:]), X[1:])
    named = ColumnTransformer(columns.transformers[1:]).set_output(transform="pandas")
    assert named.fit_transform(frame).columns[[0, -1]].tolist() == [
        "gtzan__chroma_stft_mean",
        "year__year",
    ]


def test_the_faq_quotes_what_set_output_of_a_pipeline_says(files):
    """It is what people search for."""
    with pytest.raises(ValueError, match="Unable to configure output for") as raised:
        make_pipeline(MelSpectrogram(), FramePooling()).set_output(transform="pandas")
    faq = Path(__file__).parents[2] / "docs" / "faq.md"
    assert str(raised.value) in faq.read_text()
    mel = MelSpectrogram(n_mels=16, **SMALL)
    cure = make_pipeline(mel, FramePooling().set_output(transform="pandas"))
    assert isinstance(cure.fit_transform(files), pd.DataFrame)


def test_progress_goes_to_standard_error(clips, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    MFCC().fit_transform(clips)
    assert capsys.readouterr() == ("", "")
    MFCC(verbose=1).fit_transform(clips)
    out, err = capsys.readouterr()
    assert out == ""
    assert "MFCC" in err
    assert "4/4" in err


def test_transform_needs_no_fit_but_checks_parameters(clips):
    assert MFCC().transform(clips).shape == (4, 20, 87)
    with pytest.raises(ValueError, match="'hop_length' parameter of MFCC must be"):
        MFCC(hop_length=0).transform(clips)


class OwnFeature(AudioTransformer):
    """A user's class: a constructor and `compute`."""

    def __init__(
        self,
        *,
        feature=None,
        sr=8000,
        duration=None,
        n_jobs=None,
        verbose=0,
        memory=None,
        max_in_memory="2GB",
        dtype="float32",
        device="cpu",
    ):
        self.feature = feature
        self.sr = sr
        self.duration = duration
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.memory = memory
        self.max_in_memory = max_in_memory
        self.dtype = dtype
        self.device = device

    def compute(self, y):
        return self.feature(y)


def test_a_feature_of_ones_own_has_files_segments_and_the_rest(files):
    own = OwnFeature(feature=lambda y: np.abs(y[:4000]).reshape(2, 2000), n_jobs=2)
    assert own.fit_transform(files).shape == (6, 2, 2000)
    assert Segmenter(own, segment_duration=0.5, sr=8000).fit_transform(files).shape[:3] == (6, 2, 2)
    table = OwnFeature(feature=lambda y: [y.min(), y.max()])
    assert table.fit_transform(files).shape == (6, 2)


def test_a_feature_of_ones_own_with_a_wrong_shape_is_refused(files):
    own = OwnFeature(feature=lambda y: np.zeros((2, 2, 2, 2)))
    with pytest.raises(ShapeMismatchError, match="OwnFeature: compute must return") as raised:
        own.fit_transform(files)
    assert "0.wav" in raised.value.__notes__[0]
    own = OwnFeature(feature=lambda y: np.zeros((2, 0)))
    with pytest.raises(ShapeMismatchError, match=r"empty array, of shape \(2, 0\) for .*0\.wav"):
        own.fit_transform(files)


def test_too_many_bands_raise_without_a_warning_of_librosas(clips, recwarn):
    with pytest.raises(ValueError, match="too large"):
        MelSpectrogram(n_mels=700).fit(clips)
    assert len(recwarn) == 0


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (MelSpectrogram(hop_length=0), r"'hop_length' parameter of MelSpectrogram must be an int"),
        (MelSpectrogram(n_mels=0), r"'n_mels' parameter of MelSpectrogram must be an int"),
        (MelSpectrogram(n_mels=1024), r"'n_mels' .* too large: .* bands lie between"),
        (MelSpectrogram(fmax=12000.0), r"'fmax' .* at most half the sampling rate, .* 11025 Hz"),
        (MelSpectrogram(fmin=9000.0, fmax=8000.0), r"'fmin' .* must be below fmax = 8000 Hz"),
        (MelSpectrogram(win_length=4096), r"'win_length' .* at most n_fft=2048. Got 4096"),
        (MelSpectrogram(window="boxy"), r"'window' parameter of MelSpectrogram .* Got 'boxy'"),
        (MelSpectrogram(window=("kaiser", [4.0])), r"'window' .* Got \('kaiser', \[4.0\]\)"),
        (ChromaFeatures(n_fft=1), r"'n_fft' parameter of ChromaFeatures must be an int"),
        (MelSpectrogram(scale="dB"), r"'scale' parameter of MelSpectrogram must be a str among"),
        (MFCC(n_mfcc=200), r"'n_mfcc' parameter of MFCC must be at most n_mels=128. Got 200"),
        (MFCC(dct_type=1), r"dct_type=1 needs norm=None"),
        (MFCC(duration=-1.0), r"'duration' parameter of MFCC must be a float in the range"),
        (ChromaFeatures(norm=3), r"'norm' parameter of ChromaFeatures must be"),
        (Segmenter(MFCC(), n_segments=0), r"'n_segments' parameter of Segmenter must be an int"),
        (Segmenter(MFCC(), segment_duration=0), r"'segment_duration' parameter of Segmenter"),
        (Segmenter("mfcc"), r"'feature' parameter of Segmenter must be"),
        (FeatureStack([]), r"'transformers' parameter of FeatureStack must not be empty"),
        (FeatureStack([("mfcc", MFCC(), 1)]), r"'transformers' .* pairs of a name and a"),
        (FeatureStack(["mfcc"]), r"'transformers' .* must be a list of transformers of clips"),
    ],
)
def test_parameters_out_of_range_are_refused(transformer, message, clips):
    with pytest.raises(ValueError, match=message):
        transformer.fit(clips)
