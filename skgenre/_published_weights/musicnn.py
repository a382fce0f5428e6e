"""Find and read the published weights of musicnn."""

import functools
import glob
import importlib.metadata
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._files import replace_file
from ..exceptions import ModelFormatError
from .digest import digest_of_arrays
from .tf_checkpoint import read_checkpoint

if TYPE_CHECKING:
    from ..nn import Musicnn

PUBLISHED = ("msd", "mtt")
_DISTRIBUTION = "musicnn"
_INSTALL = "pip install --no-deps musicnn"
_SAFETENSORS = ".safetensors"
_LARGEST_FILE = 8_000_000  # bytes; the weights are 3.2 million

# Layers of the network, and their names in the checkpoint, in the order in which it made them.
_NORMS = (
    "input_norm",
    *(f"timbral.{k}.norm" for k in range(2)),
    *(f"temporal.{k}.norm" for k in range(3)),
    *(f"middle.{k}.norm" for k in range(3)),
    "pool_norm",
    "dense_norm",
)
_CONVOLUTIONS = (
    *(f"timbral.{k}.conv" for k in range(2)),
    *(f"temporal.{k}.conv" for k in range(3)),
    *(f"middle.{k}.conv" for k in range(3)),
)
_DENSE = ("dense", "output")
_NORM_PARTS = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


class Weights(NamedTuple):
    """Weights of the network.

    Parameters
    ----------
    arrays : dict of ndarray
        State of :class:`skgenre.nn.Musicnn`, by name.
    digest : str
        Hash of the arrays: the same whatever the file they come from.
    """

    arrays: dict[str, np.ndarray]
    digest: str


def read_weights(weights: str | os.PathLike, caller: str) -> Weights:
    """Read weights; those of a file that did not change only once per process.

    Parameters
    ----------
    weights : "msd", "mtt", str or PathLike
        Weights of the package musicnn, or a path: a checkpoint's prefix or folder, or a file in the
        format safetensors.
    caller : str
        Name of the estimator, for messages.

    Raises
    ------
    ImportError
        If the package musicnn is missing, or safetensors for a file of it.
    FileNotFoundError
        If the path is missing.
    ModelFormatError
        If a file is damaged, or of another network.
    """
    prefix = _find(weights, caller)
    index = Path(prefix if prefix.endswith(_SAFETENSORS) else f"{prefix}.index")
    # The index of other weights of the network may be as long, and written at once with them.
    name = glob.escape(index.name.removesuffix(".index"))
    data = sorted(index.parent.glob(f"{name}.data-*"))
    return _read(prefix, *((s.st_mtime_ns, s.st_size) for s in map(Path.stat, [index, *data])))


@functools.lru_cache(maxsize=4)
def _read(prefix: str, *_states: tuple[int, int]) -> Weights:
    is_own = prefix.endswith(_SAFETENSORS)
    arrays = _read_safetensors(Path(prefix)) if is_own else _read_tensorflow(prefix)
    for name, array in arrays.items():
        if not np.isfinite(array).all() or (name.endswith("running_var") and (array < 0).any()):
            raise ModelFormatError(
                f"{prefix} has weights that no training gives: {name!r} has values that are NaN, "
                f"infinite or negative variances. Copy or download it again."
            )
    return Weights(arrays, digest_of_arrays(arrays))


def _find(weights: str | os.PathLike, caller: str) -> str:
    """Return the path of a file in the format safetensors, or the prefix of a checkpoint."""
    if is_published(weights):
        return _find_published(str(weights), caller)
    path = os.fspath(weights)
    if path.endswith(_SAFETENSORS):
        if Path(path).is_file():
            return path
    elif Path(path).is_dir():
        found = [name for name in sorted(os.listdir(path)) if name.endswith(".index")]  # noqa: PTH208  pathlib drops the dot
        if len(found) == 1:
            return str(Path(path) / found[0]).removesuffix(".index")
    elif Path(f"{path}.index").is_file():
        return path
    raise FileNotFoundError(
        f"The 'weights' parameter of {caller} must be 'msd' or 'mtt', whose files "
        f"'{_INSTALL}' brings, a file that 'skgenre weights musicnn' wrote, or a checkpoint of "
        f"TensorFlow: a folder with one .index, or a path without .index. Got {path!r}, where "
        f"there is none."
    )


def is_published(weights: str | os.PathLike) -> bool:
    """Tell whether weights are those of the package musicnn, by their name."""
    return isinstance(weights, str) and weights in PUBLISHED


