from ._checks import check_estimator as check_estimator
from ._checks import estimator_checks as estimator_checks
from ._checks import parametrize_with_checks as parametrize_with_checks
from ._classifier_checks import check_device_round_trip as check_device_round_trip
from ._classifier_checks import check_labels_round_trip as check_labels_round_trip
from ._classifier_checks import check_no_segment_leak as check_no_segment_leak
from ._estimator_checks import check_no_side_effects as check_no_side_effects
from ._estimator_checks import check_pickle_round_trip as check_pickle_round_trip
from ._estimator_checks import check_rows_are_clips as check_rows_are_clips
from ._registry import all_estimators as all_estimators
from ._transformer_checks import check_batch_independence as check_batch_independence
from ._transformer_checks import check_input_forms_agree as check_input_forms_agree

__all__ = [
    "all_estimators",
    "check_batch_independence",
    "check_device_round_trip",
    "check_estimator",
    "check_input_forms_agree",
    "check_labels_round_trip",
    "check_no_segment_leak",
    "check_no_side_effects",
    "check_pickle_round_trip",
    "check_rows_are_clips",
    "estimator_checks",
    "parametrize_with_checks",
]
