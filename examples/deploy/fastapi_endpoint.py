"""Serve a model in your own application: MODEL=model.skops uvicorn fastapi_endpoint:app.

curl --form file=@song.mp3 http://127.0.0.1:8000/genre
"""

import io
import os

from fastapi import FastAPI, HTTPException, UploadFile

from skgenre.exceptions import AudioDecodeError
from skgenre.persistence import load_model
from skgenre.songs import predict_song

MAX_BYTES = 50_000_000

app = FastAPI()
model = load_model(os.environ["MODEL"], device="cpu")


@app.post("/genre")
def genre(file: UploadFile) -> dict[str, float]:
    """Return the probabilities of a sound file, the most probable genre first."""
    content = file.file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise HTTPException(413, f"the file: larger than {MAX_BYTES:,} bytes")
    try:
        probabilities = predict_song(model, io.BytesIO(content))
    except AudioDecodeError as error:
        raise HTTPException(422, str(error).replace("<BytesIO>", "the file")) from error
    return {str(name): float(value) for name, value in probabilities.items()}
