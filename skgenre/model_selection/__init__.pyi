from ._compare import compare as compare
from ._comparison import Comparison as Comparison

__all__ = ["Comparison", "compare"]
