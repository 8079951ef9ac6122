"""Makes own-sets.json, sets as people pickle them (by name, in base64), and own-set.bin, one of them with PNG files.

Each has two pairs, same and not. Made with NumPy 2.4.6.
"""

import base64
import json
import os
import pickle
import struct
import zlib

import numpy as np


def png(grey):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes([0, grey]), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def objects(values):
    result = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        result[i] = value
    return result


files = [b"\xff\xd8", b"\x00", b"text", b"\x80\xc3"]
arrays = [np.frombuffer(file, np.uint8) for file in files]
booleans = [np.bool_(True), np.bool_(False)]
sets = {
    "arrays of uint8, list of np.bool_": (arrays, booleans),
    "bytes, list of np.bool_": (files, booleans),
    "bytes, array of bool": (files, np.array([True, False])),
    "bytes, list of 1 and 0": (files, [1, 0]),
    "bytes, array of int64": (files, np.array([1, 0])),
    "bytes, array of float64": (files, np.array([1.0, 0.0])),
    "bytes, array of objects": (files, np.array([True, False], dtype=object)),
    "object array of bytes, tuple": (objects(files), (True, False)),
    "object array of arrays, column of uint8": (objects(arrays), np.array([[1], [0]], np.uint8)),
    "columns of uint8 in a list of two": [[array.reshape(-1, 1) for array in arrays], [True, False]],
}
here = os.path.dirname(__file__)
golden = {
    f"{name}, protocol {protocol}": base64.b64encode(pickle.dumps(content, protocol)).decode()
    for name, content in sets.items()
    for protocol in (2, 5)
}
with open(os.path.join(here, "own-sets.json"), "w") as file:
    json.dump(golden, file, indent=2)
    file.write("\n")
with open(os.path.join(here, "own-set.bin"), "wb") as file:
    # Of one grey pixel each.
    images = [np.frombuffer(png(grey), np.uint8) for grey in (0, 85, 170, 255)]
    pickle.dump((images, booleans), file, protocol=2)
