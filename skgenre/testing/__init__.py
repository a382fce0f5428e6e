"""Public checks of properties that scikit-learn's own checks don't cover.

scikit-learn's ``parametrize_with_checks`` uses small tables. The checks here use clips: one clip
does not change another's features, a file and its samples give the same result, segments of one
clip never appear in both train and test, and a pickle is small and predicts the same in another
process. They are for skgenre's estimators and for those that users write.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
