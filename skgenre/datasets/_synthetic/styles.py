"""Ten styles as data: tempo, metre, rhythm, harmony, instruments, mix.

They overlap on purpose: similar styles share tempos, instruments and mixes, so that only several
traits together identify a style.
"""

from dataclasses import dataclass, field

# Chords as (semitones above the key, quality), one per bar.
MAJOR_POP = [(0, "maj"), (7, "maj"), (9, "min"), (5, "maj")]
MAJOR_THREE = [(0, "maj"), (5, "maj"), (7, "maj"), (0, "maj")]
MINOR_POP = [(0, "min"), (8, "maj"), (3, "maj"), (10, "maj")]
MINOR_VAMP = [(0, "min"), (0, "min"), (5, "min"), (0, "min")]
BLUES_TWELVE = [(n, "dom") for n in (0, 5, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7)]
JAZZ_TURN = [(2, "min7"), (7, "dom"), (0, "maj7"), (9, "min7")]
JAZZ_MINOR = [(2, "dim"), (7, "dom"), (0, "min7"), (0, "min7")]
CADENCE = [(0, "maj"), (5, "maj"), (2, "min"), (7, "dom"), (0, "maj"), (9, "min"), (7, "dom")]
MINOR_CADENCE = [(0, "min"), (5, "min"), (7, "dom"), (0, "min"), (8, "maj"), (7, "dom")]
POWER = [(0, "power"), (3, "power"), (5, "power"), (0, "power")]
POWER_FLAT = [(0, "power"), (1, "power"), (0, "power"), (8, "power")]
ROCK_MIXO = [(0, "maj"), (10, "maj"), (5, "maj"), (0, "maj")]

CHORDS = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dom": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "dim": (0, 3, 6, 10),
    "power": (0, 7, 12),
}
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
}


@dataclass(frozen=True)
class Style:
    """Parameters of a style for the composer.

    Patterns have one character per step of a bar, four steps per beat: "x" is loud, "o" soft,
    anything else silent.
    """

    tempo: tuple[float, float]  # beats per minute
    swing: tuple[float, float]  # delay of every second half-beat, as a share of a beat
    drums: tuple[dict[str, str], ...]
    no_drums: float  # share of clips without them
    bass_patterns: tuple[str, ...]
    bass_sounds: tuple[str, ...]
    walking: float  # share of clips with a walking bass
    comping: tuple[str, ...]
    comping_sounds: tuple[str, ...]
    lead_sounds: tuple[str, ...]
    lead_density: tuple[float, float]  # notes per beat
    progressions: tuple[list[tuple[int, str]], ...]
    scales: tuple[str, ...]
    levels: dict[str, float] = field(default_factory=dict)  # of drums, bass, comping, lead
    drive: tuple[float, float] = (0.0, 0.2)  # distortion of the mix
    reverb: tuple[float, float] = (0.05, 0.2)
    beats: int = 4


