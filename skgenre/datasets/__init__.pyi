from ._folder import load_genre_folder as load_genre_folder
from ._genre_music import make_genre_music as make_genre_music

__all__ = ["load_genre_folder", "make_genre_music"]
