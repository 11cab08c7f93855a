"""Logistic regression by stochastic gradient descent, in plain Python, under the contract of exec steps."""

import json
import math
import os
import random
import signal
import sys
import time

FOLDER = os.environ["SEVENFOLD_CHECKPOINTS"]

stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def tell(**line):
    with open(os.environ["SEVENFOLD_PROGRESS"], "a") as progress:
        progress.write(json.dumps(line) + "\n")


def keep(state):
    """A file that is whole, and only then announced."""
    name = f"epoch-{state['epoch']}.json"
    with open(os.path.join(FOLDER, name + ".part"), "w") as file:
        json.dump(state, file)
    os.replace(os.path.join(FOLDER, name + ".part"), os.path.join(FOLDER, name))
    tell(checkpoint=name)


inputs = json.load(open(os.environ["SEVENFOLD_INPUTS"]))
generator = random.Random(inputs["seed"])
rows = []
for _ in range(200):
    x = [generator.gauss(0, 1), generator.gauss(0, 1)]
    rows.append((x, 1 if 1.5 * x[0] - x[1] + generator.gauss(0, 0.3) > 0 else 0))

state = {"epoch": 0, "weights": [0.0, 0.0, 0.0], "random": None}
if "SEVENFOLD_RESUME" in os.environ:
    state = json.load(open(os.environ["SEVENFOLD_RESUME"]))
    version, internal, gauss = state["random"]
    generator.setstate((version, tuple(internal), gauss))

weights = state["weights"]
for epoch in range(state["epoch"] + 1, inputs["epochs"] + 1):
    loss = 0.0
    for x, y in generator.sample(rows, len(rows)):
        z = weights[0] * x[0] + weights[1] * x[1] + weights[2]
        p = 1 / (1 + math.exp(-z))
        loss -= math.log(p if y == 1 else 1 - p)
        for i, value in enumerate([*x, 1.0]):
            weights[i] -= 0.05 * (p - y) * value
    tell(metric="loss", step=epoch, value=loss / len(rows))
    tell(message=f"epoch {epoch}", progress=epoch / inputs["epochs"])
    keep({"epoch": epoch, "weights": weights, "random": generator.getstate()})
    if stopping:
        sys.exit(75)
    time.sleep(inputs.get("pause", 0))

right = sum((1.5 * x[0] - x[1] > 0) == (weights[0] * x[0] + weights[1] * x[1] + weights[2] > 0) for x, _ in rows)
with open(os.path.join(os.environ["SEVENFOLD_OUTPUTS"], "model.json"), "w") as model:
    json.dump(weights, model)
with open(os.path.join(os.environ["SEVENFOLD_OUTPUTS"], "outputs.json"), "w") as outputs:
    json.dump({"weights": weights, "accuracy": right / len(rows), "model": "model.json"}, outputs)
