"""The training that every peer runs: an MLP in numpy, seeded, Adam, rows shuffled each epoch.

The state is complete (weights, momenta, step count, random stream, learning curve), so that a
tool which hands the last checkpoint back can come to the same bits.
"""
import hashlib
import json
import os
import pickle
import time

import numpy as np

EPOCHS = 10
# An epoch lasts at least this long, so that a kill finds the same place on any machine.
EPOCH_SECONDS = 0.5
# What the tools that are no tuners search; the tuners draw as many from their own sampler.
RATES = [0.0003, 0.001, 0.003, 0.01]
WIDTHS = [32, 128, 128, 1]


def fresh(rate, seed=7):
    stream = np.random.default_rng(seed)
    weights = []
    for fan_in, fan_out in zip(WIDTHS, WIDTHS[1:]):
        weights.append(stream.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)))
        weights.append(np.zeros(fan_out))
    zeros = [np.zeros_like(w) for w in weights]
    return {"rate": rate, "epoch": 0, "step": 0, "stream": stream, "losses": [],
            "weights": weights, "m": zeros, "v": [z.copy() for z in zeros]}


def _rows():
    stream = np.random.default_rng(1)
    x = stream.normal(size=(4000, WIDTHS[0]))
    return x, np.sin(x[:, :1] * 2) + x[:, 1:2] * x[:, 2:3] + 0.1 * stream.normal(size=(4000, 1))


ROWS = _rows()


def _gradients(weights, x, y):
    layers = [x]
    for i in range(0, len(weights), 2):
        z = layers[-1] @ weights[i] + weights[i + 1]
        layers.append(np.maximum(z, 0) if i < len(weights) - 2 else z)
    error = layers[-1] - y
    delta, gradients = 2 * error / len(x), []
    for i in range(len(weights) - 2, -1, -2):
        gradients[:0] = [layers[i // 2].T @ delta, delta.sum(axis=0)]
        delta = (delta @ weights[i].T) * (layers[i // 2] > 0)
    return gradients, float((error**2).mean())


def train_epoch(state, batch=64):
    """Trains one epoch in place, and writes one line about it into the trace."""
    began, (x, y) = time.monotonic(), ROWS
    order, losses = state["stream"].permutation(len(x)), []
    for start in range(0, len(x), batch):
        rows = order[start : start + batch]
        gradients, loss = _gradients(state["weights"], x[rows], y[rows])
        state["step"] += 1
        losses.append(loss)
        scale = state["rate"] * np.sqrt(1 - 0.999 ** state["step"]) / (1 - 0.9 ** state["step"])
        for w, m, v, g in zip(state["weights"], state["m"], state["v"], gradients):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= scale * m / (np.sqrt(v) + 1e-8)
    state["epoch"] += 1
    state["losses"].append(float(np.mean(losses)))
    time.sleep(max(0.0, EPOCH_SECONDS - (time.monotonic() - began)))
    line = {"pid": os.getpid(), "rate": state["rate"], "epoch": state["epoch"], "at": time.time()}
    with open(os.environ["BENCH_TRACE"], "a") as trace:
        trace.write(json.dumps(line) + "\n")


def outcome(state):
    """What is compared: the rate, the whole learning curve, and the hash of the weights."""
    digest = hashlib.sha256(b"".join(w.tobytes() for w in state["weights"])).hexdigest()
    return {"rate": state["rate"], "losses": state["losses"], "weights": digest}


def save(state, path):
    with open(f"{path}.part", "wb") as file:
        pickle.dump(state, file)
    os.replace(f"{path}.part", path)


def load(path):
    with open(path, "rb") as file:
        return pickle.load(file)


def finish(outcomes):
    """The last step of each peer's search: its result, for the harness to compare."""
    path = os.path.join(os.environ["BENCH_OUT"], "result.json")
    with open(f"{path}.part", "w") as file:
        json.dump(outcomes, file)
    os.replace(f"{path}.part", path)
