"""Predict the genres of a folder tree: python folder_to_csv.py model.skops folder/ genres.csv.

A file that can't be read gets a row with its error; the others are predicted.
"""

import sys
from pathlib import Path

import pandas as pd

from skgenre.exceptions import AudioDecodeError
from skgenre.persistence import load_model

EXTENSIONS = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".au"}
BATCH = 16  # files in memory at a time


def predict_files(model, paths) -> pd.DataFrame:
    """Return one row of probabilities per file, or its error."""
    try:
        probabilities = model.predict_proba(paths)
        table = pd.DataFrame(probabilities, columns=model.classes_)
        return table.assign(file=paths, genre=model.classes_[probabilities.argmax(axis=1)])
    except AudioDecodeError as error:
        if len(paths) == 1:
            return pd.DataFrame({"file": paths, "error": [str(error)]})
        # One of them is bad: predict one by one to keep the others.
        return pd.concat([predict_files(model, [path]) for path in paths])


def main(model_path, folder, out):
    """Write the table."""
    model = load_model(model_path, device="cpu")
    files = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in EXTENSIONS)
    paths = [str(path) for path in files]
    batches = [paths[n : n + BATCH] for n in range(0, len(paths), BATCH)]
    table = pd.concat([predict_files(model, batch) for batch in batches], ignore_index=True)
    columns = ["file", "genre", "error", *model.classes_]
    table.reindex(columns=columns).to_csv(out, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
