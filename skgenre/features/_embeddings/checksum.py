"""CRC-32C, the checksum of TensorFlow's files."""

import numpy as np

from ..kernels._compiled import compiled

_POLYNOMIAL = 0x82F63B78


def _make_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> 1) ^ np.where(table & 1, np.uint32(_POLYNOMIAL), np.uint32(0))
    return table


_TABLE = _make_table()


def masked_checksum(data: bytes) -> int:
    """Return the CRC-32C of bytes, rotated and shifted as TensorFlow stores it."""
    crc = int(_checksum(np.frombuffer(data, np.uint8), _TABLE))
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


@compiled
def _checksum(data, table):
    crc = np.uint32(0xFFFFFFFF)
    for byte in data:
        crc = table[(crc ^ byte) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    return crc ^ np.uint32(0xFFFFFFFF)
