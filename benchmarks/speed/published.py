"""GTZANFeatures beside the collection's published table.

The data folder holds ``<genre>/<genre>.NNNNN.*`` (sound files) somewhere below it, and a
``gtzan_features_30_sec*.csv`` or ``features_30_sec*.csv``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from skgenre.features import GTZANFeatures

from .agreement import FORMATS


def run(data: Path) -> None:
    """Print the median and the largest difference of each column, over its standard deviation."""
    (table,) = data.rglob("*features_30_sec*.csv")
    published = pd.read_csv(table)
    published.index = pd.Index([Path(name).stem for name in published["filename"]])
    paths = {
        path.stem: path
        for path in sorted(data.rglob("*.*"))
        if path.suffix.lower() in FORMATS and path.stem in published.index
    }
    for pad_mode in ("reflect", "constant"):
        features = GTZANFeatures(pad_mode=pad_mode).set_output(transform="pandas")
        ours = features.fit_transform([str(path) for path in paths.values()])
        theirs = published.loc[list(paths), ours.columns]
        spread = published[ours.columns].std()
        differences = np.abs(ours.to_numpy() - theirs.to_numpy()) / spread.to_numpy()
        summary = pd.DataFrame(
            {"median": np.median(differences, axis=0), "largest": differences.max(axis=0)},
            index=ours.columns,
        )
        print(f"\n{len(paths)} clips, pad_mode={pad_mode!r}")
        print(summary.to_string(float_format="{:.1e}".format))
