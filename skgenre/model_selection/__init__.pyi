from ._compare import compare as compare
from ._comparison import Comparison as Comparison
from ._leakage_gap import leakage_gap as leakage_gap
from ._leakage_gap_result import LeakageGap as LeakageGap

__all__ = ["Comparison", "LeakageGap", "compare", "leakage_gap"]
