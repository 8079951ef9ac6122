"""Writes a net with random weights, an input and what PyTorch makes of it: make-pytorch-nets.py NET FILE.

FILE.safetensors has the state dict, `images` and `embeddings`. FILE.pth has `state_dict` with the names of a net in
`module.backbone.`, and a head; FILE.gradients.pth the gradients of sum(weights * embeddings) of a training pass by the
same names, `weights` and the loss, computed in float64.
"""

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


class IResNet(nn.Module):
    """ArcFace's nets by InsightFace's names."""

    def __init__(self, units):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU(64)
        inputs = 64
        for s, (channels, units) in enumerate(zip([64, 128, 256, 512], units), 1):
            layers = []
            for u in range(units):
                layers.append(Unit(inputs, channels, 2 if u == 0 else 1))
                inputs = channels
            setattr(self, f"layer{s}", nn.Sequential(*layers))
        self.bn2 = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512 * (SIZE // 16) ** 2, D)
        self.features = nn.BatchNorm1d(D)
        self.features.weight.requires_grad = False

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for s in range(1, 5):
            x = getattr(self, f"layer{s}")(x)
        return self.features(self.fc(self.bn2(x).flatten(1)))


UNITS = {
    "iresnet18": [2, 2, 2, 2],
    "iresnet34": [3, 4, 6, 3],
    "iresnet50": [3, 4, 14, 3],
    "iresnet100": [3, 13, 30, 3],
}
name, path = sys.argv[1:]
net = (Sphere20() if name == "sphere20" else IResNet(UNITS[name])).eval()
for module in net.modules():
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        nn.init.uniform_(module.weight, 0.5, 1.5)
        nn.init.uniform_(module.bias, -0.5, 0.5)
        nn.init.uniform_(module.running_mean, -0.5, 0.5)
        nn.init.uniform_(module.running_var, 0.5, 1.5)
    if isinstance(module, nn.PReLU):
        nn.init.uniform_(module.weight, 0, 0.5)
# Six standard deviations away from the kink of PReLU, where gradients jump and float32 falls on either side; not
# further, since sums of large values lose digits.
for module in net.modules():
    if isinstance(module, (Unit, IResNet)):
        norm = module.bn2 if isinstance(module, Unit) else module.bn1
        nn.init.uniform_(norm.weight, 0.6, 0.7)
        norm.bias.data = 4 * torch.sign(norm.bias.data)
images = torch.rand(8, 3, SIZE, SIZE) * 2 - 1
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
with open(f"{path}.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + b"".join(pieces))

checkpoint = {f"module.backbone.{name}": value for name, value in net.state_dict().items()}
torch.save({"epoch": 1, "state_dict": {**checkpoint, "module.head.weight": torch.zeros(2, D)}}, f"{path}.pth")
net.double().train()
weights = torch.randn(len(images), D, dtype=torch.float64)
loss = (weights * net(images.double())).sum()
loss.backward()
state = dict(net.named_parameters())
gradients = {
    name: torch.zeros_like(value) if getattr(state.get(name), "grad", None) is None else state[name].grad
    for name, value in net.state_dict().items()
}
torch.save({**gradients, "weights": weights, "loss": loss.detach()}, f"{path}.gradients.pth")
