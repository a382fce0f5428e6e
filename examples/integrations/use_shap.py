"""Explain XGBoost's predictions with SHAP: pass `model_`, the XGBoost model, to TreeExplainer."""

import shap
import xgboost

from skgenre.classifiers import XGBGenreClassifier
from skgenre.datasets import make_genre_music
from skgenre.features import GTZANFeatures

genres = ["classical", "jazz", "metal"]
music = make_genre_music(18, genres=genres, duration=2.0, random_state=0)
table = GTZANFeatures().set_output(transform="pandas").fit_transform(music.data)
classifier = XGBGenreClassifier(n_estimators=20, random_state=0).fit(table, music.target)

explanation = shap.TreeExplainer(classifier.model_)(table)
assert explanation.shape == (18, table.shape[1], len(genres))
strength = abs(explanation.values).mean(axis=(0, 2))
strongest = table.columns[strength.argmax()]
assert strength.max() > 0
print(f"shap {shap.__version__}, xgboost {xgboost.__version__}: strongest column {strongest}")
