import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skgenre.features import MFCC, FramePooling

tracks = pd.read_csv("tracks.csv")
mfcc = MFCC(n_mfcc=13, duration=2.0, memory="cache/")
pooling = FramePooling(statistics=["mean", "std"])
model = make_pipeline(mfcc, pooling, SVC())
model.fit(tracks["file"], tracks["genre"])
