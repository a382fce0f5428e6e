"""Audio in: sound files and waveforms, as the feature transformers take them.

:func:`load_audio` decodes one file; :func:`check_clips` reads the `X` of a transformer, whether
paths or waveforms.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
