"""Makes opencv.json: what OpenCV's resize (INTER_AREA) and warpAffine give for a small pattern."""

import json
import os

import cv2
import numpy as np


def pattern(width, height):
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 37 + y * 11, x * x * 5 + y * 29, x * 3 + y * y * 7]
    return (np.stack(planes, axis=2) % 256).astype(np.uint8)


# Source and target sizes (width, height): general, exactly halved, whole factors, stretched, one axis kept, mixed.
SIZES = [(7, 5, 3, 2), (8, 6, 4, 3), (9, 6, 3, 2), (3, 4, 7, 6), (9, 4, 4, 4), (5, 3, 4, 6)]

resized = []
for width, height, to_width, to_height in SIZES:
    values = cv2.resize(
        pattern(width, height).astype(np.float64), (to_width, to_height), interpolation=cv2.INTER_AREA
    )
    grey = cv2.resize(pattern(width, height), (to_width, to_height), interpolation=cv2.INTER_AREA)
    resized.append(
        {
            "from": [width, height],
            "to": [to_width, to_height],
            "values": np.round(values, 5).ravel().tolist(),
            "grey": grey.ravel().tolist() if to_width <= width and to_height <= height else None,
        }
    )

matrix = [[0.8, 0.3, -1.25], [-0.3, 0.8, 2.4]]
warped = cv2.warpAffine(pattern(6, 5), np.array(matrix), (5, 6), flags=cv2.INTER_LINEAR)

golden = {
    "made with": f"OpenCV {cv2.__version__}, NumPy {np.__version__}; values in float64, tolerance 1e-4; grey in uint8",
    "resized": resized,
    "warped": {"from": [6, 5], "to": [5, 6], "matrix": matrix, "grey": warped.ravel().tolist()},
}
with open(os.path.join(os.path.dirname(__file__), "opencv.json"), "w") as file:
    json.dump(golden, file)
    file.write("\n")
