"""Public checks for what scikit-learn's own checks can't see.

scikit-learn's ``parametrize_with_checks`` feeds small tables. The checks here know clips: that
one clip does not change another's features, that a file and its samples give the same, that
segments of one clip never stand on both sides of a split, that a pickle is small and predicts the
same in another process. They are for skgenre's estimators and for those that users write.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
