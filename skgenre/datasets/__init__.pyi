from ._check_files import check_files as check_files
from ._fault_filtered import fault_filtered_split as fault_filtered_split
from ._features_csv import load_features_csv as load_features_csv
from ._fetch import fetch_fma_metadata as fetch_fma_metadata
from ._fma import load_fma as load_fma
from ._folder import load_genre_folder as load_genre_folder
from ._genre_matrix import genre_matrix as genre_matrix
from ._gtzan import load_gtzan as load_gtzan
from ._magnatagatune import load_magnatagatune as load_magnatagatune
from ._manifest import load_manifest as load_manifest
from ._mtg_jamendo import load_mtg_jamendo as load_mtg_jamendo
from ._synthetic.genre_music import make_genre_music as make_genre_music

__all__ = [
    "check_files",
    "fault_filtered_split",
    "fetch_fma_metadata",
    "genre_matrix",
    "load_features_csv",
    "load_fma",
    "load_genre_folder",
    "load_gtzan",
    "load_magnatagatune",
    "load_manifest",
    "load_mtg_jamendo",
    "make_genre_music",
]
