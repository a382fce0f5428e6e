import pandas as pd
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping

from skgenre.features import MelSpectrogram

N_BANDS, N_GENRES = 32, 2  # counted by hand


class Network(torch.nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.convolution = torch.nn.Conv1d(N_BANDS, width, 5)
        self.linear = torch.nn.Linear(width, N_GENRES)

    def forward(self, maps):
        hidden = self.convolution(maps).relu().mean(dim=2)
        return self.linear(hidden)


tracks = pd.read_csv("tracks.csv")
y = LabelEncoder().fit_transform(tracks["genre"])
net = NeuralNetClassifier(
    Network,
    module__width=16,
    criterion=torch.nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=1e-3,
    max_epochs=30,
    batch_size=32,
    callbacks=[EarlyStopping(patience=10, load_best=True)],
    verbose=0,
)
mel = MelSpectrogram(n_mels=N_BANDS, duration=2.0)
model = make_pipeline(mel, net)
model.fit(tracks["file"], y)
losses = net.history[:, "valid_loss"]
