"""Loads JPEG crops with OpenCV or Pillow on one core, as a peer of bench/data.ts.

Reads a number of passes a line on standard input, makes them, and answers with the seconds that they took, the bytes
of its memory at its highest, and the seconds of processor time. A pass takes every file of the folder once:
  --mode decode   bytes that lie in memory to uint8 RGB, nothing else
  --mode folder   files on disk to float32 batches, (pixels - 127.5) / 128
"""
import argparse
import glob
import io
import os
import resource
import sys
import time

import numpy as np


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--library", choices=["opencv", "pillow"], required=True)
    args.add_argument("--mode", choices=["decode", "folder"], required=True)
    args.add_argument("--dir", required=True)
    args.add_argument("--batch-size", type=int, default=64)
    args = args.parse_args()
    if args.library == "opencv":
        import cv2

        cv2.setNumThreads(1)
        version = cv2.__version__

        def decode(data):
            return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    else:
        import PIL
        from PIL import Image

        version = PIL.__version__

        def decode(data):
            return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    paths = sorted(glob.glob(os.path.join(args.dir, "*", "*")))
    contents = [open(path, "rb").read() for path in paths]

    def decode_all():
        for data in contents:
            decode(data)

    def load_all():
        for start in range(0, len(paths), args.batch_size):
            batch = []
            for path in paths[start : start + args.batch_size]:
                with open(path, "rb") as file:
                    batch.append(decode(file.read()))
            images = np.stack(batch).astype(np.float32)
            images -= 127.5
            images /= 128

    work = decode_all if args.mode == "decode" else load_all
    print(version, flush=True)
    for line in sys.stdin:
        start, before = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            work()
        seconds, processor = time.perf_counter() - start, time.process_time() - before
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, processor, flush=True)


main()
