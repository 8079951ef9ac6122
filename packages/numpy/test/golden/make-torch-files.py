"""Adds to torch-files.json what this PyTorch saves, by PyTorch version and kind, in base64 of zlib.

The file was made by one run with PyTorch 2.15.0 and one with 1.13.0 (Debian's), both on Python 3.11.
"""

import argparse
import base64
import io
import json
import os
import zlib
from collections import OrderedDict

import torch


def values(count, shape):
    """Sixteenths, which all types of floating point hold exactly."""
    return (torch.arange(count, dtype=torch.float32).reshape(shape) - 3) / 16


def tensors():
    block = values(24, (4, 6))
    net = torch.nn.BatchNorm1d(3)
    with torch.no_grad():
        net.weight.copy_(values(3, 3))
    return OrderedDict(
        [
            ("float32", values(6, (2, 3))),
            ("float64", values(6, (2, 3)).double()),
            ("float16", values(6, (2, 3)).half()),
            ("bfloat16", values(6, (2, 3)).bfloat16()),
            ("int64", torch.tensor(7)),
            ("int32", torch.arange(3, dtype=torch.int32) - 1),
            ("int16", torch.arange(3, dtype=torch.int16) - 1),
            ("int8", torch.arange(3, dtype=torch.int8) - 1),
            ("uint8", torch.arange(3, dtype=torch.uint8) + 254),
            ("bool", torch.tensor([True, False])),
            ("transposed", block.t()),
            ("rows", block[1:3]),
            ("steps", block[::2, 1::2]),
            ("expanded", block[0, 1:2].expand(5)),
            ("channelsLast", values(24, (1, 2, 3, 4)).contiguous(memory_format=torch.channels_last)),
            ("empty", torch.zeros(0, 3)),
            ("parameter", net.weight),
        ]
    )


def save(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return base64.b64encode(zlib.compress(file.getvalue(), 9)).decode()


def checkpoint():
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[0.5, -0.25]]))
    return {
        "epoch": 3,
        "args": argparse.Namespace(lr=0.1, size=torch.Size([2])),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "optimizer": optimizer.state_dict(),
        "state_dict": net.state_dict(),
    }


legacy = {"_use_new_zipfile_serialization": False}
path = os.path.join(os.path.dirname(__file__), "torch-files.json")
golden = json.load(open(path)) if os.path.exists(path) else {}
golden[torch.__version__] = {
    "zip": save(tensors()),
    "zip, protocol 4": save(tensors(), pickle_protocol=4),
    "legacy": save(tensors(), **legacy),
    "legacy, protocol 4": save(tensors(), pickle_protocol=4, **legacy),
    "checkpoint": save(checkpoint()),
    "legacy checkpoint": save(checkpoint(), **legacy),
    "net": save(torch.nn.Linear(2, 1)),
}
with open(path, "w") as file:
    json.dump(golden, file, indent=2)
    file.write("\n")
