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


def open_case(order):
    case = order["case"]
    features, targets = read(order)
    keras.utils.set_random_seed(1)
    started = time.perf_counter()
    model = keras.Sequential([keras.Input((case["width"],))])
    for units in case["hiddenLayers"]:
        model.add(keras.layers.Dense(units, "relu", kernel_initializer="he_uniform"))
    is_binary = case["task"] == "binary"
    model.add(keras.layers.Dense(1, "sigmoid" if is_binary else None))
    model.compile(
        optimizer=keras.optimizers.Adam(case["learningRate"], epsilon=1e-8),
        loss="binary_crossentropy" if is_binary else "mse",
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
