from ._combine import combine_timeline as combine_timeline
from ._predict import predict_song as predict_song
from ._predict import predict_timeline as predict_timeline
from ._predict_files import predict_files as predict_files

__all__ = ["combine_timeline", "predict_files", "predict_song", "predict_timeline"]
