import pandas as pd
from sklearn.pipeline import make_pipeline

from skgenre.features import MFCC, FramePooling

tracks = pd.read_csv("tracks.csv")
pooling = FramePooling(statistics=["mean", "std"])
feature = make_pipeline(MFCC(n_mfcc=13), pooling)
table = feature.fit_transform(tracks["file"])
