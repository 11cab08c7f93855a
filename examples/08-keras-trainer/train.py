"""A small network in Keras whose checkpoints hold all that a resumed training needs."""

import json
import os
import signal
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.experimental.enable_op_determinism()

stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def tell(**line):
    with open(os.environ["SEVENFOLD_PROGRESS"], "a") as progress:
        progress.write(json.dumps(line) + "\n")


inputs = json.load(open(os.environ["SEVENFOLD_INPUTS"]))
data = np.random.default_rng(0)
x = data.normal(size=(512, 4)).astype("float32")
y = (x @ np.array([1.0, -2.0, 0.5, 0.0]) > 0).astype("float32")

keras.utils.set_random_seed(inputs["seed"])
model = keras.Sequential(
    [keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
folder = os.environ["SEVENFOLD_CHECKPOINTS"]
first = 1
if "SEVENFOLD_RESUME" in os.environ:
    # Weights and the optimizer's state; the epoch is in its name.
    model = keras.models.load_model(os.environ["SEVENFOLD_RESUME"])
    first = int(os.path.basename(os.environ["SEVENFOLD_RESUME"]).split("-")[1].split(".")[0]) + 1

for epoch in range(first, inputs["epochs"] + 1):
    # The order of the rows comes from the seed and the epoch, so that it needs no state.
    order = np.random.default_rng([inputs["seed"], epoch]).permutation(len(x))
    history = model.fit(x[order], y[order], batch_size=32, epochs=1, shuffle=False, verbose=0)
    tell(metric="loss", step=epoch, value=history.history["loss"][0])
    tell(message=f"epoch {epoch}", progress=epoch / inputs["epochs"])
    name = f"epoch-{epoch}.keras"
    model.save(os.path.join(folder, "part.keras"))
    os.replace(os.path.join(folder, "part.keras"), os.path.join(folder, name))
    tell(checkpoint=name)
    if stopping:
        sys.exit(75)
    time.sleep(inputs.get("pause", 0))

accuracy = float(model.evaluate(x, y, verbose=0)[1])
outputs = os.environ["SEVENFOLD_OUTPUTS"]
model.save(os.path.join(outputs, "model.keras"))
weights = [float(value) for tensor in model.get_weights() for value in tensor.flatten()]
with open(os.path.join(outputs, "outputs.json"), "w") as file:
    json.dump({"weights": weights, "accuracy": accuracy, "model": "model.keras"}, file)
