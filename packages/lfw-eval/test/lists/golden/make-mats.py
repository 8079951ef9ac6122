"""Writes the .mat files of this folder by SciPy (made with 1.17.1), of which all names and numbers are made up."""
import sys
import numpy as np
from scipy.io import savemat


def cells(values):
    array = np.empty((len(values), 1), dtype=object)
    for i, value in enumerate(values):
        array[i, 0] = value
    return array


def column(values, dtype):
    return np.asarray(values, dtype=dtype).reshape(-1, 1)


folder = sys.argv[1]
people = [1, 1, 1, 2, 2, 3, 3, 4, 5, 5]
photos = [f"Per_Son{p}_{people[:i].count(p) + 1:04d}.jpg" for i, p in enumerate(people)]
savemat(
    f"{folder}/blufr.mat",
    {
        "imageList": cells(photos),
        "labels": column(people, "f8"),
        "devTrainIndex": cells([column([1, 2], "u2")]),
        "testIndex": cells([column([1, 2, 3, 4, 5, 8, 9, 10], "u2"), column([1, 2, 4, 5, 6, 7, 8], "f8")]),
        "galIndex": cells([column([1, 4], "u1"), column([2, 6], "f8")]),
        "probIndex": cells([column([2, 3, 5, 8, 9, 10], "u2"), column([1, 7, 4, 5, 8], "f8")]),
        "settings": {"ignored": 1.0},
    },
    do_compression=True,
)
savemat(
    f"{folder}/gallery_match_img_ID_pairs.mat",
    {"gallery_set": cells(["1_1.jpg", "1_2.jpg", "2_1.jpg", "3_1.jpg"]), "gallery_ids": column([1, 1, 2, 3], "u2")},
)
savemat(
    f"{folder}/probe_img_ID_pairs.mat",
    {"probe_set": cells(["1_9.jpg", "2_9.jpg", "2_8.jpg", "3_9.jpg", "Zo\u00eb.jpg"]), "probe_ids": column([1, 2, 2, 3, 9], "f8")},
    do_compression=True,
)
