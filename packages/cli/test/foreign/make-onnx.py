"""Exports PyTorch's twin of MobileFaceNet as ONNX: make-onnx.py WEIGHTS.safetensors CROPS.npy FOLDER.

CROPS are uint8 [B, 112, 96, 3], RGB. FOLDER gets twin.onnx (torch.export, free batch, values in a file beside it),
fixed.onnx (TorchScript, batches of 5), nhwc-bgr.onnx (free batch, [B, H, W, 3] of BGR 0..255), several.onnx (two outputs)
and expected.npy, what ONNX Runtime makes of the crops by twin.onnx.
With one argument, FOLDER: tiny.onnx, tiny.onnx.data, whole.onnx (the same in one file) and tiny.json, the files of golden/.
"""

import json
import struct
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.conv = nn.Sequential(
            *(nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.PReLU(wide)),
            *(nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.PReLU(wide)),
            *(nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs)),
        )

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Convolution(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0, groups=1, linear=False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.prelu = nn.Identity() if linear else nn.PReLU(outputs)

    def forward(self, x):
        return self.prelu(self.bn(self.conv(x)))


class MobileFaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = Convolution(3, 64, 3, 2, 1)
        self.dw_conv1 = Convolution(64, 64, 3, 1, 1, groups=64)
        blocks, inputs = [], 64
        for expansion, outputs, repeats, stride in [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]:
            for k in range(repeats):
                blocks.append(Block(inputs, outputs, stride if k == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = Convolution(128, 512, 1)
        self.linear7 = Convolution(512, 512, (7, 6), groups=512, linear=True)
        self.linear1 = Convolution(512, 128, 1, linear=True)

    def forward(self, x):
        x = self.blocks(self.dw_conv1(self.conv1(x)))
        return self.linear1(self.linear7(self.conv2(x))).flatten(1)


class FromBgr(nn.Module):
    """Takes [B, H, W, 3] of BGR, 0..255."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net((x.flip(3).permute(0, 3, 1, 2) - 127.5) / 128)


class Several(nn.Module):
    """The map of the last convolution, then the embedding."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        map = self.net.conv2(self.net.blocks(self.net.dw_conv1(self.net.conv1(x))))
        return map, self.net.linear1(self.net.linear7(map))


def read_safetensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    values = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        bytes = data[8 + length + start : 8 + length + end]
        values[name] = torch.tensor(np.frombuffer(bytes, np.float32).reshape(entry["shape"]).copy())
    return values


def export(net, images, path, outputs=["embedding"]):
    dynamic = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(
        net, (images,), path, dynamo=True, dynamic_shapes=dynamic, input_names=["data"], output_names=outputs
    )


def run(path, values):
    return onnxruntime.InferenceSession(path).run(["embedding"], {"data": values})[0]


def golden(folder):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    export(net, torch.rand(2, 3, 12, 10), f"{folder}/tiny.onnx")
    # PyTorch notes its own files' paths with every node.
    model = onnx.load(f"{folder}/tiny.onnx", load_external_data=False)
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.save(model, f"{folder}/tiny.onnx")
    onnx.save(onnx.load(f"{folder}/tiny.onnx"), f"{folder}/whole.onnx")
    pixels = (np.arange(3 * 12 * 10 * 3) * 37 % 256).astype(np.uint8)
    values = (pixels.reshape(3, 12, 10, 3).transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / np.float32(127.5)
    made = {
        "from": f"make-onnx.py, PyTorch {torch.__version__}, ONNX Runtime {onnxruntime.__version__}, seed 1",
        "pixels": "[3, 12, 10, 3], value i is 37 i mod 256",
        "embeddings": [[float(value) for value in row] for row in run(f"{folder}/tiny.onnx", values)],
    }
    with open(f"{folder}/tiny.json", "w") as file:
        file.write(json.dumps(made, indent=2) + "\n")


if len(sys.argv) == 2:
    golden(sys.argv[1])
    sys.exit()
weights, crops, folder = sys.argv[1:]
net = MobileFaceNet().eval()
net.load_state_dict(read_safetensors(weights), strict=False)
pixels = torch.tensor(np.load(crops)).float()
images = ((pixels - 127.5) / 128).permute(0, 3, 1, 2).contiguous()
export(net, images[:2], f"{folder}/twin.onnx")
export(FromBgr(net), pixels[:2], f"{folder}/nhwc-bgr.onnx")
export(Several(net), images[:2], f"{folder}/several.onnx", ["map", "embedding"])
torch.onnx.export(
    net, (images[:5],), f"{folder}/fixed.onnx", dynamo=False, input_names=["data"], output_names=["embedding"]
)
np.save(f"{folder}/expected.npy", run(f"{folder}/twin.onnx", images.numpy()))
