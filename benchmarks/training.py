"""What training through skgenre costs, beside a bare PyTorch loop and skorch as it comes."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback

from skgenre.classifiers import CNNClassifier, MLPGenreClassifier
from skgenre.features import MelSpectrogram

N_GENRES = 10
N_CANDIDATES = 20
SR = 22050


class Work:
    """A network and its data.

    Parameters
    ----------
    name : str
        What the tables call it.
    classifier : NetworkClassifier
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

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Return random maps or a table, and random genres."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal(self.shape, dtype=np.float32)
        return X, rng.integers(N_GENRES, size=len(X))

    def fit_ours(self, X: np.ndarray, y: np.ndarray, **params: Any) -> Any:
        """Fit our classifier."""
        return self.classifier.set_params(**params).fit(X, y)


DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

# The quick ones first.
WORKS = (
    Work(
        "tiny MLP, 10000 x 260",
        MLPGenreClassifier(dense=(112,), batch_size=256),
        (10_000, 260),
        10,
        7,
    ),
    Work(
        "small CNN, 1000 x 64 x 130",
        CNNClassifier(channels=(16, 32, 64), dense=(64,)),
        (1000, 64, 130),
        2,
        5,
    ),
    Work("CNN, 639 x 128 x 387", CNNClassifier(), (639, 128, 387), 1, 2),
)


def run() -> None:
    """Print samples a second of four ways to train, and the fixed cost of a fit.

    Each round times all ways one after another, and a ratio is the median over rounds. Random
    numbers are learnt; no data is needed.
    """
    print(f"{DEVICE}, {torch.get_num_threads()} threads, torch {torch.__version__}", end="\n\n")
    print(f"A fit of one epoch and a prediction, median of {N_CANDIDATES} candidates")
    print(pd.DataFrame([_fixed_cost(work) for work in WORKS[:2]]).to_string(index=False))
    print("\nTraining, samples a second")
    for work in WORKS:
        print(pd.Series(_compare(work)).to_string(), end="\n\n", flush=True)


