"""Configurations of every public classifier for the checks."""

from inspect import signature

from sklearn.base import BaseEstimator

# With minibatches a weight of 2 is not the same as a repeated clip.
MINIBATCH_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a weight of 2 and the clip twice make different minibatches"
    )
}

# XGBGenreClassifier() draws 80 % of the clips and columns for each tree.
SUBSAMPLE_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "with subsample=0.8 other clips are drawn for a weight of 2 than for the clip twice"
    )
}


def classifiers_configurations() -> list[BaseEstimator]:
    """Return at least two configurations of every public classifier.

    Networks learn the checks' 300 rows in a few epochs at a high learning rate; thousands of fits
    make the time of the tests.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import Normalizer
    from sklearn.tree import DecisionTreeClassifier

    from ..classifiers import (
        BlockKernelClassifier,
        CNNClassifier,
        CovarianceNetClassifier,
        CRNNClassifier,
        GenreVotingClassifier,
        HierarchicalGenreClassifier,
        LSTMClassifier,
        MLPGenreClassifier,
        ParallelCRNNClassifier,
        SegmentVotingClassifier,
        TorchClassifier,
        TransferCNNClassifier,
        XGBGenreClassifier,
    )
    from ..nn import CNN, MLP, Augmentation

    return [
        BlockKernelClassifier(),
        BlockKernelClassifier(
            [("direction", Normalizer()), ("input", "passthrough")],
            weights={"direction": 0.5},
            standardize=("input",),
            base="svm",
            cv=None,
        ),
        CNNClassifier(
            dims=2, channels=(8,), head="flatten", max_epochs=5, lr=3e-2, schedule="constant"
        ),
        CNNClassifier(
            dims=1,
            channels=(8, 8),
            head="flatten",
            norm="layer",
            dropout=0.0,
            dense=(16,),
            max_epochs=5,
            lr=3e-2,
            device="cpu",
        ),
        CNNClassifier(
            channels=(8,),
            head="flatten",
            max_epochs=10,
            lr=3e-2,
            optimizer="adamw",
            schedule="one_cycle",
            gradient_clip=1.0,
            label_smoothing=0.05,
            ema_decay=0.8,
            augmentation=Augmentation(noise=0.1, mixup=0.1),
        ),
        CovarianceNetClassifier(n_filters=4, channels=(4,), max_epochs=8, lr=3e-2, head_lr=10.0),
        CovarianceNetClassifier(
            n_filters=2,
            channels=(),
            dropout=0.0,
            n_estimators=2,
            max_epochs=8,
            lr=3e-2,
            head_lr=10.0,
        ),
        LSTMClassifier(hidden_size=16, num_layers=1, max_epochs=5, lr=5e-2),
        LSTMClassifier(
            cell="gru", hidden_size=8, bidirectional=True, dense=(), max_epochs=5, lr=5e-2
        ),
        CRNNClassifier(channels=(8,), hidden_size=16, max_epochs=5, lr=3e-2),
        CRNNClassifier(
            dims=2, channels=(4,), kernel_size=3, norm="layer", cell="gru", max_epochs=5, lr=3e-2
        ),
        ParallelCRNNClassifier(
            channels=(4,), hidden_size=8, recurrent_pool=1, dense=(16,), max_epochs=5, lr=3e-2
        ),
        ParallelCRNNClassifier(
            channels=(4, 4),
            pool_size=(1, 2),
            norm="layer",
            cell="lstm",
            hidden_size=8,
            recurrent_pool=1,
            recurrent_head="attention",
            max_epochs=5,
            lr=3e-2,
        ),
        MLPGenreClassifier(dense=(32,), max_epochs=5, lr=3e-2),
        MLPGenreClassifier(dense=(32, 16), norm="batch", dropout=0.0, max_epochs=5, lr=3e-2),
        TorchClassifier(MLP, module_params={"dense": (32,)}, max_epochs=5, lr=3e-2),
        TorchClassifier(
            CNN,
            module_params={"channels": (8,), "dims": 1, "head": "flatten"},
            max_epochs=5,
            lr=3e-2,
            l2=1e-4,
            device="cpu",
        ),
        TransferCNNClassifier(
            weights=None,
            image_size=(32, 32),
            width=0.125,
            head="avg",
            dense=(),
            dropout=0.0,
            max_epochs=5,
            lr=0.3,
        ),
        TransferCNNClassifier(
            weights=None,
            trainable_blocks=5,
            lr_decay=1.0,
            image_size=(32, 32),
            width=0.125,
            dense=(32,),
            max_epochs=20,
            lr=3e-3,
        ),
        # All rows and columns, and few trees: with more, the rounding of a weight may break a tie
        # between two splits, and a repeated clip would grow another tree than a weight of 2.
        XGBGenreClassifier(n_estimators=3, subsample=1.0, colsample_bytree=1.0),
        XGBGenreClassifier(n_estimators=3, max_depth=2, subsample=1.0, colsample_bytree=1.0),
        GenreVotingClassifier(
            [
                ("gini", DecisionTreeClassifier(max_depth=1, random_state=0)),
                (
                    "entropy",
                    DecisionTreeClassifier(criterion="entropy", max_depth=2, random_state=0),
                ),
            ]
        ),
        GenreVotingClassifier(
            [
                ("linear", LogisticRegression()),
                ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
            ],
            weights=[2, 1],
        ),
        HierarchicalGenreClassifier(LogisticRegression()),
        HierarchicalGenreClassifier(
            XGBGenreClassifier(n_estimators=3, subsample=1.0, colsample_bytree=1.0, random_state=0)
        ),
        SegmentVotingClassifier(LogisticRegression()),
        SegmentVotingClassifier(
            XGBGenreClassifier(n_estimators=3, subsample=1.0, random_state=0), voting="hard"
        ),
    ]


def default_classifiers() -> list[BaseEstimator]:
    """Return every public classifier that requires no other one, with its defaults.

    Two are exceptions: ``TransferCNNClassifier()`` needs a file of 528 MB, and checks with its
    images of 216 x 216 pixels take hours. It gets no weights and small images. TorchClassifier
    requires a module.
    """
    from ..classifiers import TorchClassifier, TransferCNNClassifier
    from ..nn import MLP
    from ._registry import all_estimators

    exceptions = {
        "TorchClassifier": TorchClassifier(MLP),
        "TransferCNNClassifier": TransferCNNClassifier(weights=None, image_size=(32, 32)),
    }
    return [
        exceptions.get(name) or estimator()
        for name, estimator in all_estimators()
        if estimator.__module__.startswith("skgenre.classifiers")
        and not {"estimator", "estimators"} & set(signature(estimator).parameters)
    ]


HARD_VOTING_FAILURES = {
    "check_classifiers_multilabel_output_format_predict_proba": "probabilities must not be 0 or 1, "
    "and the share of one vote is"
}


def expected_failures(estimator: BaseEstimator) -> dict[str, str]:
    """Return the checks of scikit-learn that a classifier can't pass, and why."""
    if hasattr(estimator, "max_epochs"):
        return MINIBATCH_FAILURES
    if getattr(estimator, "subsample", 1.0) < 1 or getattr(estimator, "colsample_bytree", 1.0) < 1:
        return SUBSAMPLE_FAILURES
    if getattr(estimator, "voting", None) == "hard":
        return HARD_VOTING_FAILURES
    return {}
