"""Write checkpoints as TensorFlow does, and damaged ones."""

import struct

import numpy as np

MAGIC = 0xDB4775248B80FB57


def crc32c(data):
    """The checksum bit by bit, masked."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(number):
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def make_block(entries, shared=True):
    """A block of sorted entries, each without what it shares with the one before."""
    block, last = b"", b""
    for key, value in entries:
        n_shared = 0
        while shared and n_shared < min(len(key), len(last)) and key[n_shared] == last[n_shared]:
            n_shared += 1
        new = key[n_shared:]
        block += varint(n_shared) + varint(len(new)) + varint(len(value)) + new + value
        last = key
    return block + struct.pack("<II", 0, 1)


def close_block(block, compression=0):
    body = block + bytes([compression])
    return body + struct.pack("<I", crc32c(body))


def make_table(blocks, compression=0):
    """A table of blocks, whose index has one entry for each."""
    data, index = b"", []
    for number, block in enumerate(blocks):
        index.append((b"%06d" % number, varint(len(data)) + varint(len(block))))
        data += close_block(block, compression)
    return finish_table(data, index)


def finish_table(data, index):
    meta = varint(len(data)) + varint(8)
    data += close_block(make_block([]))
    index_block = make_block(index)
    footer = meta + varint(len(data)) + varint(len(index_block))
    data += close_block(index_block)
    return data + footer.ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def make_shape(shape):
    return b"".join(field(2, field(1, size)) for size in shape)


def make_entry(shape, *, dtype=1, shard=0, offset=0, size=0, checksum=0):
    entry = field(1, dtype) + field(2, make_shape(shape)) + field(3, shard) + field(4, offset)
    return entry + field(5, size) + varint(6 << 3 | 5) + struct.pack("<I", checksum)


def make_index(entries, n_shards=1, per_block=3):
    header = field(1, n_shards) + field(3, field(1, 1))
    items = [(b"", header), *sorted((name.encode(), entry) for name, entry in entries.items())]
    return make_table(
        [make_block(items[k : k + per_block]) for k in range(0, len(items), per_block)]
    )


def write_checkpoint(prefix, arrays, *, n_shards=1, checksum=crc32c):
    """Write float32 arrays, spread over shards."""
    shards = [b""] * n_shards
    entries = {}
    for number, (name, array) in enumerate(arrays.items()):
        shard = number % n_shards
        data = np.asarray(array, "<f4").tobytes()
        entries[name] = make_entry(
            np.shape(array),
            shard=shard,
            offset=len(shards[shard]),
            size=len(data),
            checksum=checksum(data),
        )
        shards[shard] += data
    with open(f"{prefix}.index", "wb") as file:  # noqa: PTH123  # a prefix may end in a slash
        file.write(make_index(entries, n_shards))
    for shard, data in enumerate(shards):
        with open(f"{prefix}.data-{shard:05d}-of-{n_shards:05d}", "wb") as file:  # noqa: PTH123
            file.write(data)
