"""Export a fitted model for onnxruntime."""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..._files import replace_file
from ..._genre_hierarchy import ancestors_of
from ..._pipelines import (
    describe_task,
    genres_of_model,
    members_of,
    open_search,
    outermost_parts,
    steps_of,
    takes_several_genres,
)
from ..._public import public
from .._contract import input_contract_of
from .._safe.json_text import to_json
from .graph import Graph

if TYPE_CHECKING:
    import onnx

_NETWORK_NEEDS = ("onnx", "onnxscript")
_TABLE_NEEDS = ("onnx", "skl2onnx", "onnxmltools")


@public
def export_onnx(model: Any, path: str | os.PathLike) -> None:
    """Export a fitted model as one ONNX file: waveforms in, probabilities out.

    The file runs wherever onnxruntime does, without skgenre, PyTorch or librosa.

    Parameters
    ----------
    model : Pipeline, classifier or search
        A fitted model. For a search, ``best_estimator_`` is exported. A network may follow
        :class:`~skgenre.features.MelSpectrogram`, :class:`~skgenre.features.MFCC` or
        :class:`~skgenre.features.ChromaFeatures` with a fixed tuning, stacked, in segments that
        vote, or pooled. XGBoost and scikit-learn's classifiers are exported with a table as input:
        the feature steps before it are left out.
        Of classifiers of several genres per clip, networks and XGBoost can be exported.
    path : str or PathLike
        The file, by convention ``….onnx``.

    Raises
    ------
    NotFittedError
        When the model is not fitted.
    ValueError
        When a step can't be exported; the message names it.
    ImportError
        When the packages of ``skgenre[onnx]`` are missing.

    See Also
    --------
    save_model : Saves the whole model, for use with skgenre.

    Notes
    -----
    A network's input is ``waveform``, float32 of shape (n_clips, n_samples), mono at the sampling
    rate in the metadata: decoding and resampling are left to the program. The number of clips is
    free. So is the number of samples if the model cuts, pads or segments; else it is that of the
    clips in fit, or, after a fit on files, the smallest that gives as many frames. A table's input
    is ``table``, of shape (n_clips, n_features), or (n_clips, n_segments, n_features) if segments
    vote. The output is ``probabilities``, float32 of shape (n_clips, n_classes).

    The metadata are JSON strings: ``labels`` in the order of the probabilities, ``sr`` in Hz,
    ``duration`` in seconds and ``n_samples`` (null if they are free), ``segment_duration`` and
    ``segment_hop`` of segments that vote (null if none do), ``fit_n_samples``, the samples of the
    clips in fit (null if the model doesn't know), ``columns`` of a table, ``thresholds`` of the
    genres if clips may have several (null if they have one), and ``skgenre_version``.

    Spectra are computed in double precision, so that quiet passages match skgenre: probabilities
    differ by at most 1e-5 in the tests of all systems. A colour map is the exception: it rounds to
    256 colours, and a value between two of them may be rounded to the other one.

    References
    ----------
    .. [1] ONNX, "Open Neural Network Exchange", operator set 20.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from skgenre.classifiers import MLPGenreClassifier
    >>> from skgenre.features import MelSpectrogram
    >>> from skgenre.persistence import export_onnx
    >>> X = np.random.default_rng(0).uniform(-1, 1, (4, 22050)).astype(np.float32)
    >>> network = MLPGenreClassifier(dense=(4,), max_epochs=1, random_state=0)
    >>> model = make_pipeline(MelSpectrogram(n_mels=8), network).fit(X, ["a", "b"] * 2)
    >>> import onnxruntime  # doctest: +SKIP
    >>> with tempfile.TemporaryDirectory() as folder:  # doctest: +SKIP
    ...     export_onnx(model, Path(folder) / "model.onnx")
    ...     session = onnxruntime.InferenceSession(Path(folder) / "model.onnx")
    >>> (probabilities,) = session.run(None, {"waveform": X})  # doctest: +SKIP
    >>> float(np.abs(probabilities - model.predict_proba(X)).max()) < 1e-5  # doctest: +SKIP
    True
    """
    model = open_search(model)
    check_is_fitted(model)
    if not hasattr(model, "classes_"):
        raise ValueError(f"export_onnx takes fitted classifiers, got {describe_task(model)}.")
    _refuse_blocks(model)
    steps = steps_of(model, opened=True)
    if _is_network(steps[-1]):
        _check_packages(_NETWORK_NEEDS)
        exported, facts = _export_network(steps)
        facts["fit_n_samples"] = input_contract_of(model).n_samples
    else:
        _check_packages(_TABLE_NEEDS)
        exported, facts = _export_table(steps)
    thresholds = getattr(steps[-1], "thresholds_", None)
    facts["thresholds"] = None if thresholds is None else thresholds.tolist()
    _write(exported, {"labels": genres_of_model(model), **facts}, Path(path))


