from ._limits import Limits as Limits
from ._serve import serve as serve

__all__ = ["Limits", "serve"]
