"""Builder of ONNX graphs."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx

OPSET = 20
_IR_VERSION = 10


class Graph:
    """Nodes and constants of a graph. Values are referred to by name.

    An input of an operation is a name, or a number or an array, which becomes a constant.
    """

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._count = 0

    def op(self, kind: str, *inputs: Any, **attributes: Any) -> str:
        """Add an operation and return the name of its first output."""
        from onnx import helper

        output = self._new_name(kind)
        names = [self._name_of(value) for value in inputs]
        self._nodes.append(helper.make_node(kind, names, [output], name=output, **attributes))
        return output

    def constant(self, value: Any) -> str:
        """Add a constant; whole numbers are int64, and a number has no axis."""
        from onnx import numpy_helper

        array = np.asarray(value)
        if array.dtype.kind in "iu":
            array = array.astype(np.int64)
        name = self._new_name("constant")
        self._constants[name] = numpy_helper.from_array(np.array(array, order="C"), name)
        return name

    def cast(self, value: str, dtype: Any) -> str:
        """Convert to a NumPy dtype."""
        from onnx import helper

        return self.op("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def size(self, value: str, axis: int) -> str:
        """Return the length of an axis as an array of one number."""
        return self.op("Shape", value, start=axis, end=axis + 1)

    def reshape(self, value: str, *sizes: Any) -> str:
        """Reshape; a size is a number or the name of an array of one."""
        parts = [size if isinstance(size, str) else np.array([size]) for size in sizes]
        return self.op("Reshape", value, self.op("Concat", *parts, axis=0))

    def slice(self, value: str, end: Any, axis: int) -> str:
        """Keep the part before `end`."""
        stop = end if isinstance(end, str) else np.array([end])
        return self.op("Slice", value, np.array([0]), stop, np.array([axis]))

    def pad_end(self, value: str, amount: Any) -> str:
        """Append zeros to (n, n_samples)."""
        after = amount if isinstance(amount, str) else np.array([amount])
        return self.op("Pad", value, self.op("Concat", np.zeros(3, np.int64), after, axis=0))

    def add_model(self, model: "onnx.ModelProto", inputs: dict[str, str], output: str) -> str:
        """Insert another model's graph, and return the new name of its output."""
        from onnx import compose, inliner

        if model.functions:
            model = inliner.inline_local_functions(model)
        prefix = self._new_name("part") + "/"
        # The input gets the name of the value, so that no node is needed in between.
        graph = compose.add_prefix(model, prefix).graph
        names = {prefix + name: given for name, given in inputs.items()}
        for node in graph.node:
            node.input[:] = [names.get(name, name) for name in node.input]
            self._nodes.append(node)
        self._constants |= {tensor.name: tensor for tensor in graph.initializer}
        return prefix + output

    def to_model(
        self, input_name: str, input_shape: list[Any], output: str, name: str, shape: list[Any]
    ) -> "onnx.ModelProto":
        """Return the graph as a model.

        Parameters
        ----------
        input_name : str
            Name of the float32 input in the graph.
        input_shape : list of int or str
            Its sizes; a free one has a name.
        output : str
            The value that is the result, float32.
        name : str
            Name of the result in the model.
        shape : list of int or str
            Its sizes.
        """
        import onnx
        from onnx import TensorProto, helper

        self._nodes.append(helper.make_node("Identity", [output], [name]))
        graph = helper.make_graph(
            self._nodes,
            "skgenre",
            [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            list(self._constants.values()),
        )
        domains = {node.domain for node in self._nodes} - {""}
        model = helper.make_model(
            graph,
            opset_imports=[
                helper.make_opsetid("", OPSET),
                *(helper.make_opsetid(domain, 1) for domain in sorted(domains)),
            ],
            ir_version=_IR_VERSION,
            producer_name="skgenre",
        )
        onnx.checker.check_model(model)
        return model

    def _name_of(self, value: Any) -> str:
        return value if isinstance(value, str) else self.constant(value)

    def _new_name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"
