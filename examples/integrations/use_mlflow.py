"""Log a fitted pipeline with MLflow and load it again as a pyfunc, in a local store.

The model is stored as a pickle, which runs code when it is loaded: load only what you trust. To
exchange files with others, use save_model.
"""

import os
import tempfile
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow
import numpy as np
import pandas as pd
import sklearn
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling

music = make_genre_music(16, genres=["classical", "metal"], duration=2.0, random_state=0)
with tempfile.TemporaryDirectory() as folder:
    paths = []
    for number, clip in enumerate(music.data):
        paths.append(str(Path(folder) / f"{number}.wav"))
        soundfile.write(paths[-1], clip, 22050)
    songs = pd.DataFrame({"path": paths})
    pipeline = make_pipeline(MFCC(), FramePooling(), LogisticRegression(max_iter=1000))
    pipeline.fit(songs, music.target)

    mlflow.set_tracking_uri(Path(folder, "runs").as_uri())
    mlflow.set_experiment("genres")
    with mlflow.start_run() as run:
        mlflow.log_metric("accuracy", pipeline.score(songs, music.target))
        logged = mlflow.sklearn.log_model(
            pipeline,
            name="model",
            serialization_format="cloudpickle",
            # Listed here: to infer them, MLflow starts a process and may use the network.
            pip_requirements=["skgenre"],
        )
    loaded = mlflow.pyfunc.load_model(logged.model_uri)
    predicted = loaded.predict(songs)
    np.testing.assert_array_equal(predicted, pipeline.predict(songs))
    accuracy = mlflow.get_run(run.info.run_id).data.metrics["accuracy"]
print(
    f"mlflow {mlflow.__version__}, scikit-learn {sklearn.__version__}: a column of paths predicted "
    f"by the pyfunc, logged accuracy {accuracy:.2f}"
)
