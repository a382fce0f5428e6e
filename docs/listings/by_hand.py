import librosa
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def read(path):
    y, sr = librosa.load(path, duration=6.0)
    y = librosa.util.fix_length(y, size=int(6.0 * sr))
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=20)
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])


tracks = pd.read_csv("tracks.csv")
X = np.stack([read(path) for path in tracks["file"]])
models = {
    "svm": make_pipeline(StandardScaler(), SVC()),
    "forest": RandomForestClassifier(random_state=0),
}

folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
right = pd.DataFrame()
for name, model in models.items():
    predicted = cross_val_predict(
        model, X, tracks["genre"], groups=tracks["artist"], cv=folds
    )
    right[name] = predicted == tracks["genre"]
print(right.mean())

# An interval, and a test: artists are drawn and flipped, as their clips are alike.
rng = np.random.default_rng(0)
wins = (right["svm"].astype(int) - right["forest"]).groupby(tracks["artist"]).sum().to_numpy()
draws = rng.choice(wins, (10_000, len(wins))).sum(axis=1) / len(tracks)
flips = rng.choice([-1, 1], (10_000, len(wins))) @ wins
p = (np.abs(flips) >= abs(wins.sum())).mean()
print("difference", np.quantile(draws, [0.025, 0.975]), "p =", p)
