import pytest

from skgenre.datasets import make_genre_music
from skgenre.systems import make_system

# What makes a system small enough for two-second clips, by the last part of a parameter's name.
SMALL = {
    "duration": 2.0,
    "max_epochs": 2,
    "n_estimators": 5,
    "image_size": (32, 32),
    "weights": None,
    "width": 0.25,
    "device": "cpu",
    "random_state": 0,
}


@pytest.fixture(scope="session")
def music():
    """Forty clips of two genres, two seconds long."""
    return make_genre_music(40, genres=["classical", "metal"], duration=2.0, random_state=0)


@pytest.fixture(scope="session")
def small_system():
    """Return a function that makes a system for two-second clips."""

    def make(name, *, input_kind="waveform", as_published=False, **changes):
        system = make_system(name, input_kind=input_kind, as_published=as_published)
        values = {**SMALL, **changes}
        for path, value in system.get_params().items():
            parameter = path.rpartition("__")[2]
            is_set = value is not None or parameter == "random_state"
            if parameter in values and is_set:
                system.set_params(**{path: values[parameter]})
        return system

    return make
