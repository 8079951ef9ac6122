"""The nets of @amface/nets as `createNet` builds them by default, in PyTorch."""
from torch import nn


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


class Residual(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x) + x


def resface(channels, units, size, pixels):
    layers, cin = [], 3
    for width, count in zip(channels, units):
        layers += [conv_bn_prelu(cin, width, 2), *(Unit(width) for _ in range(count))]
        cin = width
    return nn.Sequential(*layers, *end(cin * pixels, size, 1e-3))


def end(features, size, eps):
    return nn.Flatten(), nn.Linear(features, size, bias=False), nn.BatchNorm1d(size, eps=eps, momentum=0.005)


def lresnet(units, size, pixels):
    layers, cin = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), batch_norm(64), nn.PReLU(64)], 64
    for width, count in zip([64, 128, 256, 512], units):
        for u in range(count):
            layers.append(ImprovedUnit(cin, width, 2 if u == 0 else 1))
            cin = width
    return nn.Sequential(*layers, batch_norm(cin), *end(cin * pixels, size, 1e-5))


def iresnet(units, pixels):
    net = lresnet(units, 512, pixels)
    net[-1].weight.requires_grad_(False)  # the last normalisation has no scale to learn
    return net


def mobilefacenet(size, rows, columns):
    def conv(cin, cout, kernel, stride=1, pad=0, groups=1, linear=False):
        layers = [nn.Conv2d(cin, cout, kernel, stride, pad, groups=groups, bias=False), batch_norm(cout)]
        return nn.Sequential(*layers, *([] if linear else [nn.PReLU(cout)]))

    layers, cin = [conv(3, 64, 3, 2, 1), conv(64, 64, 3, 1, 1, 64)], 64
    for t, width, count, stride in [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]:
        for u in range(count):
            wide, step = t * cin, stride if u == 0 else 1
            body = nn.Sequential(
                conv(cin, wide, 1), conv(wide, wide, 3, step, 1, wide), conv(wide, width, 1, linear=True)
            )
            layers.append(Residual(body) if step == 1 and cin == width else body)
            cin = width
    whole = conv(512, 512, (rows, columns), groups=512, linear=True)
    return nn.Sequential(*layers, conv(cin, 512, 1), whole, *end(512, size, 1e-5))


NETS = {
    "resface-small": lambda rows, columns: resface([16, 32, 64, 128], [1, 1, 1, 1], 128, rows * columns),
    "mobilefacenet": lambda rows, columns: mobilefacenet(128, rows, columns),
    "resface20": lambda rows, columns: resface([64, 128, 256, 512], [1, 2, 4, 1], 512, rows * columns),
    "resface36": lambda rows, columns: resface([64, 128, 256, 512], [2, 4, 8, 1], 512, rows * columns),
    "lresnet50e-ir": lambda rows, columns: lresnet([3, 4, 14, 3], 512, rows * columns),
    "iresnet18": lambda rows, columns: iresnet([2, 2, 2, 2], rows * columns),
    "iresnet34": lambda rows, columns: iresnet([3, 4, 6, 3], rows * columns),
    "iresnet50": lambda rows, columns: iresnet([3, 4, 14, 3], rows * columns),
    "iresnet100": lambda rows, columns: iresnet([3, 13, 30, 3], rows * columns),
}


def create_net(name, height, width):
    """`name` of a net for images of `height` by `width`, which its four strides halve, rounded up."""
    for _ in range(4):
        height, width = (height + 1) // 2, (width + 1) // 2
    return NETS[name](height, width)
