from ._check_files import check_files as check_files
from ._fault_filtered import fault_filtered_split as fault_filtered_split
from ._folder import load_genre_folder as load_genre_folder
from ._genre_music import make_genre_music as make_genre_music

__all__ = ["check_files", "fault_filtered_split", "load_genre_folder", "make_genre_music"]
