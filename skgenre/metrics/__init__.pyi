from ._by_level import scores_by_level as scores_by_level
from ._calibration import expected_calibration_error as expected_calibration_error
from ._calibration import reliability_frame as reliability_frame
from ._genre_ranking import genre_ranking_frame as genre_ranking_frame
from ._ranking import map_at_k_score as map_at_k_score
from ._ranking import mean_average_precision_score as mean_average_precision_score
from ._report import classification_report_frame as classification_report_frame
from ._scorer import get_genre_scorer as get_genre_scorer
from ._scorer import get_genre_scorer_names as get_genre_scorer_names
from ._scorer import make_genre_scorer as make_genre_scorer
from ._scoring import check_genre_scoring as check_genre_scoring

__all__ = [
    "check_genre_scoring",
    "classification_report_frame",
    "expected_calibration_error",
    "genre_ranking_frame",
    "get_genre_scorer",
    "get_genre_scorer_names",
    "make_genre_scorer",
    "map_at_k_score",
    "mean_average_precision_score",
    "reliability_frame",
    "scores_by_level",
]
