"""Search a pipeline's parameters with Optuna.

Features are cached per clip, so only features that a trial changes are computed again.
"""

import tempfile

import optuna
import sklearn
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import XGBGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling

optuna.logging.set_verbosity(optuna.logging.WARNING)
music = make_genre_music(24, genres=["classical", "jazz", "metal"], duration=2.0, random_state=0)

with tempfile.TemporaryDirectory() as cache:
    pipeline = make_pipeline(
        MFCC(memory=cache), FramePooling(), XGBGenreClassifier(n_estimators=20, random_state=0)
    )

    def objective(trial: optuna.Trial) -> float:
        pipeline.set_params(
            mfcc__n_mfcc=trial.suggest_categorical("n_mfcc", [13, 20]),
            xgbgenreclassifier__max_depth=trial.suggest_int("max_depth", 2, 4),
        )
        return cross_val_score(pipeline, music.data, music.target, cv=3).mean()

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=4)

assert len(study.trials) == 4
assert study.best_value > 0.6, study.best_value
print(
    f"optuna {optuna.__version__}, scikit-learn {sklearn.__version__}: "
    f"accuracy {study.best_value:.2f} with {study.best_params}"
)
