from ._park import segments_to_frames as segments_to_frames
from ._systems import list_models as list_models
from ._systems import list_systems as list_systems
from ._systems import make_system as make_system
from ._systems import parameter_grid as parameter_grid

__all__ = ["list_models", "list_systems", "make_system", "parameter_grid", "segments_to_frames"]