def _find_published(name: str, caller: str) -> str:
    inside = f"musicnn/{name.upper()}_musicnn/.index"
    try:
        distribution = importlib.metadata.distribution(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise ImportError(
            f"{caller} with weights={name!r} reads the weights of the package musicnn, which is "
            f"not installed: {_INSTALL}. (Its requirements, TensorFlow among them, are not needed.)"
        ) from error
    # Found by its metadata: importing the package would import TensorFlow.
    index = Path(str(distribution.locate_file(inside)))
    if not index.is_file():
        raise FileNotFoundError(
            f"The package musicnn {distribution.version} has no {inside}, which {caller} reads "
            f"with weights={name!r}: {_INSTALL}==0.1.0 installs one that does."
        )
    return str(index).removesuffix(".index")


def _shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of the network's arrays by name, without those that count batches."""
    import torch

    from ..nn import Musicnn

    with torch.device("meta"):
        state = Musicnn().state_dict()
    return {
        name: tuple(tensor.shape)
        for name, tensor in state.items()
        if not name.endswith("num_batches_tracked")
    }


def _read_tensorflow(prefix: str) -> dict[str, np.ndarray]:
    shapes, variables = _shapes(), _variables()
    # TensorFlow's axes are in the reverse order, and its filters have an axis for one channel.
    theirs = {variable: _reverse(shapes[name]) for name, variable in variables.items()}
    arrays = read_checkpoint(prefix, theirs)
    return {
        name: np.ascontiguousarray(arrays[variable].T).reshape(shapes[name])
        for name, variable in variables.items()
    }


def _reverse(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:0:-1], 1, shape[0]) if len(shape) == 3 else shape[::-1]


def _variables() -> dict[str, str]:
    """Map the names of the network's arrays to the variables of a checkpoint."""
    variables = {}
    for number, layer in enumerate(_NORMS):
        for ours, part in _NORM_PARTS.items():
            variables[f"{layer}.{ours}"] = f"{_numbered('batch_normalization', number)}/{part}"
    for kind, layers in (("conv2d", _CONVOLUTIONS), ("dense", _DENSE)):
        for number, layer in enumerate(layers):
            variables[f"{layer}.weight"] = f"{_numbered(kind, number)}/kernel"
            variables[f"{layer}.bias"] = f"{_numbered(kind, number)}/bias"
    return variables


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def _read_safetensors(path: Path) -> dict[str, np.ndarray]:
    numpy_files = import_safetensors(str(path))
    if path.stat().st_size > _LARGEST_FILE:
        raise ModelFormatError(f"{path} is larger than the weights of musicnn are.")
    try:
        found = numpy_files.load(path.read_bytes())
    except Exception as error:  # its errors have no common class with a name
        raise ModelFormatError(
            f"{path} is no file in the format safetensors, or a damaged one ({error})."
        ) from error
    shapes = _shapes()
    for name, shape in shapes.items():
        array = found.get(name)
        if array is None or array.shape != shape or array.dtype != np.float32:
            got = "nothing" if array is None else f"{array.dtype} of the shape {array.shape}"
            raise ModelFormatError(
                f"{path} has other weights than those of musicnn: {name!r} has to be float32 of "
                f"the shape {shape}, got {got}. 'skgenre weights musicnn' writes such a file."
            )
    return {name: found[name] for name in shapes}


def write_safetensors(weights: Weights, path: str | os.PathLike) -> None:
    """Write weights to a file in the format safetensors, complete or not at all."""
    numpy_files = import_safetensors(os.fspath(path))
    replace_file(path, numpy_files.save(weights.arrays))


def import_safetensors(path: str) -> Any:
    """Return the module that reads and writes arrays of a file."""
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            f"{path}: files in this format need safetensors: pip install 'skgenre[pretrained]'."
        ) from error
    return safetensors.numpy


_networks: dict[tuple[str, str], "Musicnn"] = {}
# Clips are computed in threads, and the initial weights draw from torch's only generator.
_making = threading.Lock()


def load_network(weights: str | os.PathLike | None, device: str, caller: str) -> "Musicnn":
    """Return the network, ready for inference; it is shared, and must not be changed.

    None stands for random weights, always the same.
    """
    import torch

    from ..nn import Musicnn

    read = None if weights is None else read_weights(weights, caller)
    key = ("random" if read is None else read.digest, device)
    with _making:
        if key not in _networks:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                network = Musicnn()
            if read is not None:
                tensors = {name: torch.tensor(array) for name, array in read.arrays.items()}
                network.load_state_dict(tensors, strict=False)
            _networks[key] = network.eval().requires_grad_(False).to(device)
        return _networks[key]
