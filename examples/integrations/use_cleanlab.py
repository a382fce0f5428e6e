"""Find wrong labels with cleanlab, from probabilities of held-out clips."""

import cleanlab
import numpy as np
import sklearn
from cleanlab.filter import find_label_issues
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling

music = make_genre_music(60, genres=["classical", "metal"], duration=2.0, random_state=0)
labels = LabelEncoder().fit_transform(music.target)
wrong = np.array([5, 20, 40])
labels[wrong] = 1 - labels[wrong]

table = make_pipeline(MFCC(), FramePooling()).fit_transform(music.data)
model = make_pipeline(StandardScaler(), LogisticRegression())
probabilities = cross_val_predict(model, table, labels, cv=5, method="predict_proba")
suspicious = find_label_issues(
    labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
)
found = np.intersect1d(suspicious, wrong)
assert len(found) >= 2, (suspicious, wrong)
print(
    f"cleanlab {cleanlab.__version__}, scikit-learn {sklearn.__version__}: "
    f"{len(found)} of {len(wrong)} wrong labels among {len(suspicious)} suspicious clips"
)
