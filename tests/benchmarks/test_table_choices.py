import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="benchmarks are run from the repository's folder")
pytest.importorskip("pyriemann")

from benchmarks.study.table_choices import choices

FRAME_RATE = 22050 / 1709


@pytest.mark.parametrize("name", choices())
def test_each_choice_learns_maps(name):
    rng = np.random.default_rng(0)
    y = np.array(["blues", "metal"] * 8)
    maps = 10 * rng.normal(size=(16, 40, 40)) - 40
    maps[::2, :20] *= 0.2
    model = choices()[name](FRAME_RATE).fit(maps, y)
    assert (model.predict(maps) == y).all()
