"""Check what an ONNX file contains before a native library reads it.

A network of export_onnx needs no other file and no part of the language that could run forever or
take memory that onnxruntime doesn't count: tensors are inside, and there are neither loops nor
functions nor texts.
"""

from collections.abc import Iterator

from ..._published_weights.protobuf import iterate_fields

# Fields of the messages of ONNX, by number (onnx.proto).
_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_MODEL_TRAINING, _MODEL_FUNCTIONS = 20, 25
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE_TENSOR = 1, 5, 15
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_NAME = 1
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_ATTRIBUTE_SPARSE_TENSOR, _ATTRIBUTE_SPARSE_TENSORS = 22, 23
_TENSOR_TEXTS, _TENSOR_EXTERNAL_DATA, _TENSOR_LOCATION = 6, 13, 14
_KEY, _VALUE = 1, 2

# Operators of others may be in libraries, and those of ai.onnx.ml make texts.
_DOMAINS = (b"", b"ai.onnx")
_TEXT_ATTRIBUTES = (b"value_string", b"value_strings")
# The largest networks have some thousands of nodes with a dozen fields each.
_MOST_FIELDS = 2_000_000


def read_metadata(data: bytes) -> dict[str, str]:
    """Return the metadata of an ONNX file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    return _Reader().read_metadata(memoryview(data))


def check_contents(data: bytes) -> None:
    """Refuse an ONNX file that is not a network, complete in itself.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If the file is damaged, refers to other files, or has loops, functions, texts, sparse
        tensors or operators of other domains than ai.onnx.
    """
    _Reader().check_model(memoryview(data))


class _Reader:
    """Reads one file, up to a number of fields."""

    def __init__(self) -> None:
        self._n_fields = 0

    def read_metadata(self, model: memoryview) -> dict[str, str]:
        metadata: dict[str, str] = {}
        for number, value in self._fields(model):
            if number == _MODEL_METADATA:
                entry = {key: bytes(_message(text)) for key, text in self._fields(_message(value))}
                key, text = (entry.get(part, b"").decode() for part in (_KEY, _VALUE))
                metadata[key] = text
        return metadata

    def check_model(self, model: memoryview) -> None:
        for number, value in self._fields(model):
            if number in (_MODEL_TRAINING, _MODEL_FUNCTIONS):
                raise ValueError("it has functions of its own")
            if number == _MODEL_GRAPH:
                self._check_graph(_message(value))

    def _fields(self, message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        for number, value in iterate_fields(message):
            self._n_fields += 1
            if self._n_fields > _MOST_FIELDS:
                raise ValueError(f"it has more than {_MOST_FIELDS:,} parts")
            yield number, value

    def _check_graph(self, graph: memoryview) -> None:
        for number, value in self._fields(graph):
            if number == _GRAPH_NODE:
                self._check_node(_message(value))
            elif number == _GRAPH_TENSOR:
                self._check_tensor(_message(value))
            elif number == _GRAPH_SPARSE_TENSOR:
                raise ValueError("it has sparse tensors")

    def _check_node(self, node: memoryview) -> None:
        for number, value in self._fields(node):
            if number == _NODE_DOMAIN and bytes(_message(value)) not in _DOMAINS:
                raise ValueError("it has operators of another domain than ai.onnx")
            if number == _NODE_OPERATOR and bytes(_message(value)) == b"StringConcat":
                raise ValueError("it computes texts")
            if number == _NODE_ATTRIBUTE:
                self._check_attribute(_message(value))

    def _check_attribute(self, attribute: memoryview) -> None:
        for number, value in self._fields(attribute):
            if number == _ATTRIBUTE_NAME and bytes(_message(value)) in _TEXT_ATTRIBUTES:
                raise ValueError("it has texts")
            if number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
                raise ValueError("it has loops or branches")
            if number in (_ATTRIBUTE_SPARSE_TENSOR, _ATTRIBUTE_SPARSE_TENSORS):
                raise ValueError("it has sparse tensors")
            if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
                self._check_tensor(_message(value))

    def _check_tensor(self, tensor: memoryview) -> None:
        for number, value in self._fields(tensor):
            if number == _TENSOR_TEXTS:
                raise ValueError("it has texts")
            if number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_LOCATION and value != 0):
                raise ValueError("its numbers are in other files, and export_onnx writes one file")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a part of it is a number, where others have contents")
    return value
