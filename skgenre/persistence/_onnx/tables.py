"""Convert classifiers of tables to ONNX models with skl2onnx and onnxmltools."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import StandardScaler

from .features import add_scaling, refuse
from .graph import OPSET, Graph
from .trees import add_trees_of_genres

if TYPE_CHECKING:
    import onnx


def add_table_step(graph: Graph, step: Any, table: str, n_columns: int) -> tuple[str, int]:
    """Add a transformer of tables; return the name and number of columns of its output."""
    if isinstance(step, StandardScaler):
        return add_scaling(graph, step, table), n_columns
    model = _convert(step, n_columns, {})
    output = graph.add_model(model, {model.graph.input[0].name: table}, model.graph.output[0].name)
    return graph.cast(output, np.float32), _count_columns(step, n_columns)


def add_table_classifier(graph: Graph, classifier: Any, table: str, n_columns: int) -> str:
    """Add a classifier of tables, and return the name of its probabilities."""
    from ...classifiers import XGBGenreClassifier

    if isinstance(classifier, XGBGenreClassifier):
        model = _convert_xgboost(classifier, n_columns)
    elif hasattr(classifier, "predict_proba"):
        model = _convert(classifier, n_columns, {id(classifier): {"zipmap": False}})
    else:
        raise refuse(classifier, ", which has no predict_proba")
    output = model.graph.output[1].name
    return graph.add_model(model, {model.graph.input[0].name: table}, output)


def add_classifier_of_genres(graph: Graph, classifier: Any, table: str) -> str:
    """Add a classifier of tables whose clips may have several genres."""
    from ...classifiers import XGBGenreClassifier

    if not isinstance(classifier, XGBGenreClassifier):
        raise ValueError(
            f"export_onnx can't export {type(classifier).__name__} of several genres per clip, "
            f"whose probabilities have another form: export a network or XGBGenreClassifier, or "
            f"save the model with save_model."
        )
    try:
        logits = add_trees_of_genres(graph, classifier.model_.get_booster(), table)
    except ValueError as error:
        raise refuse(classifier, f" ({error})") from error
    found = graph.op("Sigmoid", logits)
    # A genre without training clips has no trees, and the probability 0.
    to_all = np.eye(len(classifier.genres_))[classifier._is_seen]
    return graph.op("MatMul", found, to_all)


def _count_columns(step: Any, n_columns: int) -> int:
    return int(np.shape(step.transform(np.zeros((1, n_columns), np.float32)))[1])


def _convert(step: Any, n_columns: int, options: dict) -> "onnx.ModelProto":
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    try:
        return convert_sklearn(
            step,
            initial_types=[("table", FloatTensorType([None, n_columns]))],
            options=options,
            target_opset={"": OPSET, "ai.onnx.ml": 1},
        )
    except Exception as error:  # skl2onnx has several kinds for what it does not know
        # Its first sentence says why; advice for developers of converters follows.
        why = str(error).strip().partition("\n")[0].rstrip(".")
        raise refuse(step, f" ({type(error).__name__} of skl2onnx: {why})") from error


def _convert_xgboost(classifier: Any, n_columns: int) -> "onnx.ModelProto":
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    return convert_xgboost(
        classifier.model_,
        initial_types=[("table", FloatTensorType([None, n_columns]))],
        target_opset=15,
    )
