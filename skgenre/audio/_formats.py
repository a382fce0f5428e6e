"""Readable sound file formats, and how to recognize the others."""

# Extensions of the formats below, in lower case, to search folders for.
AUDIO_EXTENSIONS = (
    ".aif",
    ".aifc",
    ".aiff",
    ".au",
    ".flac",
    ".mp3",
    ".oga",
    ".ogg",
    ".opus",
    ".snd",
    ".wav",
    ".wave",
)

READABLE = "WAV, AIFF, AU, FLAC, MP3, Ogg Vorbis and Opus"

# (offset, first bytes, name) of common formats that libsndfile can't read.
_FOREIGN = (
    (4, b"ftyp", "MPEG-4 audio or video (M4A, MP4)"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (WMA)"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (0, b"MAC ", "Monkey's Audio (APE)"),
    (0, b"wvpk", "WavPack"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"#!AMR", "AMR"),
    (0, b"DSD ", "DSD"),
    (0, b"MThd", "MIDI: notes without sound"),
)
# The same by extension, for folders, and for files whose content is inconclusive.
FOREIGN_EXTENSIONS = {
    ".3gp": "MPEG-4 audio or video (3GP)",
    ".aac": "AAC",
    ".ac3": "Dolby Digital (AC-3)",
    ".amr": "AMR",
    ".ape": "Monkey's Audio (APE)",
    ".dff": "DSD",
    ".dsf": "DSD",
    ".dts": "DTS",
    ".m4a": "M4A",
    ".m4b": "M4A",
    ".m4p": "M4A",
    ".mka": "Matroska or WebM",
    ".mkv": "Matroska or WebM",
    ".mp4": "MPEG-4 audio or video (M4A, MP4)",
    ".mpc": "Musepack",
    ".ra": "RealAudio",
    ".tak": "TAK",
    ".tta": "TTA",
    ".webm": "Matroska or WebM",
    ".wma": "WMA",
    ".wv": "WavPack",
}

# First bytes of formats that libsndfile reads: if it refuses such a file, the file is damaged.
_READABLE = (
    b"RIFF", b"RIFX", b"RF64", b"FORM", b".snd", b"dns.", b"fLaC", b"OggS", b"ID3", b"caff",
    b"riff\x2e\x91\xcf\x11", b"Creative Voice File\x1a", b"NIST_1A\n", b"2BIT", b"PVF1\n",
    b"Extended Instrument: ", b"MATLAB 5.0 MAT-file", b"ALawSoundFile**",
)  # fmt: skip


def name_foreign_format(suffix: str, head: bytes) -> str | None:
    """Name the format of a file that libsndfile can't read, if it is a known one."""
    for offset, magic, name in _FOREIGN:
        if head[offset : offset + len(magic)] == magic:
            return name
    return FOREIGN_EXTENSIONS.get(suffix.lower())


def claims_readable_format(head: bytes) -> bool:
    """Tell whether a file's first bytes are those of a format that libsndfile reads."""
    return head.startswith(_READABLE)
