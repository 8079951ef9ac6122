"""Writes models by TensorFlow.js's converter: make-tfjs.py FOLDER.

FOLDER gets net.h5 and saved/, Keras' own forms, frozen.pb, keras/model.json, a Keras model converted to layers, graph/model.json, the same as a graph model, and
expected.json, what TensorFlow makes of pixels [3, 12, 10, 3], of which value i is 37 i mod 256, by (pixels - 127.5) / 127.5.
"""

import json
import os
import sys
from unittest.mock import MagicMock

os.environ["TF_USE_LEGACY_KERAS"] = "1"
# What the converter imports for other kinds of models.
for name in ("tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf", "flax"):
    sys.modules.setdefault(name, MagicMock())

import numpy as np
import tensorflow as tf
import tensorflowjs as tfjs
import tf_keras as keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflowjs.converters import tf_saved_model_conversion_v2 as saved_model

(folder,) = sys.argv[1:]
tf.random.set_seed(1)
layers = keras.layers
images = keras.Input((12, 10, 3))
x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, activation="relu")(images)
x = layers.BatchNormalization(epsilon=1e-3, moving_mean_initializer="random_normal")(x)
x = layers.DepthwiseConv2D(3, padding="same")(x)
x = layers.PReLU(shared_axes=[1, 2], alpha_initializer="random_uniform")(x)
x = layers.SeparableConv2D(12, 3, padding="same", activation="swish")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.4)(x)
net = keras.Model(images, layers.Dense(16)(x))
pixels = (np.arange(3 * 12 * 10 * 3) * 37 % 256).reshape(3, 12, 10, 3).astype(np.float32)
expected = net((pixels - 127.5) / np.float32(127.5), training=False).numpy()
tfjs.converters.save_keras_model(net, f"{folder}/keras")
net.export(f"{folder}/saved")
saved_model.convert_tf_saved_model(f"{folder}/saved", f"{folder}/graph")
net.save(f"{folder}/net.h5")
call = tf.function(lambda images: net(images, training=False))
frozen = convert_variables_to_constants_v2(call.get_concrete_function(tf.TensorSpec((None, 12, 10, 3), tf.float32)))
with open(f"{folder}/frozen.pb", "wb") as file:
    file.write(frozen.graph.as_graph_def().SerializeToString())
with open(f"{folder}/expected.json", "w") as file:
    json.dump({"versions": [tf.__version__, tfjs.__version__, keras.__version__], "embeddings": expected.tolist()}, file)
