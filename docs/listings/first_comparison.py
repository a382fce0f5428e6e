from skgenre.datasets import load_manifest
from skgenre.model_selection import compare
from skgenre.systems import make_system

tracks = load_manifest("tracks.csv")  # file, genre, artist
X, y, artists = tracks.paths, tracks.target, tracks.groups
models = {n: make_system(n) for n in ("svm", "cnn", "xgb")}

result = compare(models, X, y, groups=artists, random_state=0)
print(result)
result.to_html("report.html")
