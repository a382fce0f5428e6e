"""Run an exported pipeline in onnxruntime: in Python, simplified by onnxsim, and in JavaScript.

The JavaScript part needs Node and the package onnxruntime-web, the build that browsers run; it is
looked up in the folder SKGENRE_NODE_MODULES. If either is missing, it says so.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxsim
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier, SegmentVotingClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MelSpectrogram, Segmenter
from skgenre.persistence import export_onnx

JAVASCRIPT = """
const ort = require(process.argv[2] + "/onnxruntime-web");
const fs = require("fs");
ort.env.wasm.numThreads = 1;
async function main() {
  const [model, samples, shape] = process.argv.slice(3);
  const session = await ort.InferenceSession.create(fs.readFileSync(model));
  const bytes = fs.readFileSync(samples);
  const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const waveform = new ort.Tensor("float32", data, JSON.parse(shape));
  const result = await session.run({ waveform });
  console.log(JSON.stringify(Array.from(result.probabilities.data)));
}
main().catch((error) => { console.error(error); process.exit(1); });
"""

music = make_genre_music(15, genres=["classical", "jazz", "metal"], duration=2.0, random_state=0)
pipeline = make_pipeline(
    Segmenter(MelSpectrogram(n_mels=32, hop_length=1024), segment_duration=1.0),
    SegmentVotingClassifier(CNNClassifier(channels=(8, 8), max_epochs=10, random_state=0)),
)
pipeline.fit(music.data, music.target)
expected = pipeline.predict_proba(music.data)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.onnx"
    export_onnx(pipeline, path)

    def largest_difference(model: str | bytes) -> float:
        session = onnxruntime.InferenceSession(model)
        (probabilities,) = session.run(["probabilities"], {"waveform": music.data})
        return float(np.abs(probabilities - expected).max())

    assert largest_difference(str(path)) < 1e-5
    simplified, is_equal = onnxsim.simplify(onnx.load(path))
    assert is_equal
    assert largest_difference(simplified.SerializeToString()) < 1e-5

    node, modules = shutil.which("node"), os.environ.get("SKGENRE_NODE_MODULES")
    if node and modules:
        Path(folder, "run.cjs").write_text(JAVASCRIPT)
        Path(folder, "samples").write_bytes(music.data.astype("<f4").tobytes())
        result = subprocess.run(
            [node, "run.cjs", modules, "model.onnx", "samples", json.dumps(music.data.shape)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        probabilities = np.reshape(json.loads(result.stdout), expected.shape)
        difference = np.abs(probabilities - expected).max()
        assert difference < 1e-5, difference
        in_javascript = f"in JavaScript {difference:.0e} from ours"
    else:
        in_javascript = "JavaScript skipped: no Node, or SKGENRE_NODE_MODULES is not set"

print(
    f"onnxruntime {onnxruntime.__version__}, onnxsim {onnxsim.__version__}: equal in Python, "
    f"simplified too; {in_javascript}"
)
