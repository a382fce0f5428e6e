"""Current names of classes and functions in model files of earlier versions.

Add a line here when you rename a public class or move it to another subpackage, so that users'
existing files still load.
"""

# Up to format 2, files contained the module in which a class was defined.
_DEFINED_IN = {
    "skgenre.classifiers": (
        "_cnn.CNNClassifier",
        "_crnn.CRNNClassifier",
        "_lstm.LSTMClassifier",
        "_mlp.MLPGenreClassifier",
        "_parallel_crnn.ParallelCRNNClassifier",
        "_segment_voting.SegmentVotingClassifier",
        "_transfer_cnn.TransferCNNClassifier",
        "_xgboost.XGBGenreClassifier",
    ),
    "skgenre.features": (
        "_bahuleyan.BahuleyanFeatures",
        "_band_covariance.BandCovariance",
        "_chroma.ChromaFeatures",
        "_constant_q_chroma.ChromaCENS",
        "_constant_q_chroma.ChromaCQT",
        "_delta.Delta",
        "_descriptors.SpectralDescriptors",
        "_fma.FMAFeatures",
        "_frame_segmenter.FrameSegmenter",
        "_gtzan.GTZANFeatures",
        "_hpss.HPSS",
        "_mel.MelSpectrogram",
        "_mfcc.MFCC",
        "_mfcc_segmenter.MFCCSegmenter",
        "_modulation_spectrum.ModulationSpectrum",
        "_pooling.FramePooling",
        "_segmenter.Segmenter",
        "_stack.FeatureStack",
        "_tempo.Tempo",
        "_tempogram.Tempogram",
        "_tonnetz.Tonnetz",
    ),
    "skgenre.nn": (
        "_augmentation.Augmentation",
        "_losses.DoubleSoftmaxLoss",
    ),
    "skgenre.systems": ("_shapes.segments_to_frames",),
}
RENAMES: dict[str, str] = {
    f"{package}.{path}": f"{package}.{path.rpartition('.')[2]}"
    for package, paths in _DEFINED_IN.items()
    for path in paths
}


def present_name(module: str, name: str) -> str:
    """Return the current full name of a class or function of a file.

    Parameters
    ----------
    module, name : str
        As in the file; names of other packages, or of no class, are joined unchanged.
    """
    full = f"{module}.{name}"
    return RENAMES.get(full, full)
