"""Serve a model in your own application: MODEL=model.skops uvicorn fastapi_endpoint:app.

curl --form file=@song.mp3 http://127.0.0.1:8000/genre
"""

import os
import shutil
import tempfile
from pathlib import Path

from fastapi import FastAPI, HTTPException, UploadFile

from skgenre.exceptions import AudioDecodeError
from skgenre.persistence import load_model

app = FastAPI()
model = load_model(os.environ["MODEL"], device="cpu")


@app.post("/genre")
def genre(file: UploadFile) -> dict[str, float]:
    """Return the probabilities of a sound file."""
    # Our own file name: the uploaded one may be a path. Its extension helps the decoder.
    extension = Path(file.filename or "").suffix
    with tempfile.NamedTemporaryFile(suffix=extension) as copy:
        shutil.copyfileobj(file.file, copy)
        copy.flush()
        try:
            probabilities = model.predict_proba([copy.name])[0]
        except AudioDecodeError as error:
            message = str(error).replace(copy.name, "the file")
            raise HTTPException(422, message) from error
    return dict(zip(model.classes_.tolist(), probabilities.tolist(), strict=True))