def _refuse_blocks(model: Any) -> None:
    from ...classifiers import BlockKernelClassifier

    if next(outermost_parts(model, BlockKernelClassifier), None) is not None:
        raise ValueError(
            "export_onnx can't export BlockKernelClassifier: the transformers of its blocks, such "
            "as the matrix logarithm of BandCovariance, can't be translated to ONNX. save_model "
            "saves it. Of skgenre's models, only networks can be exported, such as "
            "make_system('covnet')."
        )


def _inner(classifier: Any) -> tuple[Any, str | None]:
    """Return the fitted classifier, that of the segments if they vote, and the kind of voting."""
    from ...classifiers import HierarchicalGenreClassifier, SegmentVotingClassifier

    if isinstance(classifier, HierarchicalGenreClassifier):
        return _inner(members_of(classifier)[0])
    if isinstance(classifier, SegmentVotingClassifier):
        return members_of(classifier)[0], classifier.voting
    return classifier, None


def _is_network(classifier: Any) -> bool:
    from ...classifiers import TorchClassifier

    return isinstance(_inner(classifier)[0], TorchClassifier)


def _check_packages(names: tuple[str, ...]) -> None:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(f"export_onnx needs {', '.join(missing)}: pip install 'skgenre[onnx]'.")
    if "onnxscript" in names:
        import torch

        if not hasattr(torch.onnx, "ops"):
            raise ImportError(
                f"export_onnx needs PyTorch 2.8 or newer to export a network, this is "
                f"{torch.__version__}."
            )


def _export_network(steps: list[Any]) -> tuple["onnx.ModelProto", dict[str, Any]]:
    """Return a model from waveforms to probabilities, and its metadata."""
    from ...features import AudioTransformer
    from .features import Value, add_step, fitted_length, refuse
    from .network import network_to_onnx

    *transformers, last = steps
    classifier, voting = _inner(last)
    first = steps[0]
    if not isinstance(first, AudioTransformer):
        raise refuse(
            first, " as the first step: a network is exported with its features, from waveforms"
        )
    graph = Graph()
    value = Value("waveform", 2)
    for step in transformers:
        value = add_step(graph, step, value)
    n_bands, n_frames = classifier._input_shape
    # Segments become rows. A table gets the axis that the network requires.
    n_segments = graph.size(value.name, 1) if value.n_axes == 4 else 1
    maps = graph.reshape(value.name, -1, n_bands, n_frames)
    network = network_to_onnx(classifier.net_.module_, n_bands, n_frames)
    logits = graph.cast(graph.add_model(network, {"maps": maps}, "logits"), np.float64)
    is_several = hasattr(classifier, "genres_")
    if is_several:
        is_seen = np.where(classifier._is_seen, 1.0, 0.0)
        found = graph.op("Mul", graph.op("Sigmoid", logits), is_seen)
    else:
        found = graph.op("Softmax", logits, axis=1)
    probabilities = graph.cast(found, np.float32)
    n_classes = len(classifier.classes_)
    if n_classes == 1:  # the network has two outputs all the same
        raise refuse(classifier, " of a single genre")
    if voting == "hard" and is_several:
        probabilities = _name_above(graph, probabilities, classifier.thresholds_)
        voting = "soft"  # the mean of 0 and 1
    if voting is not None:
        probabilities = _vote(graph, probabilities, n_segments, n_classes, voting)
    probabilities = _keep_to_tree(graph, probabilities, last)
    n_samples = fitted_length(first, n_frames) if value.frames_vary else None
    shape = ["n_clips", "n_samples" if n_samples is None else n_samples]
    duration = first.duration if n_samples is None else n_samples / first.sr
    result = ("probabilities", ["n_clips", n_classes])
    return graph.to_model("waveform", shape, probabilities, *result), {
        "sr": first.sr,
        "duration": duration,
        "n_samples": n_samples,
        **_describe_segments(first, voting is not None),
    }


