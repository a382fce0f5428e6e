import pandas as pd

from skgenre.features import MelSpectrogram

tracks = pd.read_csv("tracks.csv")
mel = MelSpectrogram(
    sr=16000,
    n_fft=1024,
    hop_length=256,
    n_mels=64,
    htk=True,
    norm=None,
    pad_mode="reflect",
    duration=2.0,
)
maps = mel.fit_transform(tracks["file"])
