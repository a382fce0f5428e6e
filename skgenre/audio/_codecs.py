"""Name the codec of an intact file that libsndfile can't decode."""

import struct

from ._chunks import iterate_chunks
from ._mp3 import end_of_id3
from ._source import Source

# WAV codecs by the number in the format chunk: those that libsndfile decodes, and common others.
_WAV_DECODED = (0x01, 0x02, 0x03, 0x06, 0x07, 0x11, 0x31, 0x38, 0x40, 0x55)
_WAV_EXTENSIBLE = 0xFFFE
_WAV_CODECS = {
    0x0005: "IBM CVSD",
    0x0010: "OKI ADPCM",
    0x0014: "G.723 ADPCM",
    0x0020: "Yamaha ADPCM",
    0x0022: "TrueSpeech",
    0x0042: "G.723.1",
    0x0045: "G.726 ADPCM",
    0x0050: "MPEG layer I or II",
    0x0064: "G.726 ADPCM",
    0x0065: "G.722 ADPCM",
    0x0069: "IMA ADPCM of the Xbox",
    0x0083: "G.729",
    0x0092: "AC-3",
    0x00FF: "AAC",
    0x0160: "Windows Media Audio 1",
    0x0161: "Windows Media Audio 2",
    0x0162: "Windows Media Audio Professional",
    0x0163: "Windows Media Audio Lossless",
    0x0270: "ATRAC3",
    0x028F: "G.722 ADPCM",
    0x1610: "AAC",
    0x2000: "AC-3",
    0x2001: "DTS",
    0x674F: "Ogg Vorbis",
    0xA106: "AAC",
    0xF1AC: "FLAC",
}
_AIFC_DECODED = (
    b"NONE", b"sowt", b"twos", b"raw ", b"in24", b"42n1", b"in32", b"23ni", b"fl32", b"FL32",
    b"fl64", b"FL64", b"ulaw", b"ULAW", b"alaw", b"ALAW", b"DWVW", b"GSM ", b"ima4", b"Drat",
)  # fmt: skip
_AIFC_CODECS = {
    b"MAC3": "MACE 3:1",
    b"MAC6": "MACE 6:1",
    b"QDMC": "QDesign Music",
    b"QDM2": "QDesign Music 2",
    b"Qclp": "Qualcomm PureVoice",
    b".mp3": "MP3",
}
_CAF_DECODED = (b"lpcm", b"alaw", b"ulaw", b"alac")
_CAF_CODECS = {b"aac ": "AAC", b"ima4": "IMA ADPCM", b".mp3": "MP3", b"opus": "Opus"}
_AU_DECODED = (1, 2, 3, 4, 5, 6, 7, 23, 25, 26, 27)
_AU_CODECS = {24: "G.722 ADPCM"}
# First bytes of an Ogg stream, at most 28 bytes into its first page.
_OGG_CODECS = {
    b"Speex   ": "Speex",
    b"\x80theora": "Theora video",
    b"\x7fFLAC": "FLAC in Ogg",
    b"PCM     ": "PCM in Ogg",
    b"CELT    ": "CELT",
    b"BBCD": "Dirac video",
}


def name_codec(source: Source) -> str | None:
    """Return for example "WAV with G.722 ADPCM", or None if the codec is not the reason."""
    offset = end_of_id3(source)
    head = source.read_at(offset, 64)
    if head.startswith((b"RIFF", b"RIFX", b"RF64")) and head[8:12] == b"WAVE":
        return _name_in_wav(source, offset, head)
    if head.startswith(b"FORM") and head[8:12] == b"AIFC":
        content = _content(source, offset, head, b"COMM", 22)
        code = content[18:22]
        return _name("AIFF-C", code, _AIFC_DECODED, _AIFC_CODECS)
    if head.startswith(b"caff"):
        code = _content(source, offset, head, b"desc", 12)[8:12]
        return _name("CAF", code, _CAF_DECODED, _CAF_CODECS)
    if head.startswith((b".snd", b"dns.")) and len(head) >= 16:
        (number,) = struct.unpack(">I" if head.startswith(b".snd") else "<I", head[12:16])
        # Numbers far beyond those of Sun and NeXT are damage.
        if number in _AU_DECODED or number > 100:
            return None
        return f"AU with {_AU_CODECS.get(number, f'the encoding {number}')}"
    if head.startswith(b"OggS"):
        begin = head[28:36]
        return next((f"Ogg with {c}" for m, c in _OGG_CODECS.items() if begin.startswith(m)), None)
    return None


def _name_in_wav(source: Source, offset: int, head: bytes) -> str | None:
    order = ">" if head.startswith(b"RIFX") else "<"
    content = _content(source, offset, head, b"fmt ", 26)
    if len(content) < 14:
        return None
    number, n_channels, rate = struct.unpack(f"{order}HHI", content[:8])
    if number == _WAV_EXTENSIBLE and len(content) >= 26:
        (number,) = struct.unpack(f"{order}H", content[24:26])
    # A header that describes no sound is damaged, whatever its codec number.
    if number in _WAV_DECODED or not (0 < n_channels <= 64 and 1000 <= rate <= 1_000_000):
        return None
    return f"WAV with {_WAV_CODECS.get(number, f'the codec 0x{number:04X}')}"


def _content(source: Source, offset: int, head: bytes, name: bytes, size: int) -> bytes:
    for chunk in iterate_chunks(source, offset, head[:16]):
        if chunk.name == name:
            return source.read_at(chunk.start, min(size, chunk.size))
    return b""


def _name(
    kind: str, code: bytes, decoded: tuple[bytes, ...], names: dict[bytes, str]
) -> str | None:
    if len(code) < 4 or code in decoded or not all(32 <= byte < 127 for byte in code):
        return None
    return f"{kind} with {names.get(code, f'the codec {code.decode()!r}')}"
