"""The nets of @amface/nets in PyTorch, as peers of bench/nets.ts: torch_embed.py --net NAME --batch-size N.

Says its version and the net's number of parameters, then reads a number of forward passes a line on standard
input, makes them and answers with the seconds that they took and the bytes of its memory at its highest.
"""
import argparse
import resource
import sys
import time

import torch
from torch import nn
from torch_nets import ImprovedUnit, Unit, batch_norm, conv_bn_prelu


class Residual(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x) + x


def resface(channels, units, size):
    layers, cin = [], 3
    for width, count in zip(channels, units):
        layers += [conv_bn_prelu(cin, width, 2), *(Unit(width) for _ in range(count))]
        cin = width
    return nn.Sequential(*layers, *end(cin * 7 * 6, size))


def end(features, size):
    return nn.Flatten(), nn.Linear(features, size, bias=False), nn.BatchNorm1d(size)


def lresnet(units, size):
    layers, cin = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), batch_norm(64), nn.PReLU(64)], 64
    for width, count in zip([64, 128, 256, 512], units):
        for u in range(count):
            layers.append(ImprovedUnit(cin, width, 2 if u == 0 else 1))
            cin = width
    return nn.Sequential(*layers, batch_norm(cin), *end(cin * 7 * 6, size))


def mobilefacenet(size):
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
    return nn.Sequential(*layers, conv(cin, 512, 1), conv(512, 512, (7, 6), groups=512, linear=True), *end(512, size))


NETS = {
    "resface-small": lambda: resface([16, 32, 64, 128], [1, 1, 1, 1], 128),
    "mobilefacenet": lambda: mobilefacenet(128),
    "resface20": lambda: resface([64, 128, 256, 512], [1, 2, 4, 1], 512),
    "resface36": lambda: resface([64, 128, 256, 512], [2, 4, 8, 1], 512),
    "lresnet50e-ir": lambda: lresnet([3, 4, 14, 3], 512),
}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--net", choices=NETS, required=True)
    args.add_argument("--batch-size", type=int, required=True)
    args.add_argument("--threads", type=int, required=True)
    args = args.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    net = NETS[args.net]().eval().to(memory_format=torch.channels_last)
    images = torch.randn(args.batch_size, 3, 112, 96).to(memory_format=torch.channels_last)
    print(torch.__version__, sum(p.numel() for p in net.parameters()), flush=True)
    for line in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        with torch.no_grad():
            for _ in range(int(line)):
                net(images)[0, 0].item()
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, cpu, flush=True)


main()
