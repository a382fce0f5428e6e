# ruff: noqa
# fmt: off
# %% Load
from skgenre.datasets import (
    check_files, load_genre_folder, load_manifest,
)

music = load_genre_folder("genres/")  # one per genre
music = load_manifest("tracks.csv")  # file, genre, artist
X, y, groups = music.paths, music.target, music.groups
check_files(X)  # damaged, silent and duplicate files

# %% Split: a group is never in both train and test
from sklearn.model_selection import StratifiedGroupKFold
from skgenre.model_selection import (
    StratifiedGroupShuffleSplit, leakage_report,
)

folds = StratifiedGroupKFold(5)  # artists stay together
leakage_report(X, y, groups=groups, cv=folds)

once = StratifiedGroupShuffleSplit(1, test_size=0.25)
train, test = next(once.split(X, y, groups))

# %% Features: one row per clip
from sklearn.pipeline import make_pipeline
from skgenre.features import (
    MFCC, ChromaFeatures, FeatureStack, FramePooling,
    GTZANFeatures, MelSpectrogram, Segmenter,
)
from skgenre.inspection import FeatureMapDisplay

maps = MelSpectrogram(n_mels=64)  # (clips, bands, frames)
maps = FeatureStack([MFCC(), ChromaFeatures()])
table = make_pipeline(MFCC(), FramePooling())  # a table
table = GTZANFeatures()  # a table of 57 named columns
segments = Segmenter(  # (clips, segments, bands, frames)
    MelSpectrogram(n_mels=48), segment_duration=3.0,
)
FeatureMapDisplay.from_estimator(maps, X[0])

# %% Models
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from skgenre.classifiers import (
    CNNClassifier, SegmentVotingClassifier,
    XGBGenreClassifier,
)
from skgenre.systems import list_models, make_system

list_models()  # accuracy, cost and size of each
best = make_system("svm")  # cnn, crnn, fast, xgb, ...
svc = make_pipeline(table, StandardScaler(), SVC())
xgb = make_pipeline(table, XGBGenreClassifier())
cnn = make_pipeline(
    segments,
    SegmentVotingClassifier(CNNClassifier(max_epochs=20)),
)

# %% Your own feature and network
import librosa
from torch import nn
from skgenre.classifiers import TorchClassifier
from skgenre.features import FunctionFeature

def pool_and_add(n_bands, n_frames, n_outputs):
    return nn.Sequential(
        nn.AdaptiveAvgPool1d(4), nn.Flatten(),
        nn.Linear(4 * n_bands, n_outputs),
    )

rms = FunctionFeature(librosa.feature.rms)  # of a waveform
own = make_pipeline(rms, TorchClassifier(pool_and_add))

# %% Compare
from skgenre.model_selection import compare

result = compare(
    {"svc": svc, "xgb": xgb}, X, y, groups=groups, cv=5,
    scoring=["accuracy", "f1_macro"], random_state=0,
    memory="cache/",  # features; a stopped run resumes
)
result.ranking()  # those that don't differ share a rank
result.conclusions()  # tests of all pairs, in words
result.confusion_matrix("svc")
result.always_wrong()  # probable label errors
result.plot()
result.to_html("report.html")  # all of it on one page

# %% Search
from sklearn.model_selection import GridSearchCV

grid = {"svc__C": [0.1, 1, 10]}
tuned = GridSearchCV(svc, grid, cv=StratifiedGroupKFold(3))
nested = compare(
    {"tuned": tuned}, X, y, groups=groups, random_state=0,
)
nested.chosen_parameters  # of each fold
tuned.fit(X, y, groups=groups)

# %% Save
from skgenre.persistence import (
    export_onnx, load_model, model_card, save_model,
)

cnn.fit(X, y)
save_model(cnn, "model.skops")  # no data, no optimizer
model = load_model("model.skops")  # runs no code
print(model_card(model))
export_onnx(cnn, "model.onnx")  # needs no skgenre to run

# %% Predict and serve
from skgenre.demo import serve
from skgenre.inspection import GenreTimelineDisplay
from skgenre.songs import predict_song, predict_timeline

model.predict(["song.flac"])  # a clip as long as in fit
predict_song(model, "song.flac")  # a file of any length
timeline = predict_timeline(model, "song.flac")
GenreTimelineDisplay.from_timeline(timeline)
serve(model)  # a web page, and POST /predict

# %% Command line
# $ skgenre check genres/
# $ skgenre models
# $ skgenre compare tracks.csv --models svm-mfcc,xgb \
#     --group artist --html report.html
# $ skgenre fit genres/ --model cnn --save model.skops
# $ skgenre predict music/ --model model.skops --format csv
# $ skgenre predict song.flac --model model.skops --timeline
# $ skgenre export model.skops model.onnx
# $ skgenre demo --model model.skops
