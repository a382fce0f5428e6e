"""Ways to train the same network on the same clips, each timed by its epochs."""

import time
from typing import Any

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback

from skgenre.features import MelSpectrogram

N_GENRES = 10
SR = 22050
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Work:
    """A network and its data.

    Parameters
    ----------
    name : str
        What the tables call the network.
    classifier : TorchClassifier
        Ours.
    shape : tuple of int
        Shape of X.
    n_epochs, n_rounds : int
        Epochs that a round times, and rounds.
    """

    def __init__(
        self, name: str, classifier: Any, shape: tuple[int, ...], n_epochs: int, n_rounds: int
    ) -> None:
        self.name = name
        self.classifier = classifier.set_params(device=DEVICE, random_state=0)
        self.shape = shape
        self.n_epochs = n_epochs
        self.n_rounds = n_rounds

    @property
    def size(self) -> str:
        """Shape of X, in words."""
        return " x ".join(map(str, self.shape))

    @property
    def n_run(self) -> int:
        """Epochs to run: where they are short, the first one is not timed."""
        return self.n_epochs + (self.n_epochs > 1)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Return random maps or a table, and random genres."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal(self.shape, dtype=np.float32)
        return X, rng.integers(N_GENRES, size=len(X))

    def maps(self, X: np.ndarray) -> np.ndarray:
        """Return a table as maps, as our classifier makes them."""
        return X if X.ndim == 3 else np.expand_dims(X, self.classifier._table_axis)

    def module_params(self) -> dict[str, Any]:
        """Return the arguments of the module but for its sizes."""
        names = self.classifier._module_parameters
        return {name: getattr(self.classifier, name) for name in names}

    def first_module(self, X: np.ndarray, y: np.ndarray) -> torch.nn.Module:
        """Return a module as our classifier makes it, in the same memory format."""
        few = np.concatenate([np.flatnonzero(y == genre)[:1] for genre in range(N_GENRES)])
        fitted = self.classifier.set_params(callbacks=None, max_epochs=1).fit(X[few], y[few])
        return fitted.net_.module_


class _Clock(Callback):
    """Note when each epoch begins, and when training is over."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        self.times.append(now())

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        self.times.append(now())


def clock() -> str:
    """Return which time is measured: "process" with one thread of a CPU, else "wall"."""
    return "process" if DEVICE == "cpu" and torch.get_num_threads() == 1 else "wall"


def now() -> float:
    """Return the time in seconds, when the GPU is done.

    With one thread of a CPU it is the process's own time, which other processes don't lengthen.
    """
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    if clock() == "process":
        return time.process_time()
    return time.perf_counter()


def _rate(work: Work, times: list[float]) -> float:
    return work.shape[0] * work.n_epochs / (times[-1] - times[-1 - work.n_epochs])


def train_ours(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    """Return the clips a second of our classifier."""
    clock = _Clock()
    work.classifier.set_params(callbacks=[clock], max_epochs=work.n_run).fit(X, y)
    return _rate(work, clock.times)


def train_bare(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    """Return the clips a second of a PyTorch loop over a tensor in memory, the limit."""
    module = work.first_module(X, y).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3, fused=True)
    maps = torch.from_numpy(work.maps(X)).to(DEVICE)
    genres = torch.from_numpy(y).to(DEVICE)
    times = [now()]
    for _ in range(work.n_run):
        order = torch.randperm(len(maps), device=DEVICE)
        for rows in order.split(work.classifier.batch_size):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(module(maps[rows]), genres[rows])
            loss.backward()
            optimizer.step()
        times.append(now())
    return _rate(work, times)


def train_with_skorch(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    """Return the clips a second of skorch as it comes."""
    maps = work.maps(X)
    clock = _Clock()
    NeuralNetClassifier(
        work.classifier._module_class(),
        **{f"module__{name}": value for name, value in work.module_params().items()},
        module__n_bands=maps.shape[1],
        module__n_frames=maps.shape[2],
        module__n_outputs=N_GENRES,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=work.classifier.batch_size,
        max_epochs=work.n_run,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        device=DEVICE,
        callbacks=[clock],
    ).fit(maps, y)
    return _rate(work, clock.times)


class _PerItem(torch.utils.data.Dataset):
    """Computes the features of a clip when the clip is asked for."""

    def __init__(self, work: Work, y: np.ndarray) -> None:
        self.y = y
        self.is_table = len(work.shape) == 2
        n_bands, n_frames = (work.shape[1] // 2, 130) if self.is_table else work.shape[1:]
        self.mel = MelSpectrogram(sr=SR, n_mels=n_bands)
        n_samples = (n_frames - 1) * 512
        self.clips = np.random.default_rng(0).uniform(-0.5, 0.5, (16, n_samples))
        self.clips = self.clips.astype(np.float32)

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        clip = row % len(self.clips)
        maps = self.mel.fit_transform(self.clips[clip : clip + 1])[0]
        if self.is_table:
            maps = np.concatenate([maps.mean(1), maps.std(1)])
        return torch.from_numpy(maps), int(self.y[row])


def train_per_item(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    """Return the clips a second of a DataLoader that computes the features of each item."""
    module = work.first_module(X, y).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    size = work.classifier.batch_size
    # A part of an epoch: it is slow, and no part differs from another.
    n_clips = min(2 * size, len(y))
    loader = torch.utils.data.DataLoader(_PerItem(work, y[:n_clips]), size, shuffle=True)
    start = now()
    for maps, genres in loader:
        optimizer.zero_grad()
        logits = module(maps.reshape(len(maps), *work.maps(X[:1]).shape[1:]).to(DEVICE))
        torch.nn.functional.cross_entropy(logits, genres.to(DEVICE)).backward()
        optimizer.step()
    return n_clips / (now() - start)


def fit_and_predict_ours(work: Work, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Fit our classifier one epoch, and predict."""
    return work.classifier.set_params(callbacks=None, max_epochs=1).fit(X, y).predict_proba(X)


def fit_and_predict_bare(work: Work, X: np.ndarray, y: np.ndarray) -> torch.Tensor:
    """Make a module, train it one epoch, and predict."""
    maps = torch.from_numpy(work.maps(X)).to(DEVICE)
    genres = torch.from_numpy(y).to(DEVICE)
    module = work.classifier._module_class()(
        maps.shape[1], maps.shape[2], N_GENRES, **work.module_params()
    ).to(DEVICE)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    for rows in torch.randperm(len(maps), device=DEVICE).split(work.classifier.batch_size):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(maps[rows]), genres[rows]).backward()
        optimizer.step()
    with torch.inference_mode():
        return module.eval()(maps).softmax(1).cpu()
