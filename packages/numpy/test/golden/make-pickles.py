"""Adds to pickles.json what this NumPy pickles, by NumPy version and protocol, in base64 of zlib.

The file was made by one run with NumPy 1.26.4 and one with 2.4.6, both on Python 3.11.
"""

import base64
import json
import os
import pickle
import zlib

import numpy as np

VALUES = {
    "floats": [1.5, -0.1, 1e300, float("inf")],
    "integers": [2**31, -(2**31) - 1, 2**53 - 1, 1 - 2**53, 2**53, -(2**53), 2**70, -(2**64)],
    "LONG4": -(2**2040),
    "keys": {1: "int", "1": "str", -5: "negative", 2**40: "long", 2**60: "big", None: "None", 0.5: "float"},
    "bytes": [b"\xff\xd8\x00", b"", bytearray(b"\x80a"), bytearray()],
    "text": ["\ufeffé", "😀"],
    "bool_": [np.bool_(True), np.bool_(False)],
    "scalars": [np.int64(-7), np.uint8(200), np.uint64(2**63), np.int64(2**40), np.float32(1.5), np.float64(0.1)],
    "bools": np.array([True, False, True]),
    "int64": np.array([1, 0, -1]),
    "uint64": np.array([2**63], np.uint64),
    "uint8": np.frombuffer(b"\xff\xd8\xff\x00", np.uint8),
    "empty": np.zeros(0, np.uint8),
    "strided": np.arange(6, dtype=np.uint8)[::2],
    "fortran": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)),
    "transposed": np.arange(24, dtype=np.uint8).reshape(2, 3, 4).transpose(1, 2, 0),
    "objects": np.array([[b"\xff", np.zeros(2, np.uint8)], [None, 3]], dtype=object, order="F"),
}

path = os.path.join(os.path.dirname(__file__), "pickles.json")
golden = json.load(open(path)) if os.path.exists(path) else {}
golden[np.__version__] = {
    protocol: base64.b64encode(zlib.compress(pickle.dumps(VALUES, protocol), 9)).decode() for protocol in range(2, 6)
}
with open(path, "w") as file:
    json.dump(golden, file, indent=2)
    file.write("\n")
