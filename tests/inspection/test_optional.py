"""matplotlib is an extra."""

import sys

import numpy as np
import pandas as pd
import pytest

from skgenre import inspection

DISPLAYS = [name for name in inspection.__all__ if name.endswith("Display")]


@pytest.mark.parametrize("name", DISPLAYS)
def test_without_matplotlib_the_extra_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    display = getattr(inspection, name)
    makers = [maker for maker in vars(display) if maker.startswith("from_")]
    assert makers
    for maker in makers:
        arguments = {
            "from_clip": (np.zeros(100),),
            "from_comparison": (None,),
            "from_labels": ([{"jazz"}, {"rock"}],),
            "from_features": (np.zeros((5, 2)), ["jazz"] * 5),
            "from_predictions": (["jazz", "rock"], [[0.5, 0.5]] * 2),
            "from_timeline": (pd.DataFrame({"start": [0.0], "end": [1.0], "jazz": [1.0]}),),
        }.get(maker, (None, None, None))
        if name in ("GenreTimelineDisplay", "FeatureMapDisplay", "HistoryDisplay"):
            arguments = arguments[: 1 if name == "HistoryDisplay" else 2]
        keywords = {}
        if (name, maker) == ("GenreTimelineDisplay", "from_predictions"):
            arguments, keywords = ([[0.5, 0.5]],), {"classes": ["jazz", "rock"]}
        with pytest.raises(ImportError, match=rf"{name} draws with matplotlib.*skgenre\[plot\]"):
            getattr(display, maker)(*arguments, **keywords)
