"""LFW's K-fold evaluation as vector operations over all thresholds in NumPy, as a peer of bench/lfw-eval.ts.

The protocol in the way that Python evaluations of LFW usually are written: for every fold and every one of 400
thresholds the accuracy on the other folds, for every fold and every one of 4,000 thresholds their FAR, each by
comparing all distances with the threshold. The first argument is a CSV of issame,distance without a line of names. Prints NumPy's version and
the results as JSON on the first line, then reads a number of evaluations a line on standard input, makes that
many and answers with the seconds that they took and the bytes of its memory at its highest.
"""
import json
import resource
import sys
import time

import numpy as np


def rates(threshold, distances, issame):
    accepted = distances < threshold
    true_accepts = np.sum(np.logical_and(accepted, issame))
    false_accepts = np.sum(np.logical_and(accepted, np.logical_not(issame)))
    true_rejects = np.sum(np.logical_and(np.logical_not(accepted), np.logical_not(issame)))
    same = np.sum(issame)
    different = len(issame) - same
    accuracy = (true_accepts + true_rejects) / len(issame)
    return true_accepts / same, false_accepts / different, accuracy


def evaluate(distances, issame, folds=10, far_target=1e-3):
    fold_of = np.arange(len(issame)) // (len(issame) // folds)
    thresholds = np.arange(0, 4, 0.01)
    accuracies, tars, fars = [], [], []
    for fold in range(folds):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        on_train = [rates(t, distances[train], issame[train])[2] for t in thresholds]
        on_test = [rates(t, distances[test], issame[test]) for t in thresholds]
        tars.append([tar for tar, _, _ in on_test])
        fars.append([far for _, far, _ in on_test])
        accuracies.append(on_test[int(np.argmax(on_train))][2])
    thresholds = np.arange(0, 4, 0.001)
    vals = []
    for fold in range(folds):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        far_train = np.array([rates(t, distances[train], issame[train])[1] for t in thresholds])
        last = int(np.searchsorted(far_train, far_target, side="right")) - 1
        if last + 1 < len(thresholds):
            low, high = far_train[last], far_train[last + 1]
            threshold = thresholds[last] + 0.001 * (far_target - low) / (high - low)
        else:
            threshold = thresholds[last]
        vals.append(rates(threshold, distances[test], issame[test])[0])
    tar, far = np.mean(tars, axis=0), np.mean(fars, axis=0)
    auc = float(np.trapz(tar, far)) if hasattr(np, "trapz") else float(np.trapezoid(tar, far))
    return {"accuracy": float(np.mean(accuracies)), "val": float(np.mean(vals)), "auc": auc}


def main():
    rows = np.loadtxt(sys.argv[1], delimiter=",")
    issame, distances = rows[:, 0] == 1, rows[:, 1].copy()
    print(json.dumps({"version": np.__version__, **evaluate(distances, issame)}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            evaluate(distances, issame)
        seconds = time.perf_counter() - start
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


main()
