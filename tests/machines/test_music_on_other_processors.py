"""The music that skgenre composes, on other processors."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from skgenre.datasets import make_genre_music

MACHINE = Path(__file__).parents[2] / ".ci" / "machine"
MAKE = """
import sys
import numpy as np
from skgenre.datasets import make_genre_music
music = make_genre_music(10, duration=2.0, random_state=0)
np.save(sys.argv[1] + "/clips.npy", music.data)
make_genre_music(10, duration=2.0, random_state=0, to=sys.argv[1])
"""


@pytest.mark.skipif(
    not MACHINE.exists() or not sys.platform.startswith("linux") or os.uname().machine != "x86_64",
    reason="the machines are those of x86-64 under Linux, in a checkout",
)
@pytest.mark.parametrize("machine", ["old", pytest.param("haswell", marks=pytest.mark.slow)])
def test_other_processors_make_the_same_music_up_to_rounding(machine, tmp_path):
    here = make_genre_music(10, duration=2.0, random_state=0)
    subprocess.run(
        [MACHINE, machine, sys.executable, "-c", MAKE, tmp_path], check=True, timeout=600
    )
    there = np.load(tmp_path / "clips.npy")
    np.testing.assert_allclose(there, here.data, rtol=0, atol=1e-6)
    files = sorted(tmp_path.rglob("*.flac"))
    assert [file.parent.name for file in files] == sorted(here.target)
    for file in files:
        clip = here.data[here.target.tolist().index(file.parent.name)]
        assert np.abs(soundfile.read(file)[0] - clip).max() < 1.6 / 32768
