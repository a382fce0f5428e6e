"""Synthesize notes: wavetables for pitches, noise and sweeps for drums."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.signal

from .composer import Artist, Note

_TABLE = 2048


@dataclass(frozen=True)
class Sound:
    """Sound of an instrument."""

    harmonics: tuple[float, ...]  # strength of each
    attack: float  # seconds
    decay: float  # seconds to a third; 0 holds the note
    vibrato: float = 0.0  # share of the pitch
    drive: float = 0.0  # distortion of the single note
    breath: float = 0.0  # share of noise


def _falling(n: int, slope: float) -> tuple[float, ...]:
    return tuple(1.0 / k**slope for k in range(1, n + 1))


def _odd(n: int, slope: float) -> tuple[float, ...]:
    return tuple(1.0 / k**slope if k % 2 else 0.0 for k in range(1, n + 1))


SOUNDS: dict[str, Sound] = {
    "piano": Sound(_falling(12, 1.4), 0.004, 0.5),
    "electric_piano": Sound((1.0, 0.1, 0.05, 0.3), 0.006, 0.7),
    "organ": Sound((1.0, 0.8, 0.5, 0.6, 0.0, 0.3, 0.0, 0.3), 0.01, 0.0, vibrato=0.003),
    "strings": Sound(_falling(16, 1.0), 0.09, 0.0, vibrato=0.005),
    "violin": Sound(_falling(20, 0.9), 0.05, 0.0, vibrato=0.008),
    "cello": Sound(_falling(16, 1.1), 0.06, 0.0, vibrato=0.004),
    "flute": Sound((1.0, 0.3, 0.1), 0.05, 0.0, vibrato=0.006, breath=0.05),
    "brass": Sound((0.6, 0.9, 1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1), 0.03, 0.0, vibrato=0.004),
    "voice": Sound((1.0, 0.7, 0.9, 0.4, 0.15, 0.25, 0.3, 0.1), 0.04, 0.0, 0.009, breath=0.08),
    "clean": Sound(_falling(10, 1.2), 0.003, 0.3),
    "steel": Sound(_falling(16, 0.8), 0.002, 0.25),
    "crunch": Sound(_falling(12, 1.1), 0.003, 0.8, drive=2.0),
    "distorted": Sound(_falling(12, 1.0), 0.003, 1.5, drive=6.0),
    "synth": Sound(_odd(15, 1.0), 0.01, 0.0),
    "finger": Sound((1.0, 0.5, 0.25, 0.1), 0.006, 0.4),
    "pick": Sound(_falling(8, 0.9), 0.003, 0.4, drive=0.5),
    "upright": Sound((1.0, 0.6, 0.2, 0.1), 0.01, 0.25),
    "synthbass": Sound(_falling(10, 1.0), 0.004, 0.5),
    "sub": Sound((1.0, 0.1), 0.01, 0.9),
}


def synthesize(
    notes: list[Note], artist: Artist, n_samples: int, sr: int, rng: np.random.Generator
) -> np.ndarray:
    """Play the notes and mix them.

    Returns
    -------
    ndarray of shape (n_samples,)
        The clip, float32 within [-1, 1].
    """
    mix = np.zeros(n_samples)
    seeds = int(rng.integers(2**31))
    rendered: dict[tuple, np.ndarray] = {}
    for note in notes:
        what = (note.sound, note.pitch, round(note.duration, 3))
        if what not in rendered:
            if note.pitch is None:
                rendered[what] = _render_drum(note.sound, sr, seeds)
            else:
                rendered[what] = _render_pitch(note, sr, seeds)
        begin = round(note.start * sr)
        sound = rendered[what][: n_samples - begin]
        mix[begin : begin + len(sound)] += sound * (note.velocity * artist.levels[note.part])
    return _master(mix, artist, sr, rng)


@lru_cache(maxsize=512)
def _table(harmonics: tuple[float, ...], n_audible: int) -> np.ndarray:
    """Return one period of a sound, without the harmonics above the Nyquist frequency."""
    phase = 2 * np.pi * np.arange(_TABLE) / _TABLE
    wave = sum(
        strength * np.sin(k * phase)
        for k, strength in enumerate(harmonics[:n_audible], start=1)
        if strength
    )
    return wave / np.abs(wave).max()


def _render_pitch(note: Note, sr: int, seed: int) -> np.ndarray:
    sound = SOUNDS[note.sound]
    assert note.pitch is not None
    frequency = 440.0 * 2.0 ** ((note.pitch - 69) / 12)
    release = 0.04
    n = max(1, round((note.duration + release) * sr))
    time = np.arange(n) / sr
    phase = frequency * time
    if sound.vibrato:
        phase += sound.vibrato * frequency / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * time)
    table = _table(sound.harmonics, max(1, int(0.45 * sr / frequency)))
    wave = table[(phase * _TABLE).astype(np.int64) % _TABLE]
    if sound.breath:
        wave = wave + sound.breath * np.random.default_rng([seed, note.pitch]).standard_normal(n)
    envelope = np.minimum(1.0, time / sound.attack)
    if sound.decay:
        envelope = envelope * np.exp(-time / sound.decay)
    envelope = envelope * np.clip((note.duration + release - time) / release, 0.0, 1.0)
    wave = wave * envelope
    return np.tanh(wave * (1 + sound.drive)) if sound.drive else wave


def _render_drum(drum: str, sr: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, sum(map(ord, drum))])
    length = {"kick": 0.25, "snare": 0.2, "clap": 0.16, "hat": 0.06, "ride": 0.4}[drum]
    time = np.arange(round(length * sr)) / sr
    noise = rng.standard_normal(len(time))
    if drum == "kick":
        low = rng.uniform(42, 60)
        phase = low * time + 120 * 0.03 * (1 - np.exp(-time / 0.03))
        return 1.2 * np.sin(2 * np.pi * phase) * np.exp(-time / 0.09)
    if drum in ("snare", "clap"):
        body = np.sin(2 * np.pi * rng.uniform(160, 230) * time) * np.exp(-time / 0.05)
        rattle = _high_pass(noise, 1200, sr) * np.exp(-time / rng.uniform(0.03, 0.09))
        return 0.5 * rattle + (0.5 * body if drum == "snare" else 0.0)
    cut = rng.uniform(4000, 7000)
    decay = 0.02 if drum == "hat" else 0.12
    return 0.35 * _high_pass(noise, cut, sr) * np.exp(-time / decay)


def _high_pass(wave: np.ndarray, cutoff: float, sr: int) -> np.ndarray:
    sections = scipy.signal.butter(2, min(cutoff, 0.4 * sr), "highpass", fs=sr, output="sos")
    return scipy.signal.sosfilt(sections, wave)


def _master(mix: np.ndarray, artist: Artist, sr: int, rng: np.random.Generator) -> np.ndarray:
    """Add distortion, room, colour, noise and level, as a studio and a transfer do."""
    mix = mix / max(1e-9, np.sqrt(np.mean(mix**2)))
    if artist.drive > 0.02:
        gain = 1 + 3 * artist.drive
        mix = np.tanh(0.35 * gain * mix) / (0.35 * gain)
    if artist.reverb > 0.02:
        n_room = round(0.6 * sr)
        room = rng.standard_normal(n_room) * np.exp(-np.arange(n_room) / (0.15 * sr))
        room /= np.sqrt(np.sum(room**2))
        mix = mix + artist.reverb * scipy.signal.fftconvolve(mix, room)[: len(mix)]
    spectrum = np.fft.rfft(mix)
    frequency = np.fft.rfftfreq(len(mix), 1 / sr)
    tilt = artist.tilt * np.log2(np.maximum(frequency, 30.0) / 1000.0)
    rolloff = -10 * np.log10(1 + (frequency / artist.brightness) ** 8)
    mix = np.fft.irfft(spectrum * 10 ** ((tilt + rolloff) / 20), len(mix))
    mix = mix / np.abs(mix).max() if np.any(mix) else mix
    level = 10 ** (rng.uniform(-20, -1) / 20)
    noise = 10 ** (artist.noise / 20) * rng.standard_normal(len(mix))
    return np.clip(level * mix + noise, -1.0, 1.0).astype(np.float32)
