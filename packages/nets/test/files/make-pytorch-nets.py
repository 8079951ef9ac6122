"""Writes nets with random weights, an input and what PyTorch makes of it, as safetensors: make-pytorch-nets.py NET FILE."""

import json
import struct
import sys

import torch
from torch import nn

torch.manual_seed(1)
SIZE, D = 32, 8


class Sphere20(nn.Module):
    """SphereFace's 20 layers by the names of their PyTorch weights."""

    def __init__(self):
        super().__init__()
        inputs = 3
        self.units = [(64, 1), (128, 2), (256, 4), (512, 1)]
        for s, (channels, units) in enumerate(self.units, 1):
            for k in range(1, 2 + 2 * units):
                stride = 2 if k == 1 else 1
                setattr(self, f"conv{s}_{k}", nn.Conv2d(inputs, channels, 3, stride, 1))
                setattr(self, f"relu{s}_{k}", nn.PReLU(channels))
                inputs = channels
        self.fc5 = nn.Linear(512 * (SIZE // 16) ** 2, D)
        self.fc6 = nn.Linear(D, 10, bias=False)

    def forward(self, x):
        def layer(s, k, x):
            return getattr(self, f"relu{s}_{k}")(getattr(self, f"conv{s}_{k}")(x))

        for s, (_, units) in enumerate(self.units, 1):
            x = layer(s, 1, x)
            for u in range(units):
                x = x + layer(s, 2 * u + 3, layer(s, 2 * u + 2, x))
        return self.fc5(x.flatten(1))


class Unit(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.prelu = nn.PReLU(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride == 2:
            conv = nn.Conv2d(inputs, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        y = self.bn3(self.conv2(y))
        return y + (x if self.downsample is None else self.downsample(x))


class IResNet50(nn.Module):
    """ArcFace's 50 layers by InsightFace's names."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU(64)
        inputs = 64
        for s, (channels, units) in enumerate([(64, 3), (128, 4), (256, 14), (512, 3)], 1):
            layers = []
            for u in range(units):
                layers.append(Unit(inputs, channels, 2 if u == 0 else 1))
                inputs = channels
            setattr(self, f"layer{s}", nn.Sequential(*layers))
        self.bn2 = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512 * (SIZE // 16) ** 2, D)
        self.features = nn.BatchNorm1d(D)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for s in range(1, 5):
            x = getattr(self, f"layer{s}")(x)
        return self.features(self.fc(self.bn2(x).flatten(1)))


net = {"sphere20": Sphere20, "iresnet50": IResNet50}[sys.argv[1]]().eval()
for module in net.modules():
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        nn.init.uniform_(module.weight, 0.5, 1.5)
        nn.init.uniform_(module.bias, -0.5, 0.5)
        nn.init.uniform_(module.running_mean, -0.5, 0.5)
        nn.init.uniform_(module.running_var, 0.5, 1.5)
    if isinstance(module, nn.PReLU):
        nn.init.uniform_(module.weight, 0, 0.5)
images = torch.rand(2, 3, SIZE, SIZE) * 2 - 1
with torch.no_grad():
    embeddings = net(images)
tensors = dict(net.state_dict())
tensors["images"] = images.permute(0, 2, 3, 1)
tensors["embeddings"] = embeddings
header, pieces, offset = {}, [], 0
for name, value in tensors.items():
    data = value.contiguous().numpy().tobytes()
    dtype = "I64" if value.dtype == torch.int64 else "F32"
    header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [offset, offset + len(data)]}
    pieces.append(data)
    offset += len(data)
text = json.dumps(header).encode()
with open(sys.argv[2], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + b"".join(pieces))
