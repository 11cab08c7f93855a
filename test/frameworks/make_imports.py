"""Makes models by Keras and TensorFlow, with rows and what the framework says of them."""
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from imports import FLAT, IMAGE, STEPS, TOKENS, write_case

keras.utils.set_random_seed(7)
root = Path(sys.argv[1])


def settled(model, features):
    """Statistics and biases that are not those a model begins with."""
    random = np.random.default_rng(3)
    model(features)
    for weight in model.weights:
        if weight.dtype == "float32":
            name = weight.path.split("/")[-1]
            values = random.normal(0, 0.3, weight.shape)
            weight.assign(np.abs(values) + 0.2 if "variance" in name else values)
    return model


def sequential(shape, *parts):
    return keras.Sequential([keras.Input(shape), *parts])


SOFTMAX = layers.Dense(3, activation="softmax")
KERAS = {
    "dense": (FLAT, lambda: sequential(
        (4,),
        layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 2.0]),
        layers.Dense(8), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3),
        layers.Dense(7, activation="elu", use_bias=False), layers.LayerNormalization(),
        layers.Dense(6, activation="silu"), layers.LeakyReLU(negative_slope=0.1),
        layers.GaussianNoise(0.1), layers.Dense(3), layers.Softmax())),
    "activations": (FLAT, lambda: sequential(
        (4,), *[layers.Dense(5, activation=name) for name in
                ["tanh", "sigmoid", "softplus", "softsign", "selu", "relu6", "linear"]],
        layers.Activation("tanh"), layers.Dense(3, activation="softmax"))),
    "regression": (FLAT, lambda: sequential(
        (4,), layers.Dense(5, activation="relu"), layers.Dense(1), layers.Rescaling(20.0, 5.0))),
    "convolutions of images": (IMAGE, lambda: sequential(
        (8, 6, 3), layers.Rescaling(1 / 255.0), layers.ZeroPadding2D(1),
        layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(5, (3, 2), strides=(1, 2)), layers.BatchNormalization(),
        layers.DepthwiseConv2D(3, padding="same", activation="tanh"),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.SpatialDropout2D(0.2), layers.Flatten(), layers.Dense(3, activation="softmax"))),
    "pooled images": (IMAGE, lambda: sequential(
        (8, 6, 3), layers.Conv2D(4, 3, dilation_rate=2, activation="relu"),
        layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax"))),
    "convolutions of series": (STEPS, lambda: sequential(
        (12,), layers.Reshape((6, 2)), layers.Conv1D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(2), layers.Conv1D(5, 2), layers.AveragePooling1D(2, strides=1),
        layers.GlobalMaxPooling1D(), layers.Dense(3, activation="softmax"))),
    "embedding and LSTM": (TOKENS, lambda: sequential(
        (3,), layers.Embedding(9, 4), layers.LSTM(5, return_sequences=True), layers.LSTM(4),
        layers.Dense(3, activation="softmax"))),
    "GRU, reset after": (STEPS, lambda: sequential(
        (12,), layers.Reshape((6, 2)), layers.GRU(5, return_sequences=True),
        layers.GRU(4, go_backwards=True), layers.Dense(3, activation="softmax"))),
    "GRU, reset before": (STEPS, lambda: sequential(
        (12,), layers.Reshape((6, 2)), layers.GRU(5, reset_after=False),
        layers.Dense(3, activation="softmax"))),
    "both directions": (TOKENS, lambda: sequential(
        (3,), layers.Embedding(9, 4),
        layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="ave"),
        layers.Bidirectional(layers.LSTM(4), merge_mode="sum"),
        layers.GaussianDropout(0.1), layers.Dense(3, activation="softmax"))),
}

for name, (rows, make) in KERAS.items():
    features = rows.features()
    model = settled(make(), features)
    outputs = model.predict(features, verbose=0)
    for suffix in ["keras", "h5"]:
        folder = write_case(root, f"keras {suffix}", name, rows, outputs)
        model.save(folder / f"model.{suffix}")
    folder = write_case(root, "saved-model", name, rows, outputs)
    model.export(folder / "model", verbose=False)

