"""ResFace20 and LResNet50E-IR with batch normalisation, as amface's `createNet` builds them, in PyTorch."""
import torch
from torch import nn

STAGES = [(64, 1), (128, 2), (256, 4), (512, 1)]


def conv_bn_prelu(cin, cout, stride):
    # TensorFlow's "same" padding of an even size at stride 2: one row below, one column to the right.
    pad = [nn.ZeroPad2d((0, 1, 0, 1))] if stride == 2 else []
    conv = nn.Conv2d(cin, cout, 3, stride, padding=0 if stride == 2 else 1, bias=False)
    return nn.Sequential(*pad, conv, nn.BatchNorm2d(cout, eps=1e-3, momentum=0.005), nn.PReLU(cout))


class Unit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(conv_bn_prelu(channels, channels, 1), conv_bn_prelu(channels, channels, 1))

    def forward(self, x):
        return x + self.body(x)


class ResFace20(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        layers, cin = [], 3
        for channels, units in STAGES:
            layers.append(conv_bn_prelu(cin, channels, 2))
            layers += [Unit(channels) for _ in range(units)]
            cin = channels
        self.features = nn.Sequential(*layers)
        self.embedding = nn.Linear(512 * rows * columns, 512, bias=False)
        self.norm = nn.BatchNorm1d(512, eps=1e-3, momentum=0.005)

    def forward(self, x):
        return self.norm(self.embedding(torch.flatten(self.features(x), 1)))


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-5, momentum=0.005)


class ImprovedUnit(nn.Module):
    """Batch normalisation, convolution, batch normalisation, PReLU, convolution, batch normalisation."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.body = nn.Sequential(
            batch_norm(cin),
            nn.Conv2d(cin, cout, 3, 1, 1, bias=False),
            batch_norm(cout),
            nn.PReLU(cout),
            nn.Conv2d(cout, cout, 3, stride, 1, bias=False),
            batch_norm(cout),
        )
        shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), batch_norm(cout))
        self.shortcut = shortcut if stride == 2 else nn.Identity()

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class LResNet50EIR(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        layers, cin = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), batch_norm(64), nn.PReLU(64)], 64
        for channels, units in [(64, 3), (128, 4), (256, 14), (512, 3)]:
            for unit in range(units):
                layers.append(ImprovedUnit(cin, channels, 2 if unit == 0 else 1))
                cin = channels
        self.features = nn.Sequential(*layers, batch_norm(512))
        self.embedding = nn.Linear(512 * rows * columns, 512)
        self.norm = nn.BatchNorm1d(512, eps=1e-5, momentum=0.005)

    def forward(self, x):
        return self.norm(self.embedding(torch.flatten(self.features(x), 1)))


NETS = {"resface20": ResFace20, "lresnet50e-ir": LResNet50EIR}


def create_net(name, height, width):
    """`name` of a net for images of `height` by `width`, which its four strides halve, rounded up."""
    for _ in STAGES:
        height, width = (height + 1) // 2, (width + 1) // 2
    return NETS[name](height, width)
