"""Table of invariants: one row for each kind of object that a model file may contain.

Shapes are written as in ``symbols.py``; conditions that shapes can't express are functions of the
part and its letters, which raise a ValueError.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from . import rules_of_ensembles as ensembles
from . import rules_of_estimators as single
from . import rules_of_skgenre as own
from . import rules_of_transformers as transformers
from .symbols import Symbols


class Rule(NamedTuple):
    """Invariants of one class."""

    arrays: str = ""
    check: Callable[[Any, Symbols], None] | None = None
    # Some have no fitted attributes, or are dangerous without them.
    is_always: bool = False
    # Checked before the arrays: cases that are refused whatever the arrays.
    first: Callable[[Any], None] | None = None


_PLAIN = Rule()
_FOREST = Rule("", ensembles.check_forest)
_TREE = Rule("", ensembles.check_tree)
_TREE_OF_NUMBERS = Rule("n_outputs_: n 1", ensembles.check_tree)
_SVC = Rule(
    """support_: i S; support_vectors_: f S F; _n_support: i C; _dual_coef_: f R S
    dual_coef_: f R S; _intercept_: f P; intercept_: f P; _probA: f Q; _probB: f Q; _gamma: x
    ?class_weight_: f C""",
    single.check_svc,
    first=single.check_svc_kernel,
)
_SELECTOR = Rule("scores_: f~ F; ?pvalues_: f~ F")
_BAYES = "feature_log_prob_: f C F; class_log_prior_: f C; ?feature_count_: f C F"
_SCALER = "scale_: f F"

_SKLEARN = {
    "calibration.CalibratedClassifierCV": Rule("", ensembles.check_calibrated),
    "calibration._CalibratedClassifier": Rule("", ensembles.check_calibrated_one),
    "calibration._SigmoidCalibration": Rule("a_: x; b_: x"),
    "cluster._kmeans.KMeans": Rule("cluster_centers_: f A F; _n_threads: n"),
    "cluster._kmeans.MiniBatchKMeans": Rule("cluster_centers_: f A F; _n_threads: n"),
    "compose._column_transformer.ColumnTransformer": Rule("", single.check_columns),
    **{
        f"decomposition._dict_learning.{name}": Rule(
            "components_: f A F", transformers.check_factors
        )
        for name in ("DictionaryLearning", "MiniBatchDictionaryLearning")
    },
    "decomposition._factor_analysis.FactorAnalysis": Rule(
        "components_: f A F; mean_: f F; noise_variance_: f F"
    ),
    "decomposition._fastica.FastICA": Rule("components_: f A F; ?mean_: f F; ?whitening_: f A F"),
    "decomposition._incremental_pca.IncrementalPCA": Rule(
        "components_: f A F; mean_: f F; explained_variance_: f A; n_components_: n A"
    ),
    "decomposition._kernel_pca.KernelPCA": Rule(
        "X_fit_: f N F; eigenvectors_: f N A; eigenvalues_: f A; gamma_: x",
        transformers.check_kernel_pca,
    ),
    "decomposition._lda.LatentDirichletAllocation": Rule(
        "components_: f A F; exp_dirichlet_component_: f A F; doc_topic_prior_: x",
        transformers.check_factors,
    ),
    **{
        f"decomposition._nmf.{name}": Rule(
            # C code takes the width of the solution from _n_components.
            "components_: f A F; _n_components: n A; n_components_: n A",
            transformers.check_factors,
        )
        for name in ("MiniBatchNMF", "NMF")
    },
    "decomposition._pca.PCA": Rule(
        "components_: f A F; mean_: f F; explained_variance_: f A; n_components_: n A"
    ),
    "decomposition._sparse_pca.MiniBatchSparsePCA": Rule("components_: f A F; mean_: f F"),
    "decomposition._sparse_pca.SparsePCA": Rule("components_: f A F; mean_: f F"),
    "decomposition._truncated_svd.TruncatedSVD": Rule("components_: f A F"),
    "discriminant_analysis.LinearDiscriminantAnalysis": Rule(
        "coef_: f K F; intercept_: f K; ?xbar_: f F; ?scalings_: f F A; priors_: f C; "
        "?means_: f C F; ?_max_components: n"
    ),
    "discriminant_analysis.QuadraticDiscriminantAnalysis": Rule(
        "priors_: f C; means_: f C F", single.check_quadratic
    ),
    "dummy.DummyClassifier": Rule("", single.check_dummy),
    "ensemble._bagging.BaggingClassifier": Rule("n_classes_: n C", ensembles.check_bagging),
    "ensemble._forest.ExtraTreesClassifier": _FOREST,
    "ensemble._forest.RandomForestClassifier": _FOREST,
    "ensemble._forest.RandomTreesEmbedding": Rule("n_outputs_: n 1", transformers.check_embedding),
    "ensemble._gb.GradientBoostingClassifier": Rule(
        "n_classes_: n C; estimators_: O E K", ensembles.check_gradient_boosting
    ),
    "ensemble._hist_gradient_boosting.binning._BinMapper": Rule("", ensembles.check_bins),
    "ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier": Rule(
        "_baseline_prediction: f 1 K; n_trees_per_iteration_: n K; _n_features: n F",
        ensembles.check_hist_gradient_boosting,
    ),
    "ensemble._hist_gradient_boosting.predictor.TreePredictor": Rule(
        "", ensembles.check_predictor
    ),
    "ensemble._stacking.StackingClassifier": Rule("", ensembles.check_stacking),
    "ensemble._voting.VotingClassifier": Rule("", ensembles.check_voting),
    "ensemble._weight_boosting.AdaBoostClassifier": Rule(
        "n_classes_: n C; estimator_weights_: f~ E", ensembles.check_ada
    ),
    "feature_selection._from_model.SelectFromModel": Rule("", single.check_inner),
    "feature_selection._rfe.RFE": Rule("support_: b F; ranking_: i F", single.check_inner),
    "feature_selection._rfe.RFECV": Rule("support_: b F; ranking_: i F", single.check_inner),
    "feature_selection._sequential.SequentialFeatureSelector": Rule("support_: b F"),
    "feature_selection._univariate_selection.GenericUnivariateSelect": _SELECTOR,
    "feature_selection._univariate_selection.SelectFdr": _SELECTOR,
    "feature_selection._univariate_selection.SelectFpr": _SELECTOR,
    "feature_selection._univariate_selection.SelectFwe": _SELECTOR,
    "feature_selection._univariate_selection.SelectKBest": _SELECTOR,
    "feature_selection._univariate_selection.SelectPercentile": _SELECTOR,
    "feature_selection._variance_threshold.VarianceThreshold": Rule("variances_: f~ F"),
    "frozen._frozen.FrozenEstimator": Rule("", single.check_frozen, True),
    "gaussian_process._gpc.GaussianProcessClassifier": Rule("n_classes_: n C", single.check_process),  # noqa: E501
    "gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace": Rule(
        "X_train_: f N W; y_train_: i<C N; pi_: f N; W_sr_: f N; L_: f N N; ?f_cached: f N",
        single.check_binary_process,
    ),
    **{
        f"gaussian_process.kernels.{name}": Rule("", single.check_kernel)
        for name in (
            "ConstantKernel", "DotProduct", "Matern", "Product", "RBF", "RationalQuadratic", "Sum",
            "WhiteKernel",
        )
    },
    "impute._base.MissingIndicator": Rule("features_: i<F A"),
    "impute._base.SimpleImputer": Rule("", single.check_imputer),
    "impute._knn.KNNImputer": Rule(
        "_fit_X: f~ N F; _mask_fit_X: b N F; _valid_mask: b F",
        transformers.check_neighbors_imputer,
    ),
    "isotonic.IsotonicRegression": Rule("X_thresholds_: f A; y_thresholds_: f A; X_min_: x; X_max_: x"),  # noqa: E501
    "kernel_approximation.AdditiveChi2Sampler": Rule("", transformers.check_additive, True),
    "kernel_approximation.Nystroem": Rule(
        "components_: f A F; normalization_: f A A; ?component_indices_: i A"
    ),
    "kernel_approximation.PolynomialCountSketch": Rule("", transformers.check_count_sketch),
    "kernel_approximation.RBFSampler": Rule("random_weights_: f F A; random_offset_: f A"),
    "kernel_approximation.SkewedChi2Sampler": Rule("random_weights_: f F A; random_offset_: f A"),
    "linear_model._base.LinearRegression": Rule("coef_: f F; intercept_: x"),
    "linear_model._logistic.LogisticRegression": Rule("coef_: f K F; intercept_: f K; classes_: * C"),  # noqa: E501
    "linear_model._logistic.LogisticRegressionCV": Rule(
        "coef_: f K F; intercept_: f K; classes_: * C"
    ),
    **{
        f"linear_model.{name}": Rule("coef_: f K F; intercept_: f K; classes_: * C")
        for name in (
            "_passive_aggressive.PassiveAggressiveClassifier",
            "_perceptron.Perceptron",
            "_stochastic_gradient.SGDClassifier",
        )
    },
    "linear_model._ridge.RidgeClassifier": Rule("", single.check_ridge),
    "linear_model._ridge.RidgeClassifierCV": Rule("", single.check_ridge),
    "model_selection._classification_threshold.FixedThresholdClassifier": Rule(
        "", single.check_inner
    ),
    "multiclass.OneVsOneClassifier": Rule("classes_: * C", ensembles.check_one_vs_one),
    "multiclass.OneVsRestClassifier": Rule("", ensembles.check_one_vs_rest),
    "multiclass.OutputCodeClassifier": Rule(
        "classes_: * C; code_book_: f C E", ensembles.check_output_code
    ),
    "multiclass._ConstantPredictor": Rule("y_: f 1"),
    "multioutput.MultiOutputClassifier": Rule("", ensembles.check_multi_output),
    "naive_bayes.BernoulliNB": Rule(_BAYES),
    "naive_bayes.CategoricalNB": Rule(
        "class_log_prior_: f C; n_categories_: i F", transformers.check_categorical_bayes
    ),
    "naive_bayes.ComplementNB": Rule(f"{_BAYES}; feature_all_: f F"),
    "naive_bayes.GaussianNB": Rule("theta_: f C F; var_: f C F; class_prior_: f C"),
    "naive_bayes.MultinomialNB": Rule(_BAYES),
    "neighbors._classification.KNeighborsClassifier": Rule(
        "_fit_X: f N F; _y: i<C N; n_samples_fit_: n N", single.check_neighbors
    ),
    "neighbors._classification.RadiusNeighborsClassifier": Rule(
        "_fit_X: f N F; _y: i<C N; n_samples_fit_: n N", single.check_radius
    ),
    "neighbors._nca.NeighborhoodComponentsAnalysis": Rule("components_: f A F"),
    "neighbors._nearest_centroid.NearestCentroid": Rule("centroids_: f C F"),
    "neural_network._multilayer_perceptron.MLPClassifier": Rule("", single.check_perceptron),
    "neural_network._rbm.BernoulliRBM": Rule(
        "components_: f A F; intercept_hidden_: f A; intercept_visible_: f F"
    ),
    "neural_network._stochastic_optimizers.AdamOptimizer": _PLAIN,
    "neural_network._stochastic_optimizers.SGDOptimizer": _PLAIN,
    "pipeline.FeatureUnion": Rule("", single.check_union, True),
    "pipeline.Pipeline": Rule("", single.check_pipeline, True),
    "preprocessing._data.Binarizer": _PLAIN,
    "preprocessing._data.KernelCenterer": Rule("K_fit_rows_: f F; K_fit_all_: x"),
    "preprocessing._data.MaxAbsScaler": Rule(_SCALER),
    "preprocessing._data.MinMaxScaler": Rule("scale_: f F; min_: f F"),
    "preprocessing._data.Normalizer": _PLAIN,
    "preprocessing._data.PowerTransformer": Rule("lambdas_: f F", single.check_power),
    "preprocessing._data.QuantileTransformer": Rule("quantiles_: f A F; references_: f A"),
    "preprocessing._data.RobustScaler": Rule("?scale_: f F; ?center_: f F"),
    "preprocessing._data.StandardScaler": Rule("?scale_: f F; ?mean_: f F; ?var_: f F"),
    "preprocessing._discretization.KBinsDiscretizer": Rule(
        "n_bins_: i F", transformers.check_discretizer
    ),
    "preprocessing._encoders.OneHotEncoder": Rule("", transformers.check_one_hot),
    "preprocessing._encoders.OrdinalEncoder": Rule("", transformers.check_ordinal),
    "preprocessing._function_transformer.FunctionTransformer": Rule("", single.check_function, True),  # noqa: E501
    "preprocessing._label.LabelBinarizer": Rule("classes_: * C; y_type_: s"),
    "preprocessing._label.LabelEncoder": Rule("classes_: * C"),
    "preprocessing._polynomial.PolynomialFeatures": Rule("", single.check_polynomial),
    "preprocessing._target_encoder.TargetEncoder": Rule("", transformers.check_target_encoder),
    "random_projection.GaussianRandomProjection": Rule("components_: f A F"),
    **{
        f"semi_supervised._label_propagation.{name}": Rule(
            "X_: f N F; label_distributions_: f N C", transformers.check_propagation
        )
        for name in ("LabelPropagation", "LabelSpreading")
    },
    "semi_supervised._self_training.SelfTrainingClassifier": Rule("", single.check_inner),
    "svm._classes.LinearSVC": Rule("coef_: f K F; intercept_: f K; classes_: * C"),
    "svm._classes.NuSVC": _SVC,
    "svm._classes.SVC": _SVC,
    "tree._classes.DecisionTreeClassifier": _TREE,
    "tree._classes.DecisionTreeRegressor": _TREE_OF_NUMBERS,
    "tree._classes.ExtraTreeClassifier": _TREE,
    "tree._classes.ExtraTreeRegressor": _TREE_OF_NUMBERS,
    "tree._tree.Tree": _PLAIN,  # checked while it is made
    **{
        f"_loss.{name}": _PLAIN
        for name in (
            "link.HalfLogitLink", "link.IdentityLink", "link.Interval", "link.LogLink",
            "link.LogitLink", "link.MultinomialLogit", "loss.ExponentialLoss",
            "loss.HalfBinomialLoss", "loss.HalfMultinomialLoss",
        )
    },
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{f"sklearn.{name}": rule for name, rule in _SKLEARN.items()},
    **{
        f"skgenre.classifiers.{name}": Rule("", own.check_network, True)
        for name in (
            "CNNClassifier", "CovarianceNetClassifier", "CRNNClassifier", "LSTMClassifier",
            "MLPGenreClassifier", "ParallelCRNNClassifier", "TorchClassifier",
            "TransferCNNClassifier",
        )
    },
    "skgenre.classifiers.BlockKernelClassifier": Rule(
        "dual_coef_: f S P; intercept_: f P; weights_: f B; gammas_: f B; "
        "?temperature_: x; ?slopes_: f P; ?offsets_: f P",
        own.check_block_kernel,
    ),
    "skgenre.classifiers.GenreVotingClassifier": Rule("", own.check_genre_voting),
    "skgenre.classifiers.HierarchicalGenreClassifier": Rule("", own.check_hierarchical),
    "skgenre.classifiers.SegmentVotingClassifier": Rule("", own.check_voting),
    "skgenre.classifiers.XGBGenreClassifier": Rule("", own.check_boosting, True),
    "xgboost.sklearn.XGBClassifier": Rule("", own.check_xgboost, True),
    "xgboost.sklearn.XGBRFClassifier": Rule("", own.check_xgboost, True),
    **{
        f"skgenre.features.{name}": Rule("", own.check_feature, True)
        for name in (
            "BahuleyanFeatures", "ChromaCENS", "ChromaCQT", "ChromaFeatures", "Delta",
            "FMAFeatures", "FeatureStack", "FramePooling", "FrameSegmenter", "GTZANFeatures",
            "HPSS", "MFCC", "MFCCSegmenter", "MFCCStatistics", "MelSpectrogram",
            "ModulationSpectrum", "Segmenter", "SpectralDescriptors", "Tempo", "Tempogram",
            "Tonnetz",
        )
    },
    "skgenre.features.FunctionFeature": Rule("", own.check_function_feature, True),
    "skgenre.features.BandCovariance": Rule(
        "?reference_: f A A; ?reference_mean_: f B", own.check_band_covariance, True
    ),
    "skgenre.features.SegmentPooling": Rule(
        "?n_segments_: n", own.check_segment_pooling, True
    ),
    "skgenre.features.ModuleEmbedding": Rule("", own.check_module_embedding, True),
    "skgenre.features.MusicnnEmbedding": Rule("", own.check_musicnn, True),
    "skgenre.features.TransformersEmbedding": Rule("", own.check_transformers, True),
    "skgenre.nn.Augmentation": _PLAIN,
    "skgenre.nn.DoubleSoftmaxLoss": _PLAIN,
}  # fmt: skip

# Of classes that no file contains, but classes that users trust derive from.
BASE_RULES = {"skgenre.features.AudioTransformer": Rule("", own.check_feature, True)}

# Objects are built only from these. Each has a row in the table, so that nothing is built with
# unchecked numbers.
CLASSES = frozenset(RULES)
