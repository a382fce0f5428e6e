from ._blocks import stream_audio as stream_audio
from ._check import check_clips as check_clips
from ._clips import Clips as Clips
from ._duration import fix_duration as fix_duration
from ._load import load_audio as load_audio

__all__ = ["Clips", "check_clips", "fix_duration", "load_audio", "stream_audio"]
