import librosa
import numpy as np
import pandas as pd
from sklearn.svm import SVC

tracks = pd.read_csv("tracks.csv")
rows = []
for path in tracks["file"]:
    y, sr = librosa.load(path, sr=22050, duration=2.0)
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=13)
    rows.append([*mfcc.mean(axis=1), *mfcc.std(axis=1)])
table = np.array(rows)
model = SVC().fit(table, tracks["genre"])
