"""MTCNN as the reference runs it (photo by photo, in PyTorch and NumPy), as a peer of bench/align.ts.

Reads a number of photos a line on standard input, decodes and searches that many of the folder's, and answers with the
seconds that they took and the bytes of its memory at its highest. Nothing is written.
"""
import argparse
import glob
import os
import resource
import sys
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

# Layers by name: convolutions and pools as (kind, …); weights are stored as [x, y, in, out].
PNET = [("conv", "conv1", "PReLU1"), ("pool", 2), ("conv", "conv2", "PReLU2"), ("conv", "conv3", "PReLU3")]
RNET = [("conv", "conv1", "prelu1"), ("pool", 3), ("conv", "conv2", "prelu2"), ("pool", 3, False),
        ("conv", "conv3", "prelu3"), ("dense", "conv4", "prelu4", 3)]
ONET = [("conv", "conv1", "prelu1"), ("pool", 3), ("conv", "conv2", "prelu2"), ("pool", 3, False),
        ("conv", "conv3", "prelu3"), ("pool", 2), ("conv", "conv4", "prelu4"), ("dense", "conv5", "prelu5", 3)]
FACTOR, MIN_SIZE, THRESHOLDS = 0.709, 20, (0.6, 0.7, 0.7)


class Net:
    def __init__(self, path, layers, heads):
        weights = np.load(path, allow_pickle=True, encoding="latin1").item()
        self.layers, self.weights = layers, {}
        for name, parts in weights.items():
            self.weights[name] = {key: torch.from_numpy(np.ascontiguousarray(part)) for key, part in parts.items()}
            w = self.weights[name].get("weights")
            if w is not None and w.dim() == 4:
                self.weights[name]["weights"] = w.permute(3, 2, 1, 0).contiguous()
        self.heads = heads

    def __call__(self, x):
        for kind, *layer in self.layers:
            if kind == "pool":
                x = F.max_pool2d(x, layer[0], 2, ceil_mode=len(layer) == 1)
                continue
            w = self.weights[layer[0]]
            if kind == "conv":
                x = F.conv2d(x, w["weights"], w["biases"])
            else:  # rows of the matrix run over [x, y, channel]
                x = x.permute(0, 3, 2, 1).reshape(x.shape[0], -1) @ w["weights"] + w["biases"]
            x = F.prelu(x, self.weights[layer[1]]["alpha"].reshape(-1))
        out = []
        for name in self.heads:
            w = self.weights[name]
            dense = w["weights"].dim() == 2
            out.append(x @ w["weights"] + w["biases"] if dense else F.conv2d(x, w["weights"], w["biases"]))
        return [torch.softmax(out[0], 1)[:, 1].numpy(), *(o.numpy() for o in out[1:])]


def nms(boxes, threshold, union=True):
    x1, y1, x2, y2, scores = boxes[:, :5].T
    area = (x2 - x1 + 1) * (y2 - y1 + 1)
    order, keep = np.argsort(scores), []
    while order.size:
        i, order = order[-1], order[:-1]
        keep.append(i)
        w = np.maximum(0, np.minimum(x2[i], x2[order]) - np.maximum(x1[i], x1[order]) + 1)
        h = np.maximum(0, np.minimum(y2[i], y2[order]) - np.maximum(y1[i], y1[order]) + 1)
        whole = area[i] + area[order] - w * h if union else np.minimum(area[i], area[order])
        order = order[w * h / whole <= threshold]
    return np.array(keep, int)


def square(boxes):
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    side = np.maximum(w, h)
    boxes[:, 0] += w / 2 - side / 2
    boxes[:, 1] += h / 2 - side / 2
    boxes[:, 2], boxes[:, 3] = boxes[:, 0] + side, boxes[:, 1] + side
    return boxes


def moved(boxes, offsets, one):
    w, h = boxes[:, 2] - boxes[:, 0] + one, boxes[:, 3] - boxes[:, 1] + one
    corners = boxes[:, :4] + offsets * np.stack([w, h, w, h], 1)
    return np.hstack([corners, boxes[:, 4:]])


def normalised(pixels):
    return torch.from_numpy(((pixels - 127.5) / 128).astype(np.float32).transpose(0, 3, 1, 2).copy())


def windows(image, boxes, size):
    out = np.zeros((len(boxes), size, size, 3))
    height, width = image.shape[:2]
    for i, (x1, y1, x2, y2) in enumerate(boxes[:, :4].astype(int)):
        window = np.zeros((y2 - y1 + 1, x2 - x1 + 1, 3))
        left, top, right, bottom = max(x1, 1), max(y1, 1), min(x2, width), min(y2, height)
        window[top - y1:bottom - y1 + 1, left - x1:right - x1 + 1] = image[top - 1:bottom, left - 1:right]
        out[i] = cv2.resize(window, (size, size), interpolation=cv2.INTER_AREA)
    return normalised(out)


def detect(image, pnet, rnet, onet):
    height, width = image.shape[:2]
    side, scale, found = min(height, width) * 12 / MIN_SIZE, 12 / MIN_SIZE, []
    while side >= 12:
        size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
        level = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        scores, offsets = pnet(normalised(level[None].astype(np.float64)))
        y, x = np.where(scores[0] >= THRESHOLDS[0])
        if len(x):
            corners = [np.fix((2 * x + 1) / scale), np.fix((2 * y + 1) / scale),
                       np.fix((2 * x + 12) / scale), np.fix((2 * y + 12) / scale)]
            boxes = np.column_stack([*corners, scores[0][y, x], offsets[0][:, y, x].T])
            found.append(boxes[nms(boxes, 0.5)])
        scale *= FACTOR
        side *= FACTOR
    if not found:
        return []
    boxes = np.vstack(found)
    boxes = boxes[nms(boxes, 0.7)]
    boxes = np.fix(square(moved(boxes[:, :5], boxes[:, 5:9], 0)))
    scores, offsets = rnet(windows(image, boxes, 24))
    keep = scores > THRESHOLDS[1]
    boxes, offsets = np.column_stack([boxes[keep, :4], scores[keep]]), offsets[keep]
    if not len(boxes):
        return []
    picked = nms(boxes, 0.7)
    boxes = np.fix(square(moved(boxes[picked], offsets[picked], 1)))
    scores, offsets, _ = onet(windows(image, boxes, 48))
    keep = scores > THRESHOLDS[2]
    boxes = moved(np.column_stack([boxes[keep, :4], scores[keep]]), offsets[keep], 1)
    return boxes[nms(boxes, 0.7, union=False)] if len(boxes) else []


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--photos", required=True)
    args.add_argument("--weights", required=True)
    args.add_argument("--threads", type=int, default=2)
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    nets = [Net(os.path.join(args.weights, f"det{i + 1}.npy"), layers, heads) for i, (layers, heads) in enumerate([
        (PNET, ["conv4-1", "conv4-2"]), (RNET, ["conv5-1", "conv5-2"]), (ONET, ["conv6-1", "conv6-2", "conv6-3"])])]
    paths = sorted(glob.glob(os.path.join(args.photos, "*", "*.jpg")))
    print(f"PyTorch {torch.__version__}, OpenCV {cv2.__version__}", flush=True)
    at = 0
    for line in sys.stdin:
        start = time.perf_counter()
        with torch.no_grad():
            for _ in range(int(line)):
                image = cv2.cvtColor(cv2.imread(paths[at % len(paths)]), cv2.COLOR_BGR2RGB)
                detect(image, *nets)
                at += 1
        print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


main()
