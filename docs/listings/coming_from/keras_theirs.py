import keras
import pandas as pd
from sklearn.preprocessing import LabelEncoder

from skgenre.features import MelSpectrogram

tracks = pd.read_csv("tracks.csv")
# The last tenth is for validation.
tracks = tracks.sample(frac=1, random_state=0)
encoder = LabelEncoder()
y = encoder.fit_transform(tracks["genre"])
mel = MelSpectrogram(n_mels=32, duration=2.0)
maps = mel.fit_transform(tracks["file"]).transpose(0, 2, 1)

normalization = keras.layers.Normalization()
normalization.adapt(maps)
network = keras.Sequential(
    [
        keras.layers.Input(maps.shape[1:]),
        normalization,
        keras.layers.Conv1D(16, 3, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.MaxPooling1D(4),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
network.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
)
stopping = keras.callbacks.EarlyStopping(
    patience=10,
    restore_best_weights=True,
)
history = network.fit(
    maps,
    y,
    epochs=30,
    validation_split=0.1,
    callbacks=[stopping],
    verbose=0,
)
probabilities = network.predict(maps, verbose=0)
genres = encoder.inverse_transform(probabilities.argmax(axis=1))
