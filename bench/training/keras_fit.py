"""Keras `fit` on TensorFlow: keras_fit.py jit|plain."""

import sys
import time

import keras
from orders import read, serve

JIT = sys.argv[1] == "jit"


class FirstBatch(keras.callbacks.Callback):
    ended = None

    def on_train_batch_end(self, batch, logs=None):
        if self.ended is None:
            self.ended = time.perf_counter()


def network(case):
    layers = keras.layers
    given = case["layers"]
    last = layers.Dense(1, "sigmoid" if case["task"] == "binary" else None)
    hidden = {"activation": "relu", "kernel_initializer": "he_uniform"}
    dense = [layers.Dense(units, **hidden) for units in given.get("hiddenLayers", [])]
    if given["kind"] == "text":
        embedding = layers.Embedding(given["vocabulary"], given["embedding"])
        tokens = keras.Input((case["width"],), dtype="int32")
        recurrent = {"gru": layers.GRU, "lstm": layers.LSTM}[given["cell"]]
        return keras.Sequential([tokens, embedding, recurrent(given["units"]), last])
    if given["kind"] == "convolutions":
        # A series is given to the layers for series, as users would.
        is_series = given["height"] == 1
        sizes = (case["width"],) if is_series else (given["height"], case["width"] // given["height"])
        kernel = given["kernel"]["width"] if is_series else tuple(given["kernel"].values())
        convolution = layers.Conv1D if is_series else layers.Conv2D
        pooling = layers.MaxPooling1D if is_series else layers.MaxPooling2D
        blocks = [
            layer
            for filters in given["filters"]
            for layer in (convolution(filters, kernel, padding="same", **hidden), pooling(2))
        ]
        start = [keras.Input((case["width"],)), layers.Reshape((*sizes, 1))]
        return keras.Sequential([*start, *blocks, layers.Flatten(), *dense, last])
    return keras.Sequential([keras.Input((case["width"],)), *dense, last])


def open_case(order):
    case = order["case"]
    features, targets = read(order)
    if case["layers"]["kind"] == "text":
        features = features.astype("int32")
    keras.utils.set_random_seed(1)
    started = time.perf_counter()
    model = network(case)
    model.compile(
        optimizer=keras.optimizers.Adam(case["learningRate"], epsilon=1e-8),
        loss="binary_crossentropy" if case["task"] == "binary" else "mse",
        jit_compile=JIT,
    )
    first = FirstBatch()
    fit = lambda epochs, callbacks=(): model.fit(
        features,
        targets,
        batch_size=case["batchSize"],
        epochs=epochs,
        verbose=0,
        callbacks=list(callbacks),
    )
    history = fit(case["warmUpEpochs"], [first])
    # Several epochs a call, as users call it: what `fit` does around them is then shared out.
    epochs = 4
    answer = {
        "firstSeconds": first.ended - started,
        "loss": history.history["loss"][-1],
        "note": f"keras {keras.version()}",
    }
    return lambda: fit(epochs), epochs * len(features), answer


serve(open_case)
