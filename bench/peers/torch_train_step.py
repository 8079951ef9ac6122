"""ResFace20 with AM-Softmax in PyTorch, as a peer of bench/train-step.ts.

Reads a number of steps a line on standard input, makes that many training steps (or forward passes with
--inference) and answers with the seconds that they took and the bytes of its memory at its highest.
"""
import argparse
import resource
import sys
import time

import torch
import torch.nn.functional as F
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
    def __init__(self):
        super().__init__()
        layers, cin = [], 3
        for channels, units in STAGES:
            layers.append(conv_bn_prelu(cin, channels, 2))
            layers += [Unit(channels) for _ in range(units)]
            cin = channels
        self.features = nn.Sequential(*layers)
        self.embedding = nn.Linear(512 * 7 * 6, 512, bias=False)
        self.norm = nn.BatchNorm1d(512, eps=1e-3, momentum=0.005)

    def forward(self, x):
        return self.norm(self.embedding(torch.flatten(self.features(x), 1)))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--batch-size", type=int, default=16)
    args.add_argument("--identities", type=int, default=10000)
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--layout", choices=["channels_last", "contiguous_format"], default="channels_last")
    args.add_argument("--inference", action="store_true")
    args = args.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    layout = getattr(torch, args.layout)
    net = ResFace20().to(memory_format=layout)
    head = nn.Parameter(torch.randn(512, args.identities) * 0.05)
    decayed = [p for p in net.parameters() if p.dim() > 1] + [head]
    plain = [p for p in net.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 5e-4}, {"params": plain}]
    optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9)
    images = torch.randn(args.batch_size, 3, 112, 96).to(memory_format=layout)
    labels = torch.arange(args.batch_size) % args.identities
    margin = 0.35 * F.one_hot(labels, args.identities)

    def step():
        cosine = F.normalize(net(images)) @ F.normalize(head, dim=0)
        loss = F.cross_entropy(30 * (cosine.clamp(-1, 1) - margin), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.no_grad():
            return net(images)[0, 0].item()

    work = infer if args.inference else step
    net.train(not args.inference)
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            work()
        seconds = time.perf_counter() - start
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


main()