ROCK_BEAT = {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
ROCK_BEAT_2 = {"kick": "x.....x.x.......", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
SHUFFLE = {"kick": "x.......x.......", "snare": "....x.......x...", "ride": "x..ox..ox..ox..o"}
SWING = {"kick": "o.......o.......", "hat": "....x.......x...", "ride": "x...x..ox...x..o"}
FOUR = {"kick": "x...x...x...x...", "snare": "....x.......x...", "hat": "..x...x...x...x."}
FOUR_BUSY = {"kick": "x...x...x...x...", "clap": "....x.......x...", "hat": "o.x.o.x.o.x.o.xo"}
HIPHOP = {"kick": "x..x..x...x.....", "snare": "....x.......x...", "hat": "x.xox.x.x.xox.xo"}
HIPHOP_2 = {"kick": "x......x..x.....", "clap": "....x.......x...", "hat": "x.x.x.x.x.x.xxx."}
ONE_DROP = {"kick": "........x.......", "snare": "........x.......", "hat": "..x...x...x...x."}
STEPPERS = {"kick": "x...x...x...x...", "snare": "........x.......", "hat": "..x...x...x..ox."}
DOUBLE_BASS = {"kick": "xxxxxxxxxxxxxxxx", "snare": "....x.......x...", "ride": "x...x...x...x..."}
THRASH = {"kick": "x.x.x.x.x.x.x.x.", "snare": "..x...x...x...x.", "hat": "x...x...x...x..."}
TRAIN = {"kick": "x...x...x...x...", "snare": "oooxoooxoooxooox"}
COUNTRY = {"kick": "x.......x.......", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."}
WALTZ = {"kick": "x...........", "hat": "....o...o..."}

STYLES: dict[str, Style] = {
    "blues": Style(
        tempo=(66, 122),
        swing=(0.12, 0.17),
        drums=(SHUFFLE, ROCK_BEAT, SWING),
        no_drums=0.15,
        bass_patterns=("x...x...x...x...", "x..xx..xx..xx..x"),
        bass_sounds=("finger", "upright"),
        walking=0.4,
        comping=("x..xx..xx..xx..x", "....x.......x...", "x.......x......."),
        comping_sounds=("clean", "organ", "piano"),
        lead_sounds=("clean", "crunch", "brass"),
        lead_density=(0.8, 2.0),
        progressions=(BLUES_TWELVE,),
        scales=("blues", "minor_pentatonic"),
        levels={"drums": 0.7, "bass": 0.7, "comping": 0.6, "lead": 0.9},
        drive=(0.05, 0.4),
    ),
    "classical": Style(
        tempo=(56, 150),
        swing=(0.0, 0.02),
        drums=(WALTZ,),
        no_drums=1.0,
        bass_patterns=("x.......x.......", "x..............."),
        bass_sounds=("cello", "piano"),
        walking=0.15,
        comping=("x.x.x.x.x.x.x.x.", "x...............", "xoxoxoxoxoxoxoxo"),
        comping_sounds=("strings", "piano", "strings"),
        lead_sounds=("strings", "flute", "piano"),
        lead_density=(0.7, 2.5),
        progressions=(CADENCE, MINOR_CADENCE),
        scales=("major", "minor"),
        levels={"drums": 0.0, "bass": 0.5, "comping": 0.7, "lead": 0.9},
        drive=(0.0, 0.05),
        reverb=(0.2, 0.45),
    ),
    "country": Style(
        tempo=(84, 168),
        swing=(0.0, 0.1),
        drums=(TRAIN, COUNTRY, ROCK_BEAT),
        no_drums=0.2,
        bass_patterns=("x.......x.......", "x...x...x...x..."),
        bass_sounds=("finger", "upright"),
        walking=0.2,
        comping=("..x...x...x...x.", "x.xox.xox.xox.xo", "....x.......x..."),
        comping_sounds=("steel", "clean", "piano"),
        lead_sounds=("steel", "violin", "clean"),
        lead_density=(0.8, 2.4),
        progressions=(MAJOR_THREE, MAJOR_POP),
        scales=("pentatonic", "major"),
        levels={"drums": 0.6, "bass": 0.6, "comping": 0.8, "lead": 0.8},
        drive=(0.0, 0.15),
    ),
    "disco": Style(
        tempo=(104, 132),
        swing=(0.0, 0.03),
        drums=(FOUR, FOUR_BUSY),
        no_drums=0.0,
        bass_patterns=("x.o.x.o.x.o.x.o.", "x..xx..xx..xx..x"),
        bass_sounds=("finger", "synthbass"),
        walking=0.05,
        comping=("..x...x...x...x.", "x...............", "..xo..xo..xo..xo"),
        comping_sounds=("clean", "strings", "electric_piano"),
        lead_sounds=("strings", "brass", "synth"),
        lead_density=(0.5, 1.8),
        progressions=(MINOR_POP, MINOR_VAMP, JAZZ_TURN),
        scales=("minor", "dorian"),
        levels={"drums": 1.0, "bass": 0.9, "comping": 0.6, "lead": 0.6},
        drive=(0.0, 0.2),
    ),
    "hiphop": Style(
        tempo=(76, 112),
        swing=(0.0, 0.09),
        drums=(HIPHOP, HIPHOP_2),
        no_drums=0.0,
        bass_patterns=("x..x..x...x.....", "x...............", "x......x..x....."),
        bass_sounds=("sub", "synthbass", "finger"),
        walking=0.0,
        comping=("x...............", "......x.......x.", "x.......x......."),
        comping_sounds=("electric_piano", "strings", "synth"),
        lead_sounds=("voice", "synth", "electric_piano"),
        lead_density=(1.0, 3.2),
        progressions=(MINOR_VAMP, MINOR_POP),
        scales=("minor_pentatonic", "minor"),
        levels={"drums": 1.1, "bass": 1.0, "comping": 0.45, "lead": 0.6},
        drive=(0.0, 0.3),
    ),
    "jazz": Style(
        tempo=(82, 200),
        swing=(0.1, 0.17),
        drums=(SWING, SHUFFLE),
        no_drums=0.25,
        bass_patterns=("x...x...x...x...",),
        bass_sounds=("upright",),
        walking=0.85,
        comping=("..x.....x.....x.", "x..x......x.....", "....x.......x..."),
        comping_sounds=("piano", "clean", "electric_piano"),
        lead_sounds=("brass", "piano", "flute"),
        lead_density=(1.2, 3.0),
        progressions=(JAZZ_TURN, JAZZ_MINOR),
        scales=("dorian", "major", "blues"),
        levels={"drums": 0.5, "bass": 0.75, "comping": 0.55, "lead": 0.9},
        drive=(0.0, 0.1),
        reverb=(0.1, 0.3),
    ),
    "metal": Style(
        tempo=(96, 190),
        swing=(0.0, 0.02),
        drums=(DOUBLE_BASS, THRASH, ROCK_BEAT),
        no_drums=0.0,
        bass_patterns=("x.x.x.x.x.x.x.x.", "xxx.xxx.xxx.xxx."),
        bass_sounds=("pick", "finger"),
        walking=0.0,
        comping=("xxx.xxx.xxx.xxx.", "x.x.x.x.x.x.x.x.", "x...............", "xoxoxoxoxoxoxoxo"),
        comping_sounds=("distorted",),
        lead_sounds=("distorted", "voice", "crunch"),
        lead_density=(0.2, 3.0),
        progressions=(POWER_FLAT, POWER),
        scales=("minor", "minor_pentatonic"),
        levels={"drums": 0.9, "bass": 0.7, "comping": 1.0, "lead": 0.55},
        drive=(0.3, 0.9),
    ),
    "pop": Style(
        tempo=(84, 132),
        swing=(0.0, 0.04),
        drums=(FOUR, ROCK_BEAT_2, HIPHOP_2, FOUR_BUSY),
        no_drums=0.05,
        bass_patterns=("x.......x.......", "x.x.x.x.x.x.x.x.", "x..x..x...x....."),
        bass_sounds=("synthbass", "finger"),
        walking=0.0,
        comping=("x...............", "x..x..x.x..x..x.", "x...x...x...x..."),
        comping_sounds=("synth", "electric_piano", "piano", "clean"),
        lead_sounds=("voice", "voice", "synth"),
        lead_density=(0.8, 2.0),
        progressions=(MAJOR_POP, MINOR_POP),
        scales=("major", "pentatonic"),
        levels={"drums": 0.8, "bass": 0.7, "comping": 0.6, "lead": 1.0},
        drive=(0.0, 0.3),
    ),
    "reggae": Style(
        tempo=(64, 96),
        swing=(0.0, 0.08),
        drums=(ONE_DROP, STEPPERS),
        no_drums=0.05,
        bass_patterns=("x..x..x.....x...", "....x.x.x..x....", "x.....x.x......."),
        bass_sounds=("finger", "sub"),
        walking=0.05,
        comping=("..x...x...x...x.", "....x.......x...", "..xo..xo..xo..xo"),
        comping_sounds=("clean", "organ", "piano"),
        lead_sounds=("voice", "organ", "brass"),
        lead_density=(0.5, 1.6),
        progressions=(MINOR_VAMP, MAJOR_THREE, ROCK_MIXO),
        scales=("minor_pentatonic", "pentatonic"),
        levels={"drums": 0.7, "bass": 1.1, "comping": 0.7, "lead": 0.6},
        drive=(0.0, 0.15),
        reverb=(0.1, 0.35),
    ),
    "rock": Style(
        tempo=(88, 160),
        swing=(0.0, 0.05),
        drums=(ROCK_BEAT, ROCK_BEAT_2, TRAIN),
        no_drums=0.05,
        bass_patterns=("x.x.x.x.x.x.x.x.", "x...x...x...x..."),
        bass_sounds=("pick", "finger"),
        walking=0.05,
        comping=("x.x.x.x.x.x.x.x.", "x..x..x.x..x..x.", "x.......x......."),
        comping_sounds=("crunch", "crunch", "clean", "distorted"),
        lead_sounds=("voice", "crunch", "organ"),
        lead_density=(0.4, 1.8),
        progressions=(ROCK_MIXO, MAJOR_THREE, MINOR_POP),
        scales=("minor_pentatonic", "pentatonic"),
        levels={"drums": 0.9, "bass": 0.7, "comping": 0.85, "lead": 0.75},
        drive=(0.1, 0.5),
    ),
}
