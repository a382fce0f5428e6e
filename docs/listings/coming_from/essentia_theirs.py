import essentia.standard as es
import numpy as np
import pandas as pd

tracks = pd.read_csv("tracks.csv")
window, spectrum = es.Windowing(type="hann"), es.Spectrum()
mfcc = es.MFCC(
    inputSize=1025,
    sampleRate=22050,
    highFrequencyBound=11025,
)
rows = []
for path in tracks["file"]:
    audio = es.MonoLoader(filename=path, sampleRate=22050)()
    frames = es.FrameGenerator(
        audio,
        frameSize=2048,
        hopSize=512,
    )
    spectra = [spectrum(window(frame)) for frame in frames]
    values = np.array([mfcc(power)[1] for power in spectra])
    rows.append([*values.mean(axis=0), *values.std(axis=0)])
table = np.array(rows)
