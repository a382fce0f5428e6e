"""Compose the notes of a clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .styles import CHORDS, SCALES, Style

STEPS_PER_BEAT = 4

Item = TypeVar("Item")


@dataclass(frozen=True)
class Note:
    """One note of an instrument, or a drum hit, whose pitch is None."""

    part: str  # drums, bass, comping or lead
    sound: str
    start: float  # seconds
    duration: float  # seconds
    velocity: float
    pitch: int | None = None  # MIDI number


@dataclass(frozen=True)
class Artist:
    """Artist of two clips of a style, which share instruments and mix but no melody."""

    drums: dict[str, str]
    has_drums: bool
    bass_sound: str
    comping_sound: str
    lead_sound: str
    levels: dict[str, float]
    drive: float
    reverb: float
    tilt: float  # dB per octave, above and below 1 kHz
    brightness: float  # Hz, upper limit of the recording
    noise: float  # dB below full scale


def make_artist(style: Style, rng: np.random.Generator) -> Artist:
    """Draw the instruments and the mix."""
    parts = ("drums", "bass", "comping", "lead")
    return Artist(
        drums=_choose(style.drums, rng),
        has_drums=rng.random() >= style.no_drums,
        bass_sound=_choose(style.bass_sounds, rng),
        comping_sound=_choose(style.comping_sounds, rng),
        lead_sound=_choose(style.lead_sounds, rng),
        levels={part: style.levels[part] * 10 ** (rng.normal(0, 2.0) / 20) for part in parts},
        drive=rng.uniform(*style.drive),
        reverb=rng.uniform(*style.reverb),
        tilt=rng.normal(0, 0.6),
        brightness=rng.uniform(7000, 11000),
        noise=rng.uniform(-85, -56),
    )


def compose(style: Style, artist: Artist, duration: float, rng: np.random.Generator) -> list[Note]:
    """Write the notes of one clip.

    Parameters
    ----------
    style : Style
        The style.
    artist : Artist
        The artist.
    duration : float
        Length in seconds.
    rng : Generator
        Draws key, tempo, patterns and melody.
    """
    beat = 60.0 / rng.uniform(*style.tempo)
    swing = rng.uniform(*style.swing)
    key = int(rng.integers(12))
    progression = _choose(style.progressions, rng)
    scale = SCALES[_choose(style.scales, rng)]
    bass_pattern = _choose(style.bass_patterns, rng)
    comping = _choose(style.comping, rng)
    is_walking = rng.random() < style.walking
    density = rng.uniform(*style.lead_density)
    first_bar = int(rng.integers(len(progression)))
    notes: list[Note] = []
    bar_length = style.beats * beat
    melody = int(rng.integers(len(scale)))
    # A clip begins anywhere in a bar.
    start = -rng.uniform(0, bar_length)
    bar = first_bar
    while start < duration:
        root, quality = progression[bar % len(progression)]
        chord = [key + root + interval for interval in CHORDS[quality]]

        def at(step: float, start: float = start) -> float:
            late = swing * beat if int(step) % STEPS_PER_BEAT == 2 else 0.0
            return start + step / STEPS_PER_BEAT * beat + late

        if artist.has_drums:
            for drum, pattern in artist.drums.items():
                for step, velocity in _hits(pattern):
                    loud = velocity * rng.uniform(0.8, 1.0)
                    notes.append(Note("drums", drum, at(step), 0.5, loud))
        notes += _bass(chord, bass_pattern, is_walking, style.beats, at, beat, artist, rng)
        for step, velocity in _hits(comping):
            held = beat * (0.4 if comping.count("x") > 4 else 1.2)
            for pitch in chord:
                notes.append(
                    Note("comping", artist.comping_sound, at(step), held, velocity, 48 + pitch)
                )
        position = 0.0
        while position < style.beats * STEPS_PER_BEAT:
            gap = max(1.0, round(STEPS_PER_BEAT / density * rng.uniform(0.5, 1.5)))
            if rng.random() < 0.8:
                melody = int(np.clip(melody + rng.integers(-2, 3), 0, 2 * len(scale) - 1))
                octave, degree = divmod(melody, len(scale))
                pitch = 60 + key + 12 * octave + scale[degree]
                length = gap / STEPS_PER_BEAT * beat * 0.9
                velocity = rng.uniform(0.6, 1.0)
                notes.append(Note("lead", artist.lead_sound, at(position), length, velocity, pitch))
            position += gap
        start += bar_length
        bar += 1
    return [note for note in notes if 0 <= note.start < duration]


def _bass(
    chord: list[int],
    pattern: str,
    is_walking: bool,
    n_beats: int,
    at: Callable[[float], float],
    beat: float,
    artist: Artist,
    rng: np.random.Generator,
) -> list[Note]:
    if is_walking:
        return [
            Note(
                "bass",
                artist.bass_sound,
                at(step * STEPS_PER_BEAT),
                beat * 0.95,
                0.9,
                30 + int(chord[int(rng.integers(len(chord)))] if step else chord[0]),
            )
            for step in range(n_beats)
        ]
    notes = []
    for number, (step, velocity) in enumerate(_hits(pattern)):
        interval = 0 if number % 2 == 0 or rng.random() < 0.6 else chord[-1] - chord[0]
        pitch = 30 + chord[0] + (interval if interval < 12 else 12)
        notes.append(Note("bass", artist.bass_sound, at(step), beat * 0.6, velocity, pitch))
    return notes


def _hits(pattern: str) -> list[tuple[int, float]]:
    loudness = {"x": 1.0, "o": 0.5}
    return [(step, loudness[mark]) for step, mark in enumerate(pattern) if mark in loudness]


def _choose(items: Sequence[Item], rng: np.random.Generator) -> Item:
    return items[int(rng.integers(len(items)))]
