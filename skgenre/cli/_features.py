"""``skgenre features``: features of files, as arrays in one file."""

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._console import has_viewer, print_table
from ._options import Memory
from ._output import prepare_output

if TYPE_CHECKING:
    from ..features import AudioTransformer

EXAMPLES = """Examples:

skgenre features genres/*/*.wav --kind mel --duration 30 --out mel.npz

In Python: numpy.load("mel.npz") holds X (files x bands x frames) and paths.
"""


class Kind(enum.StrEnum):
    """Which features are computed."""

    mel = "mel"
    mfcc = "mfcc"
    chroma = "chroma"


def features(
    files: Annotated[
        list[Path], typer.Argument(help="Sound files.", metavar="FILES", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="The .npz file to write.", show_default=False)],
    kind: Annotated[
        Kind,
        typer.Option(
            help="mel: 128 bands in dB; mfcc: 20 coefficients; chroma: 12 pitch classes.",
            case_sensitive=False,
        ),
    ] = Kind.mel,
    sr: Annotated[int, typer.Option(min=1, help="Sampling rate in Hz; files are resampled.")] = (
        22050
    ),
    duration: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Seconds of each file: longer ones are cut, shorter ones padded. Needed when "
            "the files differ in length.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Threads; -1 takes all cores.")] = 1,
    memory: Memory = None,
) -> None:
    """Compute the features of sound files and write them to one NumPy file."""
    if out.suffix != ".npz":
        raise typer.BadParameter(
            f"the file's name must end in .npz, got {out}.", param_hint="--out"
        )
    import numpy as np

    prepare_output(out)
    paths = [str(file) for file in files]
    X = _transformer(kind, sr, duration, jobs, memory).fit_transform(paths)
    np.savez_compressed(out, X=X, paths=np.array(paths), sr=sr)
    print_table(
        ("kind", "files", "bands", "frames", "size (kB)", "file"),
        [(kind.value, *map(str, X.shape), f"{out.stat().st_size / 1000:.0f}", str(out))],
    )


def _transformer(
    kind: Kind, sr: int, duration: float | None, jobs: int, memory: Path | None
) -> "AudioTransformer":
    from ..features import MFCC, ChromaFeatures, MelSpectrogram

    transformer_class = {
        Kind.mel: MelSpectrogram,
        Kind.mfcc: MFCC,
        Kind.chroma: ChromaFeatures,
    }[kind]
    return transformer_class(
        sr=sr, duration=duration, n_jobs=jobs, memory=memory, verbose=int(has_viewer())
    )
