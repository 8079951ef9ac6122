"""Writes a ResFace20 with random weights and what TensorFlow makes of two images: make-tensorflow-checkpoints.py DIR.

The variables have the names that slim gives the reference's graph. Beside them stand those that a trainer adds: head,
step, momentum and moving averages, after two steps of training. DIR gets the checkpoints of the same session
`all.ckpt` (two data files), `v1.ckpt` (the net and the step in the format before TensorFlow 0.12) and `trainable.ckpt` (only
what is trained), each followed by the step, and `images.npy` and `embeddings.npy`.
"""

import os
import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
DIR, SIZE, D, N = sys.argv[1], (112, 96), 512, 7
tf.set_random_seed(1)


def variable(name, shape, low, high, trainable=True):
    return tf.get_variable(name, shape, initializer=tf.random_uniform_initializer(low, high), trainable=trainable)


def layer(x, product, shape, activate=True):
    """A product with weights, batch normalisation by the moving statistics, PReLU."""
    bound = np.sqrt(3 / np.prod(shape[:-1]))
    x = product(x, variable("weights", shape, -bound, bound))
    channels = shape[-1:]
    with tf.variable_scope("BatchNorm"):
        beta, gamma = variable("beta", channels, -0.5, 0.5), variable("gamma", channels, 0.5, 1.5)
        mean = variable("moving_mean", channels, -0.2, 0.2, trainable=False)
        variance = variable("moving_variance", channels, 0.5, 1.5, trainable=False)
    x = tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)
    if not activate:
        return x
    with tf.variable_scope("PRelu"):
        alphas = variable("prelu_alphas", channels, 0.1, 0.4)
    return tf.nn.relu(x) - alphas * tf.nn.relu(-x)


def convolve(scope, x, channels, stride=1):
    with tf.variable_scope(scope):
        product = lambda x, kernel: tf.nn.conv2d(x, kernel, stride, "SAME")
        return layer(x, product, [3, 3, int(x.shape[3]), channels])


def resface20(x):
    for stage, (channels, units) in enumerate([(64, 1), (128, 2), (256, 4), (512, 1)], 1):
        with tf.variable_scope(f"Conv{stage}"):
            x = convolve(f"Conv{stage}_pre", x, channels, 2)
            for unit in range(1, units + 1):
                with tf.variable_scope(f"Conv{stage}/Conv{stage}_{unit}"):
                    x = x + convolve("Conv_1", convolve("Conv", x, channels), channels)
    x = tf.reshape(x, [-1, int(np.prod(x.shape[1:]))])
    with tf.variable_scope("Bottleneck"), tf.device("/cpu:1"):
        return layer(x, tf.matmul, [int(x.shape[1]), D], activate=False)


step = tf.Variable(0, trainable=False)
images = np.random.default_rng(1).uniform(-1, 1, [2, *SIZE, 3]).astype(np.float32)
with tf.variable_scope("Resface"):
    embeddings = resface20(tf.constant(images))
with tf.name_scope("AM_logits"):
    head = tf.Variable(tf.random_uniform([D, N], -1, 1))
logits = 30 * tf.matmul(tf.nn.l2_normalize(embeddings, 1), tf.nn.l2_normalize(head, 0))
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 5], logits=logits))
descend = tf.train.MomentumOptimizer(0.001, 0.9).minimize(loss, global_step=step)
with tf.control_dependencies([descend]):
    train = tf.train.ExponentialMovingAverage(0.5).apply(tf.trainable_variables())

net = [variable for variable in tf.global_variables() if variable.name.startswith("Resface/")]
net = [variable for variable in net if not variable.name.endswith(("/Momentum:0", "/ExponentialMovingAverage:0"))]
with tf.Session(config=tf.ConfigProto(device_count={"CPU": 2})) as session:
    session.run(tf.global_variables_initializer())
    for _ in range(2):
        session.run(train)
    savers = {
        "all": tf.train.Saver(sharded=True),
        "v1": tf.train.Saver([*net, step], write_version=tf.train.SaverDef.V1),
        "trainable": tf.train.Saver(tf.trainable_variables()),
    }
    for name, saver in savers.items():
        saver.save(session, os.path.join(DIR, f"{name}.ckpt"), global_step=step)
    np.save(os.path.join(DIR, "images.npy"), images)
    np.save(os.path.join(DIR, "embeddings.npy"), session.run(embeddings))
