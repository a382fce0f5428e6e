import pandas as pd
import soundfile
import torch
import torchaudio

tracks = pd.read_csv("tracks.csv")
transform = torch.nn.Sequential(
    torchaudio.transforms.MelSpectrogram(
        sample_rate=16000,
        n_fft=1024,
        hop_length=256,
        n_mels=64,
    ),
    torchaudio.transforms.AmplitudeToDB(),
)
maps = []
for path in tracks["file"]:
    samples, rate = soundfile.read(path, dtype="float32")
    waveform = torch.from_numpy(samples)
    waveform = torchaudio.functional.resample(
        waveform,
        rate,
        16000,
    )
    maps.append(transform(waveform[: 2 * 16000]))
maps = torch.stack(maps)