# Where trainings begin: normalisation before, after and between layers.
STARTS = {
    "normalised": lambda: sequential(
        (4,), layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 2.0]),
        layers.Dense(8), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3),
        layers.Dense(7, activation="relu", use_bias=False), layers.BatchNormalization(scale=False),
        layers.Dropout(0.3), layers.Dense(3), layers.Softmax()),
    "regression": lambda: sequential(
        (4,), layers.Rescaling(0.5, -1.0), layers.Dense(5, activation="tanh"),
        layers.BatchNormalization(), layers.Dense(1), layers.Rescaling(20.0, 5.0)),
}
for name, make in STARTS.items():
    for suffix in ["keras", "h5"]:
        features = FLAT.features()
        model = settled(make(), features)
        folder = write_case(root, f"start {suffix}", name, FLAT, model.predict(features, verbose=0))
        model.save(folder / f"model.{suffix}")


class Columns(tf.Module):
    """A signature with an input a column: text by a table, whole numbers, truth values."""

    def __init__(self):
        super().__init__()
        keys = tf.constant(["Oslo", "Rome", "Lima"])
        values = tf.constant([1, 2, 3], tf.int64)
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), 0)
        self.weights = tf.Variable(np.linspace(-1, 1, 21).reshape(7, 3).astype(np.float32))

    @tf.function(input_signature=[
        tf.TensorSpec([None, 1], tf.string, "city"), tf.TensorSpec([None], tf.int64, "count"),
        tf.TensorSpec([None, 2], tf.float32, "sizes")])
    def __call__(self, city, count, sizes):
        one_hot = tf.one_hot(self.table.lookup(city)[:, 0], 4)
        together = tf.concat([one_hot, tf.cast(count, tf.float32)[:, None], sizes], 1)
        return {"scores": together @ self.weights}


module = Columns()
raw = FLAT.raw()
scores = module(tf.constant(raw["city"])[:, None], tf.constant(raw["count"], tf.int64),
                tf.constant(np.stack([raw["a"], raw["b"]], 1), tf.float32))["scores"]
folder = write_case(root, "saved-model", "columns", FLAT, tf.nn.softmax(scores).numpy(), mapping={
    "inputs": [
        {"tensor": "city", "columns": [{"as": "text", "column": "city"}]},
        {"tensor": "count", "columns": [{"as": "number", "column": "count", "impute": 0}]},
        {"tensor": "sizes", "columns": ["a", "b"]},
    ],
    "output": {"holds": "logits"},
})
tf.saved_model.save(module, str(folder / "model"), signatures=module.__call__)


class Reader(tf.Module):
    """Reads a file of the machine that it runs on: refused."""

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, "x")])
    def __call__(self, x):
        length = tf.strings.length(tf.io.read_file("/etc/hostname"))
        return {"y": x[:, :3] * 0 + tf.cast(length, tf.float32)}


reader = Reader()
folder = write_case(root, "refused", "reads a file", FLAT, np.full((64, 3), 1 / 3))
tf.saved_model.save(reader, str(folder / "model"), signatures=reader.__call__)

folder = write_case(root, "refused", "lambda", FLAT, np.full((64, 3), 1 / 3))
sequential((4,), layers.Lambda(lambda x: x * 2), SOFTMAX).save(folder / "model.keras")
folder = write_case(root, "refused", "functional", FLAT, np.full((64, 3), 1 / 3))
given = keras.Input((4,))
keras.Model(given, layers.Dense(3, activation="softmax")(layers.add([given, given]))).save(
    folder / "model.keras")
folder = write_case(root, "refused", "masked embedding", TOKENS, np.full((64, 3), 1 / 3))
sequential((3,), layers.Embedding(9, 4, mask_zero=True), layers.LSTM(3),
           layers.Dense(3, activation="softmax")).save(folder / "model.keras")
