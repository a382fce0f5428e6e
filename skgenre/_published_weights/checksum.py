"""CRC-32C, the checksum of TensorFlow's files."""

import numpy as np

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFFFFFF
# Parts of the data whose checksums are computed at once.
_LANES = 1024


def _make_table() -> np.ndarray:
    table: np.ndarray = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> 1) ^ (table & 1) * np.uint32(_POLYNOMIAL)
    return table.astype(np.uint32)


_TABLE = _make_table()


def masked_checksum(data: bytes) -> int:
    """Return the CRC-32C of bytes, rotated and shifted as TensorFlow stores it."""
    crc = _checksum(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & _ALL


def _checksum(data: bytes) -> int:
    if len(data) < 4 * _LANES:
        one = _append(np.array([_ALL], np.uint32), np.frombuffer(data, np.uint8)[:, np.newaxis])
        return int(one[0]) ^ _ALL
    # The checksum is linear: parts are computed side by side, and then moved to their places. Zeros
    # in front, so that all are as long, change nothing if the initial value is put into the data.
    length = -(-len(data) // _LANES)
    n_zeros = _LANES * length - len(data)
    padded = np.pad(np.frombuffer(data, np.uint8), (n_zeros, 0))
    padded[n_zeros : n_zeros + 4] ^= 0xFF
    parts = _append(np.zeros(_LANES, np.uint32), padded.reshape(_LANES, length).T)
    tables = _tables_after_zeros(length)
    crc = 0
    for part in parts.tolist():
        moved = [tables[k][(crc >> 8 * k) & 0xFF] for k in range(4)]
        crc = moved[0] ^ moved[1] ^ moved[2] ^ moved[3] ^ part
    return crc ^ _ALL


def _append(crcs: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the values of several checksums after further bytes (n_bytes, n_checksums)."""
    for byte in columns:
        crcs = (_TABLE[(crcs ^ byte) & 0xFF] ^ (crcs >> 8)).astype(np.uint32, copy=False)
    return crcs


def _tables_after_zeros(n_bytes: int) -> list[list[int]]:
    """Return a checksum after zero bytes: the exclusive or of what each of its four bytes gives."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    step, operator = _append(bits, np.zeros((1, 1), np.uint8)), bits
    while n_bytes:
        if n_bytes & 1:
            operator = _apply(step, operator)
        step = _apply(step, step)
        n_bytes >>= 1
    byte = np.arange(256, dtype=np.uint32)
    return [_apply(operator, byte << np.uint32(8 * k)).tolist() for k in range(4)]


def _apply(operator: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return what a linear operator, given by what it makes of each bit, makes of values."""
    result = np.zeros_like(values)
    for bit, image in enumerate(operator):
        result ^= np.where(values >> np.uint32(bit) & np.uint32(1), image, np.uint32(0))
    return result
