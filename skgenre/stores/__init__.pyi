from ._extract import extract_features as extract_features
from ._extraction import Extraction as Extraction
from ._open import open_features as open_features
from ._stored import FeatureStore as FeatureStore

__all__ = ["Extraction", "FeatureStore", "extract_features", "open_features"]
