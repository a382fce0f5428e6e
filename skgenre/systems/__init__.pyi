from ._list import list_systems as list_systems
from ._make import make_system as make_system
from ._make import parameter_grid as parameter_grid
from ._park import segments_to_frames as segments_to_frames

__all__ = ["list_systems", "make_system", "parameter_grid", "segments_to_frames"]
