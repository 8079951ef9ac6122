"""Training steps with AM-Softmax in PyTorch, as a peer of bench/nets.ts, bench/train-step.ts and bench/gpu.ts.

Says its version, then reads a number of steps a line on standard input, makes that many training steps (or forward
passes with --inference) and answers with the seconds that they took, the bytes of its memory at its highest (the
process's, or with --device cuda what PyTorch has allocated on the GPU) and the seconds of processor time. Answers the
line `parameters` with how many the net has.
"""
import argparse
import contextlib
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch_nets import NETS, create_net


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--net", choices=list(NETS), default="resface20")
    args.add_argument("--batch-size", type=int, default=16)
    args.add_argument("--image-size", default="112,96")
    args.add_argument("--identities", type=int, default=10000)
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--layout", choices=["channels_last", "contiguous_format"], default="channels_last")
    args.add_argument("--inference", action="store_true")
    args.add_argument("--compile", action="store_true", help="the net by torch.compile")
    args.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    args.add_argument("--autocast", choices=["none", "float16", "bfloat16"], default="none")
    args = args.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    # float32 shall mean float32: by default convolutions on a GPU round their inputs to TF32.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    layout = getattr(torch, args.layout)
    on = {"device": args.device}
    height, width = map(int, args.image_size.split(","))
    net = create_net(args.net, height, width).to(**on, memory_format=layout)
    size = net[-1].num_features
    head = nn.Parameter(torch.randn(size, args.identities, **on) * 0.05)
    decayed = [p for p in net.parameters() if p.dim() > 1] + [head]
    plain = [p for p in net.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 5e-4}, {"params": plain}]
    optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9)
    images = torch.randn(args.batch_size, 3, height, width, **on).to(memory_format=layout)
    labels = torch.arange(args.batch_size, **on) % args.identities
    margin = 0.35 * F.one_hot(labels, args.identities)
    cast = args.autocast != "none"
    scaler = torch.cuda.amp.GradScaler(enabled=args.autocast == "float16" and args.device == "cuda")

    def autocast():
        if not cast:
            return contextlib.nullcontext()
        return torch.autocast(args.device, dtype=getattr(torch, args.autocast))

    def step():
        with autocast():
            embeddings = net(images)
        cosine = F.normalize(embeddings.float()) @ F.normalize(head, dim=0)  # the head in float32
        loss = F.cross_entropy(30 * (cosine.clamp(-1, 1) - margin), labels)
        optimizer.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.item()

    def infer():
        with torch.no_grad(), autocast():
            return net(images)[0, 0].item()

    def peak():
        if args.device == "cuda":
            return torch.cuda.max_memory_allocated()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    work = infer if args.inference else step
    net.train(not args.inference)
    parameters = sum(p.numel() for p in net.parameters() if p.requires_grad)
    if args.compile:
        net = torch.compile(net)
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        if line.strip() == "parameters":
            print(parameters, flush=True)
            continue
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            work()
        if args.device == "cuda":
            torch.cuda.synchronize()
        print(time.perf_counter() - start, peak(), time.process_time() - cpu, flush=True)


main()
