"""Every reference system as a file: sizes, seconds, and how far ONNX is from ours."""

import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skgenre.datasets import make_genre_music
from skgenre.persistence import export_onnx, load_model, save_model
from skgenre.systems import list_systems, make_system

# What makes a system small enough for two-second clips, by the last part of a parameter's name.
SMALL = {
    "duration": 2.0,
    "max_epochs": 5,
    "n_estimators": 5,
    "image_size": (32, 32),
    "weights": None,
    "device": "cpu",
    "random_state": 0,
}
IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
import numpy as np
from skgenre.persistence import load_model
X = np.load(Path(sys.argv[1], "X.npy"))
for path in Path(sys.argv[1]).glob("*.skops"):
    model = load_model(path)
    name = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    np.save(path.with_suffix(".npy"), getattr(model, name)(X))
"""


def run() -> None:
    """Print the table."""
    music = make_genre_music(16, genres=["classical", "metal"], duration=2.0, random_state=0)
    X = music.data.copy()
    X[1] *= 1e-3  # quiet
    X[2, : X.shape[1] // 2] *= 1e-4  # quiet, then loud
    X[3] = 0  # silent
    rows, ours = [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "X.npy", X)
        for system in list_systems()["name"]:
            model = _make_small(system).fit(music.data, music.target)
            has_probabilities = hasattr(model, "predict_proba")
            predict = model.predict_proba if has_probabilities else model.decision_function
            ours[system] = predict(X)
            rows.append({"system": system, **_measure(model, X, ours[system], folder / system)})
            print(f"{system} done", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS, name], check=True)
        for row in rows:
            theirs = np.load(folder / f"{row['system']}.npy")
            row["same elsewhere"] = np.array_equal(theirs, ours[row["system"]])
    print(pd.DataFrame(rows).fillna("").to_string(index=False))


def _make_small(name: str) -> Any:
    system = make_system(name)
    for path, value in system.get_params().items():
        parameter = path.rpartition("__")[2]
        if parameter in SMALL and (value is not None or parameter == "random_state"):
            system.set_params(**{path: SMALL[parameter]})
    return system


def _measure(model: Any, X: np.ndarray, ours: np.ndarray, path: Path) -> dict[str, Any]:
    skops, onnx = (Path(f"{path}.{suffix}") for suffix in ("skops", "onnx"))
    started = time.perf_counter()
    save_model(model, skops)
    saved = time.perf_counter()
    load_model(skops)
    row = {
        "pickle (kB)": round(len(pickle.dumps(model)) / 1000),
        "file (kB)": round(skops.stat().st_size / 1000),
        "save (s)": round(saved - started, 2),
        "load (s)": round(time.perf_counter() - saved, 2),
    }
    started = time.perf_counter()
    try:
        export_onnx(model, onnx)
    except ValueError as error:
        return {**row, "ONNX": str(error).partition(".")[0].partition(" (")[0]}
    seconds = time.perf_counter() - started
    import onnxruntime

    session = onnxruntime.InferenceSession(onnx)
    name = session.get_inputs()[0].name
    given = X if name == "waveform" else np.asarray(model[0].transform(X), np.float32)
    (theirs,) = session.run(["probabilities"], {name: given})
    return {
        **row,
        "ONNX": name,
        "ONNX (kB)": round(onnx.stat().st_size / 1000),
        "export (s)": round(seconds, 1),
        "difference": f"{np.abs(theirs - ours).max():.0e}",
    }
