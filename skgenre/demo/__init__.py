"""Web page that predicts the genre of clips; needs the extra ``skgenre[demo]``."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
