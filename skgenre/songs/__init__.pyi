from ._combine import combine_timeline as combine_timeline
from ._predict import predict_song as predict_song
from ._predict import predict_timeline as predict_timeline

__all__ = ["combine_timeline", "predict_song", "predict_timeline"]
