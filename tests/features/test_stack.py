import numpy as np
import pytest
from sklearn.base import clone

from skgenre.features import MFCC, ChromaFeatures, FeatureStack, MelSpectrogram, Segmenter


def test_members_are_joined_on_the_band_axis(clips):
    stack = FeatureStack([MFCC(n_mfcc=13), ChromaFeatures()]).fit_transform(clips)
    assert stack.shape == (4, 25, 87)
    np.testing.assert_array_equal(stack[:, :13], MFCC(n_mfcc=13).fit_transform(clips))
    np.testing.assert_array_equal(stack[:, 13:], ChromaFeatures().fit_transform(clips))


def test_names_are_those_of_the_classes_numbered_when_they_repeat():
    stack = FeatureStack([MFCC(), ChromaFeatures(), MFCC(n_mfcc=5)])
    assert [name for name, _ in stack._members] == ["mfcc-1", "chromafeatures", "mfcc-2"]


def test_parameters_of_members_are_set_by_name():
    stack = FeatureStack([("timbre", MFCC()), ("harmony", ChromaFeatures())])
    stack.set_params(timbre__n_mfcc=7, harmony=MelSpectrogram())
    assert stack.get_params()["timbre__n_mfcc"] == 7
    assert isinstance(stack.get_params()["harmony"], MelSpectrogram)


def test_a_clone_has_members_of_its_own():
    stack = FeatureStack([MFCC(), ChromaFeatures()])
    copy = clone(stack).set_params(mfcc__n_mfcc=3)
    assert stack.get_params()["mfcc__n_mfcc"] == 20
    assert copy.get_params()["mfcc__n_mfcc"] == 3


def test_different_frames_name_the_members(clips):
    stack = FeatureStack([MFCC(), ChromaFeatures(hop_length=1024)])
    with pytest.raises(ValueError, match=r"got mfcc 87, chromafeatures 44: give its members"):
        stack.fit_transform(clips)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([MFCC(sr=8000)], "FeatureStack has sr=22050, but MFCC in it has sr=8000"),
        ([Segmenter(MFCC())], r"put the stack inside it"),
        ([("a", MFCC()), ("a", ChromaFeatures())], "Names provided are not unique"),
    ],
)
def test_members_that_do_not_fit_are_refused(members, message, clips):
    with pytest.raises(ValueError, match=message):
        FeatureStack(members).fit(clips)