def _describe_segments(first: Any, votes: bool) -> dict[str, float | None]:
    """Return the length of the segments that vote, and of the step from one to the next."""
    if not votes or getattr(first, "n_segments", 0) is not None:
        return {"segment_duration": None, "segment_hop": None}
    return {"segment_duration": first.segment_duration, "segment_hop": first.segment_hop}


def _name_above(graph: Graph, probabilities: str, thresholds: np.ndarray) -> str:
    """Return 1 for each genre above its threshold, else 0."""
    is_above = graph.op("Greater", graph.cast(probabilities, np.float64), thresholds)
    return graph.cast(is_above, np.float32)


def _keep_to_tree(graph: Graph, probabilities: str, classifier: Any) -> str:
    """Raise the probability of each genre to that of the genres below it, if there is a tree."""
    hierarchy = getattr(classifier, "hierarchy_", None)
    if not hierarchy:
        return probabilities
    genres = classifier.genres_.tolist()
    is_above = np.eye(len(genres), dtype=np.float32)
    for row, genre in enumerate(genres):
        is_above[row, [genres.index(found) for found in ancestors_of(hierarchy, genre)]] = 1
    by_genre = graph.op("Unsqueeze", probabilities, np.array([2]))
    below = graph.op("Mul", by_genre, is_above)
    return graph.op("ReduceMax", below, np.array([1]), keepdims=0)


def _vote(graph: Graph, probabilities: str, n_segments: Any, n_classes: int, voting: str) -> str:
    """Add the vote of a clip's segments."""
    if voting == "hard":
        winner = graph.op("ArgMax", probabilities, axis=1, keepdims=0)
        values = np.array([0.0, 1.0], np.float32)
        probabilities = graph.op("OneHot", winner, np.array(n_classes), values)
    by_clip = graph.reshape(probabilities, -1, n_segments, n_classes)
    return graph.op("ReduceMean", by_clip, np.array([1]), keepdims=0)


def _export_table(steps: list[Any]) -> tuple["onnx.ModelProto", dict[str, Any]]:
    """Return a model from a table to probabilities, and its metadata."""
    from .features import refuse
    from .tables import add_classifier_of_genres, add_table_classifier, add_table_step

    *transformers, last = steps
    classifier, voting = _inner(last)
    is_several = takes_several_genres(last)
    n_features = sum(_makes_features(step) for step in transformers)
    before, transformers = transformers[:n_features], transformers[n_features:]
    for step in transformers:
        if _makes_features(step):
            raise refuse(step, " after transformers of tables")
    first = transformers[0] if transformers else classifier
    n_columns = getattr(first, "n_features_in_", None)
    if n_columns is None:
        raise refuse(first)
    graph = Graph()
    table, width = "table", int(n_columns)
    n_segments: Any = 1
    if voting is not None:
        n_segments = graph.size(table, 1)
        table = graph.reshape(table, -1, width)
    for step in transformers:
        table, width = add_table_step(graph, step, table, width)
    if is_several:
        probabilities = add_classifier_of_genres(graph, classifier, table)
    else:
        probabilities = add_table_classifier(graph, classifier, table, width)
    probabilities = graph.cast(probabilities, np.float32)
    n_classes = len(classifier.classes_)
    if voting == "hard" and is_several:
        probabilities = _name_above(graph, probabilities, classifier.thresholds_)
        voting = "soft"  # the mean of 0 and 1
    if voting is not None:
        probabilities = _vote(graph, probabilities, n_segments, n_classes, voting)
    probabilities = _keep_to_tree(graph, probabilities, last)
    axes = ["n_clips", "n_segments"] if voting is not None else ["n_clips"]
    result = ("probabilities", ["n_clips", n_classes])
    exported = graph.to_model("table", [*axes, int(n_columns)], probabilities, *result)
    return exported, {"columns": _columns_of(before)}


def _makes_features(step: Any) -> bool:
    from ... import features

    public = [getattr(features, name) for name in features.__all__]
    return isinstance(step, tuple(kind for kind in public if isinstance(kind, type)))


def _columns_of(features: list[Any]) -> list[str] | None:
    if not features or not hasattr(features[-1], "get_feature_names_out"):
        return None
    return [str(name) for name in features[-1].get_feature_names_out()]


def _write(exported: "onnx.ModelProto", facts: dict[str, Any], path: Path) -> None:
    from ... import __version__

    for name, fact in {**facts, "skgenre_version": __version__}.items():
        entry = exported.metadata_props.add()
        entry.key, entry.value = name, to_json(fact)
    replace_file(path, exported.SerializeToString())
