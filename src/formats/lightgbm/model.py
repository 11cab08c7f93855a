"""Predicts with the LightGBM model of this folder. Needs the packages lightgbm and numpy.

    from preprocess import codes
    from model import predict
    predict(codes([{"age": 41, "plan": "basic"}]))      # [rows, outputs], as manifest.json says
"""
import json
from pathlib import Path

import lightgbm
import numpy as np

FOLDER = Path(__file__).parent


def load(path=FOLDER / "model.txt"):
    """The model as LightGBM's own Booster."""
    return lightgbm.Booster(model_file=path)


def predict(features, booster=None):
    """Features [rows, width], NaN where missing, to [rows, 1] values or [rows, classes] probabilities."""
    predicted = (booster or load()).predict(np.asarray(features, dtype=np.float64))
    finish = json.loads((FOLDER / "outputs.json").read_text("utf-8"))["finish"]
    return FINISH[finish](predicted)


def _second_class(predicted):
    share = predicted.clip(0, 1)
    return np.stack([1 - share, share], axis=1)


def _shares(predicted):
    shares = predicted.clip(0)
    total = shares.sum(axis=1, keepdims=True)
    return np.where(total > 0, shares / np.where(total > 0, total, 1), 1 / shares.shape[1])


FINISH = {
    "value": lambda predicted: predicted[:, None],
    "expm1": lambda predicted: np.expm1(predicted)[:, None],
    "probability": _second_class,
    "probabilities": lambda predicted: predicted,
    "share": _second_class,
    "shares": _shares,
}
