"""Small fitted models that together have every kind of part that a model file may hold."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn import (
    calibration,
    cluster,
    compose,
    decomposition,
    discriminant_analysis,
    dummy,
    ensemble,
    feature_selection,
    frozen,
    gaussian_process,
    impute,
    kernel_approximation,
    linear_model,
    model_selection,
    multiclass,
    multioutput,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    random_projection,
    semi_supervised,
    svm,
    tree,
)
from sklearn.gaussian_process import kernels

GENRES = np.array(["blues", "jazz", "pop"])


def make_rows() -> tuple[np.ndarray, np.ndarray]:
    """Return 48 rows of six numbers from 0 to 1, of three genres."""
    rng = np.random.default_rng(0)
    y = np.repeat(GENRES, 16)
    X = rng.normal(size=(48, 6)) + np.searchsorted(GENRES, y)[:, np.newaxis]
    return (X - X.min()) / (X.max() - X.min()), y


def _kernel() -> Any:
    several = kernels.Matern() + kernels.RationalQuadratic() + kernels.DotProduct()
    return kernels.ConstantKernel() * kernels.RBF() + kernels.WhiteKernel() + several


_BAYES = naive_bayes.GaussianNB()
_LOGISTIC = linear_model.LogisticRegression()
_THIRD = {"n_components": 3, "random_state": 0}
_FEW = {"n_estimators": 3, "random_state": 0}
_SEEDED = {"random_state": 0}
_BRUTE = {"algorithm": "brute"}

CLASSIFIERS: dict[str, Any] = {
    "AdaBoostClassifier": lambda: ensemble.AdaBoostClassifier(**_FEW),
    "BaggingClassifier": lambda: ensemble.BaggingClassifier(max_features=3, **_FEW),
    "BernoulliNB": naive_bayes.BernoulliNB,
    "CalibratedClassifierCV": lambda: calibration.CalibratedClassifierCV(_BAYES, cv=2),
    "calibrated isotonic": lambda: calibration.CalibratedClassifierCV(
        _BAYES, method="isotonic", cv=2
    ),
    "DecisionTreeClassifier of several genres": lambda: tree.DecisionTreeClassifier(**_SEEDED),
    "ExtraTreesClassifier of several genres": lambda: ensemble.ExtraTreesClassifier(**_FEW),
    "MultiOutputClassifier of several genres": lambda: multioutput.MultiOutputClassifier(_BAYES),
    "OneVsRestClassifier of several genres": lambda: multiclass.OneVsRestClassifier(_BAYES),
    "RandomForestClassifier of several genres": lambda: ensemble.RandomForestClassifier(**_FEW),
    "CategoricalNB": lambda: pipeline.make_pipeline(
        preprocessing.KBinsDiscretizer(3, encode="ordinal"), naive_bayes.CategoricalNB()
    ),
    "ComplementNB": naive_bayes.ComplementNB,
    "DecisionTreeClassifier": lambda: tree.DecisionTreeClassifier(**_SEEDED),
    "DummyClassifier": dummy.DummyClassifier,
    "ExtraTreeClassifier": lambda: tree.ExtraTreeClassifier(**_SEEDED),
    "ExtraTreesClassifier": lambda: ensemble.ExtraTreesClassifier(**_FEW),
    "FixedThresholdClassifier of two genres": lambda: model_selection.FixedThresholdClassifier(
        _LOGISTIC, threshold=0.4
    ),
    "GaussianNB": naive_bayes.GaussianNB,
    "GaussianProcessClassifier": lambda: gaussian_process.GaussianProcessClassifier(
        _kernel(), optimizer=None
    ),
    "GaussianProcessClassifier, one_vs_one": lambda: gaussian_process.GaussianProcessClassifier(
        multi_class="one_vs_one", optimizer=None
    ),
    "GradientBoostingClassifier": lambda: ensemble.GradientBoostingClassifier(**_FEW),
    "HistGradientBoostingClassifier": lambda: ensemble.HistGradientBoostingClassifier(
        max_iter=2, min_samples_leaf=3
    ),
    "KNeighborsClassifier": lambda: neighbors.KNeighborsClassifier(**_BRUTE),
    "LabelPropagation": semi_supervised.LabelPropagation,
    "LabelSpreading": semi_supervised.LabelSpreading,
    "LinearDiscriminantAnalysis": discriminant_analysis.LinearDiscriminantAnalysis,
    "LinearDiscriminantAnalysis, shrunk": lambda: discriminant_analysis.LinearDiscriminantAnalysis(
        solver="lsqr", shrinkage="auto"
    ),
    "LinearSVC": svm.LinearSVC,
    "LogisticRegression": linear_model.LogisticRegression,
    "LogisticRegressionCV": lambda: linear_model.LogisticRegressionCV(Cs=1, cv=2, max_iter=20),
    "MLPClassifier": lambda: neural_network.MLPClassifier((4,), max_iter=2, **_SEEDED),
    "MLPClassifier, sgd": lambda: neural_network.MLPClassifier(
        (4,), solver="sgd", max_iter=2, **_SEEDED
    ),
    "MultinomialNB": naive_bayes.MultinomialNB,
    "NearestCentroid": neighbors.NearestCentroid,
    "NuSVC": lambda: svm.NuSVC(nu=0.2),
    "OneVsOneClassifier": lambda: multiclass.OneVsOneClassifier(_BAYES),
    "OneVsRestClassifier": lambda: multiclass.OneVsRestClassifier(_BAYES),
    "OutputCodeClassifier": lambda: multiclass.OutputCodeClassifier(_BAYES, **_SEEDED),
    "PassiveAggressiveClassifier": lambda: linear_model.PassiveAggressiveClassifier(**_SEEDED),
    "Perceptron": lambda: linear_model.Perceptron(**_SEEDED),
    "prefitted": lambda: calibration.CalibratedClassifierCV(
        frozen.FrozenEstimator(naive_bayes.GaussianNB().fit(*make_rows()))
    ),
    "QuadraticDiscriminantAnalysis": discriminant_analysis.QuadraticDiscriminantAnalysis,
    "RadiusNeighborsClassifier": lambda: neighbors.RadiusNeighborsClassifier(5.0, **_BRUTE),
    "RandomForestClassifier": lambda: ensemble.RandomForestClassifier(**_FEW),
    "RidgeClassifier": linear_model.RidgeClassifier,
    "RidgeClassifierCV": linear_model.RidgeClassifierCV,
    "SelfTrainingClassifier": lambda: semi_supervised.SelfTrainingClassifier(_BAYES),
    "SGDClassifier": lambda: linear_model.SGDClassifier(**_SEEDED),
    "StackingClassifier": lambda: ensemble.StackingClassifier(
        [("a", _BAYES), ("b", svm.SVC())], cv=2
    ),
    "SVC": svm.SVC,
    "VotingClassifier": lambda: ensemble.VotingClassifier(
        [("a", _LOGISTIC), ("b", _BAYES)], voting="soft", weights=[1, 2]
    ),
    "a search": lambda: model_selection.GridSearchCV(svm.SVC(), {"C": [1.0, 2.0]}, cv=2),
}

# Each before a classifier.
TRANSFORMERS: dict[str, Any] = {
    "AdditiveChi2Sampler": kernel_approximation.AdditiveChi2Sampler,
    "BernoulliRBM": lambda: neural_network.BernoulliRBM(3, n_iter=2, **_SEEDED),
    "Binarizer": lambda: preprocessing.Binarizer(threshold=0.5),
    "ColumnTransformer": lambda: compose.ColumnTransformer(
        [("a", preprocessing.StandardScaler(), [0, 1]), ("b", "drop", [2])],
        remainder="passthrough",
    ),
    "ColumnTransformer by slices and masks": lambda: compose.ColumnTransformer(
        [
            ("a", preprocessing.MinMaxScaler(), slice(0, 3)),
            ("b", "passthrough", np.arange(6) > 4),
        ]
    ),
    "DictionaryLearning": lambda: decomposition.DictionaryLearning(max_iter=2, **_THIRD),
    "FactorAnalysis": lambda: decomposition.FactorAnalysis(2),
    "FastICA": lambda: decomposition.FastICA(**_THIRD),
    "FeatureUnion": lambda: pipeline.make_union(
        preprocessing.StandardScaler(), decomposition.PCA(2), "passthrough"
    ),
    "FunctionTransformer": lambda: preprocessing.FunctionTransformer(np.log1p),
    "GaussianRandomProjection": lambda: random_projection.GaussianRandomProjection(**_THIRD),
    "GenericUnivariateSelect": feature_selection.GenericUnivariateSelect,
    "IncrementalPCA": lambda: decomposition.IncrementalPCA(3),
    "KBinsDiscretizer": lambda: preprocessing.KBinsDiscretizer(3),
    "KBinsDiscretizer, dense": lambda: preprocessing.KBinsDiscretizer(3, encode="onehot-dense"),
    "KernelPCA": lambda: decomposition.KernelPCA(3, kernel="rbf"),
    "KMeans": lambda: cluster.KMeans(3, **_SEEDED),
    "KNNImputer": impute.KNNImputer,
    "LatentDirichletAllocation": lambda: decomposition.LatentDirichletAllocation(**_THIRD),
    "LinearDiscriminantAnalysis": lambda: discriminant_analysis.LinearDiscriminantAnalysis(
        n_components=1
    ),
    "MaxAbsScaler": preprocessing.MaxAbsScaler,
    "MiniBatchDictionaryLearning": lambda: decomposition.MiniBatchDictionaryLearning(
        max_iter=2, **_THIRD
    ),
    "MiniBatchKMeans": lambda: cluster.MiniBatchKMeans(3, **_SEEDED),
    "MiniBatchNMF": lambda: decomposition.MiniBatchNMF(**_THIRD),
    "MiniBatchSparsePCA": lambda: decomposition.MiniBatchSparsePCA(max_iter=2, **_THIRD),
    "MinMaxScaler": preprocessing.MinMaxScaler,
    "NeighborhoodComponentsAnalysis": lambda: neighbors.NeighborhoodComponentsAnalysis(
        max_iter=2, **_THIRD
    ),
    "NMF": lambda: decomposition.NMF(**_THIRD),
    "Normalizer": preprocessing.Normalizer,
    "Nystroem": lambda: kernel_approximation.Nystroem(n_components=4, **_SEEDED),
    "OneHotEncoder": lambda: pipeline.make_pipeline(
        preprocessing.KBinsDiscretizer(3, encode="ordinal"),
        preprocessing.OneHotEncoder(handle_unknown="ignore"),
    ),
    "OneHotEncoder, infrequent": lambda: pipeline.make_pipeline(
        preprocessing.KBinsDiscretizer(4, encode="ordinal"),
        preprocessing.OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=3, drop="if_binary"
        ),
    ),
    "OneHotEncoder, first dropped": lambda: pipeline.make_pipeline(
        preprocessing.KBinsDiscretizer(4, encode="ordinal"),
        preprocessing.OneHotEncoder(drop="first", sparse_output=False),
    ),
    "OrdinalEncoder": lambda: pipeline.make_pipeline(
        preprocessing.KBinsDiscretizer(3, encode="ordinal"),
        preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    ),
    "PCA": lambda: decomposition.PCA(3),
    "PolynomialCountSketch": lambda: kernel_approximation.PolynomialCountSketch(
        n_components=4, **_SEEDED
    ),
    "PolynomialFeatures": preprocessing.PolynomialFeatures,
    "PowerTransformer": preprocessing.PowerTransformer,
    "QuantileTransformer": lambda: preprocessing.QuantileTransformer(n_quantiles=10),
    "RandomTreesEmbedding": lambda: ensemble.RandomTreesEmbedding(max_depth=2, **_FEW),
    "RBFSampler": lambda: kernel_approximation.RBFSampler(n_components=4, **_SEEDED),
    "RFE": lambda: feature_selection.RFE(_LOGISTIC, n_features_to_select=3),
    "RFE by LinearRegression": lambda: feature_selection.RFE(linear_model.LinearRegression()),
    "RFECV": lambda: feature_selection.RFECV(svm.LinearSVC(), step=3, cv=2),
    "RobustScaler": preprocessing.RobustScaler,
    "SelectFdr": lambda: feature_selection.SelectFdr(feature_selection.chi2, alpha=1.0),
    "SelectFpr": lambda: feature_selection.SelectFpr(alpha=1.0),
    "SelectFromModel": lambda: feature_selection.SelectFromModel(svm.LinearSVC()),
    "SelectFwe": lambda: feature_selection.SelectFwe(alpha=1.0),
    "SelectKBest": lambda: feature_selection.SelectKBest(
        feature_selection.mutual_info_classif, k=3
    ),
    "SelectPercentile": lambda: feature_selection.SelectPercentile(percentile=50),
    "SequentialFeatureSelector": lambda: feature_selection.SequentialFeatureSelector(
        _BAYES, n_features_to_select=2, cv=2
    ),
    "SimpleImputer": lambda: impute.SimpleImputer(strategy="median"),
    "SimpleImputer with an indicator": lambda: impute.SimpleImputer(add_indicator=True),
    "SkewedChi2Sampler": lambda: kernel_approximation.SkewedChi2Sampler(n_components=4, **_SEEDED),
    "SparsePCA": lambda: decomposition.SparsePCA(max_iter=2, **_THIRD),
    "StandardScaler": preprocessing.StandardScaler,
    "TargetEncoder": lambda: pipeline.make_pipeline(
        preprocessing.KBinsDiscretizer(3, encode="ordinal"),
        preprocessing.TargetEncoder(cv=2, **_SEEDED),
    ),
    "TruncatedSVD": lambda: decomposition.TruncatedSVD(3),
    "VarianceThreshold": feature_selection.VarianceThreshold,
}

NAMES = (*CLASSIFIERS, *(f"{name}, then a classifier" for name in TRANSFORMERS))


def fit(name: str) -> Any:
    """Fit the model of one of the NAMES."""
    X, y = make_rows()
    if name in CLASSIFIERS:
        model = CLASSIFIERS[name]()
    else:
        transformer = TRANSFORMERS[name.removesuffix(", then a classifier")]()
        classifier = linear_model.LogisticRegression()
        model = pipeline.make_pipeline(transformer, classifier)
    if "of two genres" in name:
        y = np.where(y == "pop", "pop", "other")
    if "of several genres" in name:
        y = (X[:, :3] > np.median(X)).astype(int)
    if "SelfTraining" in name:
        y = np.where(X[:, 0] > np.quantile(X[:, 0], 0.8), -1, np.searchsorted(GENRES, y))
    if "LinearRegression" in name:
        y = np.searchsorted(GENRES, y)
    if "with an indicator" in name:
        X[3, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


def iterate_models() -> Iterator[tuple[str, Any]]:
    """Fit all of them."""
    for name in NAMES:
        yield name, fit(name)
