"""Mel spectrograms and MFCCs: librosa, auvux-dsp and ours in both precisions, in one run."""

import numpy as np

from skgenre.datasets import make_genre_music
from skgenre.features import MFCC, MelSpectrogram

from .._row import Row
from ..features import SR, Implementation, compare, mel_peers, mfcc_peers, missing_peers

SECONDS = (10, 30, 300)
OURS = "skgenre"
SINGLE = "skgenre, single precision"
# Librosa / ours, double precision, by seconds; and MFCC-20.
BEFORE = {10: 3.72, 30: 3.68, 300: 4.89, "MFCC": 3.27}
# auvux-dsp / ours, double precision, before there was another.
BEFORE_AUVUX = {10: 0.76, 30: 0.87, 300: 1.13, "MFCC": 0.80}


def measure(is_quick: bool) -> list[Row]:
    """Return the rows of mel spectrograms of three lengths, and of MFCCs."""
    if "auvux" in missing_peers():
        print("left out, as not installed: auvux")
    clip = make_genre_music(1, genres=["rock"], duration=30.0, random_state=0).data[0]
    rows = []
    mel, mfcc = MelSpectrogram(precision="single"), MFCC(precision="single")
    peers = _in_turns(mel_peers(), lambda y: mel.fit_transform([y])[0])
    for seconds in SECONDS[:2] if is_quick else SECONDS:
        rounds = 3 if is_quick else {10: 31, 30: 21, 300: 5}[seconds]
        y = np.resize(clip, seconds * SR)
        rows += _rows(f"mel-128, {seconds} s", seconds, peers, y, rounds)
    peers = _in_turns(mfcc_peers(), lambda y: mfcc.fit_transform([y])[0])
    rows += _rows("MFCC-20, 30 s", "MFCC", peers, clip, 3 if is_quick else 21)
    return rows


def _in_turns(peers: dict[str, Implementation], single: Implementation) -> dict:
    """Order them so that a peer runs before each of ours: neither finds its data in the cache."""
    chosen = {OURS: peers[OURS], "librosa": peers["librosa"], SINGLE: single}
    last = "auvux-dsp" if "auvux-dsp" in peers else "torch.stft"
    return {**chosen, last: peers[last]} if last in peers else chosen


def _rows(
    job: str, key: int | str, peers: dict[str, Implementation], y: np.ndarray, rounds: int
) -> list[Row]:
    measured = {row["implementation"]: row for row in compare(job, peers, y, rounds)}
    # By themselves: ours is faster after one peer than after another.
    ours = {name: peers[name] for name in (OURS, SINGLE)}
    precisions = {row["implementation"]: row for row in compare(job, ours, y, rounds)}

    def ratio(measured: dict, one: str, other: str, measure: str, **limits: float | None) -> Row:
        ours, peer = measured[other]["cpu_ms"], measured[one]["cpu_ms"]
        return Row(
            job,
            measure,
            peer / ours,
            ours=ours,
            peer=peer,
            unit="CPU ms",
            difference=measured[other]["largest_difference"],
            **limits,
        )

    rows = [
        ratio(measured, "librosa", OURS, "librosa / ours", floor=4.0, aim=5.0, before=BEFORE[key]),
        ratio(precisions, OURS, SINGLE, "ours, double / single precision", floor=1.4, aim=1.8),
    ]
    if "auvux-dsp" in measured:
        limits = {"floor": 1.2, "aim": 1.5, "before": BEFORE_AUVUX[key]}
        rows.append(
            ratio(measured, "auvux-dsp", SINGLE, "auvux-dsp / ours, single precision", **limits)
        )
    return rows
