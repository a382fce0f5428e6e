import pandas as pd
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import CNNClassifier
from skgenre.features import MelSpectrogram

tracks = pd.read_csv("tracks.csv")
network = CNNClassifier(
    channels=(16,),
    kernel_size=3,
    pool_size=4,
    dropout=0.2,
    max_epochs=30,
    early_stopping=True,
    validation_fraction=0.1,
    n_iter_no_change=10,
)
mel = MelSpectrogram(n_mels=32, duration=2.0)
model = make_pipeline(mel, network)
model.fit(tracks["file"], tracks["genre"])
history = network.history_
genres = model.predict(tracks["file"])