def _compare(work: Work) -> dict[str, str]:
    X, y = work.data()
    ways: dict[str, Callable[..., float]] = {
        "bare loop": _bare,
        "ours": _ours,
        "skorch": _skorch,
        "DataLoader, features per item": _per_item,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(work.n_rounds):
        # Whoever comes first in one round comes later in the next.
        names = [*ways][number % 3 :] + [*ways][: number % 3]
        for name in names:
            rates[name].append(ways[name](work, X, y))
    ours = np.array(rates["ours"])
    found = {name: f"{np.median(rate):.0f}" for name, rate in rates.items()}
    ratios = {
        f"ours / {name}": f"{np.median(ours / rate):.2f}"
        for name, rate in rates.items()
        if name != "ours"
    }
    return {"network": work.name, **found, **ratios}


class _Clock(Callback):
    """Note when each epoch begins, and when training is over."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        self.times.append(_now())

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        self.times.append(_now())


def _now() -> float:
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def _rate(times: list[float], n_clips: int, n_epochs: int) -> float:
    return n_clips * n_epochs / (times[-1] - times[-1 - n_epochs])


def _n_epochs(work: Work) -> int:
    """Return the epochs to run: where they are short, the first one is not timed."""
    return work.n_epochs + (work.n_epochs > 1)


def _ours(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    clock = _Clock()
    work.fit_ours(X, y, callbacks=[clock], max_epochs=_n_epochs(work))
    return _rate(clock.times, len(X), work.n_epochs)


def _new_module(work: Work) -> torch.nn.Module:
    """Return the module as our classifier makes it, in the same memory format."""
    classifier = work.classifier
    X, y = work.data()
    few = np.concatenate([np.flatnonzero(y == genre)[:1] for genre in range(N_GENRES)])
    fitted = classifier.set_params(callbacks=None, max_epochs=1).fit(X[few], y[few])
    return fitted.net_.module_


def _maps(work: Work, X: np.ndarray) -> np.ndarray:
    return X if X.ndim == 3 else np.expand_dims(X, work.classifier._table_axis)


def _bare(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    module = _new_module(work).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3, fused=True)
    maps = torch.from_numpy(_maps(work, X)).to(DEVICE)
    genres = torch.from_numpy(y).to(DEVICE)
    size = work.classifier.batch_size
    times = [_now()]
    for _ in range(_n_epochs(work)):
        order = torch.randperm(len(maps), device=DEVICE)
        for rows in order.split(size):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(module(maps[rows]), genres[rows])
            loss.backward()
            optimizer.step()
        times.append(_now())
    return _rate(times, len(X), work.n_epochs)


def _fit_skorch(work: Work, X: np.ndarray, y: np.ndarray, n_epochs: int) -> list[float]:
    classifier = work.classifier
    maps = _maps(work, X)
    clock = _Clock()
    NeuralNetClassifier(
        classifier._module_class(),
        **{f"module__{name}": getattr(classifier, name) for name in classifier._module_parameters},
        module__n_bands=maps.shape[1],
        module__n_frames=maps.shape[2],
        module__n_outputs=N_GENRES,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=classifier.batch_size,
        max_epochs=n_epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        device=DEVICE,
        callbacks=[clock],
    ).fit(maps, y)
    return clock.times


def _skorch(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    return _rate(_fit_skorch(work, X, y, _n_epochs(work)), len(X), work.n_epochs)


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
            maps = np.concatenate([maps.mean(1), maps.std(1)])[np.newaxis]
        return torch.from_numpy(maps), int(self.y[row])


def _per_item(work: Work, X: np.ndarray, y: np.ndarray) -> float:
    module = _new_module(work).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    size = work.classifier.batch_size
    # A part of an epoch: it is slow, and no part differs from another.
    n_clips = min(2 * size, len(y))
    loader = torch.utils.data.DataLoader(_PerItem(work, y[:n_clips]), size, shuffle=True)
    start = _now()
    for maps, genres in loader:
        optimizer.zero_grad()
        maps = maps.reshape(len(maps), *_maps(work, X[:1]).shape[1:])
        logits = module(maps.to(DEVICE))
        loss = torch.nn.functional.cross_entropy(logits, genres.to(DEVICE))
        loss.backward()
        optimizer.step()
    return n_clips / (_now() - start)


def _fixed_cost(work: Work) -> dict[str, str]:
    """Time fits and predictions of small candidates, as a search makes them."""
    X, y = work.data()
    X, y = X[:60], y[:60]
    ours, bare = [], []
    for _ in range(N_CANDIDATES):
        start = _now()
        work.fit_ours(X, y, callbacks=None, max_epochs=1).predict_proba(X)
        ours.append(_now() - start)
        start = _now()
        _fit_bare(work, X, y)
        bare.append(_now() - start)
    cost = np.median(np.array(ours) - np.array(bare))
    return {
        "network": f"{work.name.split(',')[0]}, 60 clips",
        "bare loop (ms)": f"{1000 * np.median(bare):.1f}",
        "ours (ms)": f"{1000 * np.median(ours):.1f}",
        "fixed cost (ms)": f"{1000 * cost:.1f}",
    }


def _fit_bare(work: Work, X: np.ndarray, y: np.ndarray) -> torch.Tensor:
    """Make a module, train it one epoch, and predict."""
    maps = torch.from_numpy(_maps(work, X)).to(DEVICE)
    classifier = work.classifier
    module = classifier._module_class()(
        n_bands=maps.shape[1],
        n_frames=maps.shape[2],
        n_outputs=N_GENRES,
        **{name: getattr(classifier, name) for name in classifier._module_parameters},
    ).to(DEVICE)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    genres = torch.from_numpy(y).to(DEVICE)
    for rows in torch.randperm(len(maps), device=DEVICE).split(classifier.batch_size):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(maps[rows]), genres[rows]).backward()
        optimizer.step()
    with torch.inference_mode():
        return module.eval()(maps).softmax(1).cpu()
