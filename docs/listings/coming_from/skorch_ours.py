import pandas as pd
import torch
from sklearn.pipeline import make_pipeline

from skgenre.classifiers import TorchClassifier
from skgenre.features import MelSpectrogram


class Network(torch.nn.Module):
    def __init__(self, n_bands, n_frames, n_outputs, width=16):
        super().__init__()
        self.convolution = torch.nn.Conv1d(n_bands, width, 5)
        self.linear = torch.nn.Linear(width, n_outputs)

    def forward(self, maps):
        hidden = self.convolution(maps).relu().mean(dim=2)
        return self.linear(hidden)


tracks = pd.read_csv("tracks.csv")
net = TorchClassifier(
    Network,
    module_params={"width": 16},
    lr=1e-3,
    max_epochs=30,
    batch_size=32,
    early_stopping=True,
    n_iter_no_change=10,
)
mel = MelSpectrogram(n_mels=32, duration=2.0)
model = make_pipeline(mel, net)
model.fit(tracks["file"], tracks["genre"])
losses = net.history_["valid_loss"]
