"""
Compare five models
===================

Five models on the same clips and the same folds: kernels on covariances of bands, two networks and
boosted trees, by the names of :func:`~skgenre.systems.make_system`, and nearest neighbours of mean
MFCCs. The result says which differences are significant, what each model costs, and where the best
one is wrong.
"""

# %%
# The clips
# ---------
# Six styles of synthetic music, 96 clips of 10 seconds, two per artist: ``groups``.
import matplotlib.pyplot as plt
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, FramePooling
from skgenre.inspection import GenreConfusionMatrixDisplay
from skgenre.model_selection import compare
from skgenre.systems import list_models, make_system

genres = ["classical", "disco", "hiphop", "jazz", "metal", "reggae"]
music = make_genre_music(96, genres=genres, duration=10.0, random_state=0)

# %%
# The models
# ----------
# Each is a pipeline from waveforms, or files, to genres. ``list_models`` describes those with names,
# with the accuracy of each on real music. The last one is the simplest that there is.
names = ["fast", "covnet", "cnn", "xgb"]
models = {name: make_system(name) for name in names}
models["neighbours"] = make_pipeline(
    MFCC(), FramePooling(statistics="mean"), StandardScaler(), KNeighborsClassifier(5)
)
list_models().set_index("name").loc[names, ["input", "classifier"]]

# %%
# The comparison
# --------------
# The folds are stratified by genre and keep artists together. Features that several models use are
# computed once per clip. ``random_state`` seeds the folds and the networks.
result = compare(
    models,
    music.data,
    music.target,
    groups=music.groups,
    cv=4,
    scoring=["accuracy", "f1_macro"],
    random_state=0,
)
result

# %%
# Means with 95 % intervals, above their folds:
result.plot()
plt.show()

# %%
# Models that do not differ significantly share a rank.
result.ranking()

# %%
# The same for each pair, in words:
print("\n".join(result.conclusions()))

# %%
# Costs
# -----
# Seconds to fit a model on three quarters of the clips, with features from the cache, and the
# accuracy that they buy. The area of a point is the size of the saved model.
summary = result.summary
figure, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
sizes = summary["model_size"] / 1000
ax.scatter(summary["fit_time"], summary["accuracy"], s=20 + sizes / 4, color="C0", alpha=0.7)
for name, row in summary.iterrows():
    ax.annotate(
        f"{name}, {row['model_size'] / 1000:.0f} kB",
        (row["fit_time"], row["accuracy"]),
        xytext=(0, 14),
        textcoords="offset points",
        ha="center",
        fontsize="small",
    )
ax.set_xscale("log", base=2)
ax.xaxis.set_major_formatter("{x:g}")
ax.margins(0.2, 0.25)
ax.set(xlabel="time to fit (s)", ylabel="accuracy")
plt.show()

# %%
# Errors
# ------
# The confusion matrix of the best model has every held-out clip once: rows are true genres.
GenreConfusionMatrixDisplay.from_comparison(result)
plt.show()

# %%
# Precision and recall of each genre:
result.per_genre().loc[genres].round(2)

# %%
# ``result.to_html("report.html")`` writes all of this on one page, and ``result.save("result.zip")``
# keeps it for later runs: see :ref:`sphx_glr_gallery_evaluation_plot_resume.py`.
