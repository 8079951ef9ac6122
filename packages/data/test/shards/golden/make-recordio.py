"""Writes recordio.json: files of this MXNet's MXIndexedRecordIO in base64 of zlib, of PNG crops as ../../crops.ts makes them.

The file was made by MXNet 1.9.1 on Python 3.11, with NumPy 1.23.5.
"""

import base64
import json
import os
import struct
import tempfile
import zlib

import mxnet as mx

COUNTS = [4, 1, 7, 11]
MAGIC = struct.pack("<I", 0xCED7230A)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def crop(number, magic):
    """4x6 pixels, red as the number says, green on the left. Every chunk `maGc` is passed over by readers of PNG."""
    row = b"\0" + bytes([number, 200, 7] * 3 + [number, 0, 7] * 3)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 4, 8, 2, 0, 0, 0))
    extra = b"".join(chunk(b"maGc", b"x" * i + MAGIC * 3) for i in range(4)) if magic else b""
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(row * 4)) + chunk(b"IEND", b"")


def write(folder, labels, identities):
    """One record a crop; where there are identities, also theirs, and record 0 behind all, as InsightFace writes them."""
    path = os.path.join(folder, "train")
    writer = mx.recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
    for number, label in enumerate(labels):
        header = mx.recordio.IRHeader(0, label, number + 1, 0)
        writer.write_idx(number + 1, mx.recordio.pack(header, crop(number, number % 5 == 2)))
    key = first = 1
    if identities:
        key = len(labels) + 1
        for count in COUNTS:
            header = mx.recordio.IRHeader(0, [first, first + count], key, 0)
            writer.write_idx(key, mx.recordio.pack(header, b""))
            first += count
            key += 1
        header = mx.recordio.IRHeader(0, [len(labels) + 1, key], 0, 0)
        writer.write_idx(0, mx.recordio.pack(header, b""))
    writer.close()
    return {
        name: base64.b64encode(zlib.compress(open(f"{path}.{name}", "rb").read(), 9)).decode()
        for name in ["rec", "idx"]
    }


labels = [label for label, count in enumerate(COUNTS) for _ in range(count)]
with tempfile.TemporaryDirectory() as folder:
    golden = {
        "identities": write(folder, [float(label) for label in labels], True),
        "labels": write(folder, [[10.0 * label, 0.5] for label in labels], False),
    }
with open(os.path.join(os.path.dirname(__file__), "recordio.json"), "w") as file:
    json.dump({mx.__version__: golden}, file, indent=2)
    file.write("\n")
