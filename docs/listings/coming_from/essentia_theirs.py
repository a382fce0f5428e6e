import essentia.standard as es
import numpy as np
import pandas as pd

tracks = pd.read_csv("tracks.csv")
window, spectrum = es.Windowing(type="hann"), es.Spectrum()
mfcc = es.MFCC(inputSize=1025, sampleRate=22050, highFrequencyBound=11025)
rows = []
for path in tracks["file"]:
    audio = es.MonoLoader(filename=path, sampleRate=22050)()
    frames = es.FrameGenerator(audio, frameSize=2048, hopSize=512)
    values = np.array([mfcc(spectrum(window(frame)))[1] for frame in frames])
    rows.append([*values.mean(axis=0), *values.std(axis=0)])
table = np.array(rows)
