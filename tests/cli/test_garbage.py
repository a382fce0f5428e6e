import gc

import pytest

from skgenre.cli._predict import _no_garbage_search


def load_damaged_model():
    with _no_garbage_search():
        assert not gc.isenabled()
        raise ValueError("damaged")


@pytest.mark.parametrize("was_enabled", [True, False])
def test_loading_pauses_the_search_for_garbage_even_if_it_fails(was_enabled):
    before = gc.isenabled()
    try:
        (gc.enable if was_enabled else gc.disable)()
        with pytest.raises(ValueError, match="damaged"):
            load_damaged_model()
        assert gc.isenabled() == was_enabled
    finally:
        (gc.enable if before else gc.disable)()
        gc.unfreeze()
