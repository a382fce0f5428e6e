from ._compare.compare import compare as compare
from ._compare.comparison import Comparison as Comparison
from ._fault_filtered_split import FaultFilteredSplit as FaultFilteredSplit
from ._leakage.gap import leakage_gap as leakage_gap
from ._leakage.gap_result import LeakageGap as LeakageGap
from ._leakage.report import leakage_report as leakage_report
from ._leakage.report_result import LeakageReport as LeakageReport
from ._multilabel_stratified_group_kfold import (
    MultilabelStratifiedGroupKFold as MultilabelStratifiedGroupKFold,
)
from ._stratified_group_shuffle_split import (
    StratifiedGroupShuffleSplit as StratifiedGroupShuffleSplit,
)

__all__ = [
    "Comparison",
    "FaultFilteredSplit",
    "LeakageGap",
    "LeakageReport",
    "MultilabelStratifiedGroupKFold",
    "StratifiedGroupShuffleSplit",
    "compare",
    "leakage_gap",
    "leakage_report",
]
