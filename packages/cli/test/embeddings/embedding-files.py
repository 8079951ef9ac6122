"""Writes embeddings as NumPy's and PyArrow's users do, or reads what amface wrote.

embedding-files.py write FOLDER makes the files of golden/ there; embedding-files.py read FILE prints paths and values as
JSON. Those of golden/ were made by NumPy 2.4.6 and PyArrow 26.0.1 on Python 3.11.
"""

import json
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

PATHS = ["Ann/1.jpg", "Ann/2.jpg", "Zoë/1.jpg"]
VALUES = (np.arange(12, dtype=np.float32).reshape(3, 4) - 5) / 8


def write(folder):
    def at(name):
        return os.path.join(folder, name)

    np.savez(at("stored.npz"), embeddings=VALUES, paths=np.array(PATHS), other=np.arange(3))
    np.savez_compressed(at("compressed.npz"), features=VALUES.astype(np.float16), names=np.array(PATHS))
    np.savez(at("fortran.npz"), embeddings=np.asfortranarray(VALUES.astype(np.float64)), name=np.array(PATHS))
    lists = pa.table({"id": [1, 2, 3], "path": PATHS, "embedding": pa.array(VALUES.tolist(), pa.list_(pa.float32()))})
    fixed = pa.table({"name": PATHS, "vector": pa.FixedSizeListArray.from_arrays(VALUES.astype(np.float64).ravel(), 4)})
    for name, table in [("lists", lists), ("fixed", fixed)]:
        pa.parquet.write_table(table, at(f"{name}.parquet"))
        pa.feather.write_feather(table, at(f"{name}.arrow"), compression="uncompressed")
    pa.parquet.write_table(lists, at("plain.parquet"), compression="none", use_dictionary=False, row_group_size=2)
    with pa.OSFile(at("stream.arrow"), "wb") as file, pa.ipc.new_stream(file, lists.schema) as stream:
        stream.write_table(lists, max_chunksize=2)
    pa.feather.write_feather(lists, at("lz4.feather"), compression="lz4")


def read(path):
    if path.endswith(".npz"):
        file = np.load(path)
        return file["paths"].tolist(), file["embeddings"].tolist()
    table = pa.parquet.read_table(path) if path.endswith(".parquet") else pa.feather.read_table(path)
    return table["path"].to_pylist(), table["embedding"].to_pylist()


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    json.dump(read(sys.argv[2]), sys.stdout)
