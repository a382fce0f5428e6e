from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from skgenre.datasets import load_manifest
from skgenre.features import MFCC, FramePooling
from skgenre.model_selection import compare

tracks = load_manifest("tracks.csv")
table = [
    MFCC(duration=6.0),
    FramePooling(statistics=("mean", "std")),
    StandardScaler(),
]
models = {
    "svm": make_pipeline(*table, SVC()),
    "knn": make_pipeline(*table, KNeighborsClassifier()),
}
X, y, artists = tracks.paths, tracks.target, tracks.groups
result = compare(models, X, y, groups=artists, random_state=0)
print(result)
