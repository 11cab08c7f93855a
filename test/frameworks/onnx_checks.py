"""Checks ONNX exports by onnx.checker, and runs them in ONNX Runtime."""
import math

import numpy as np
import onnx
import onnxruntime

from exports import milliseconds, run


def cells(export, tensor):
    """A column as the manifest says that the model takes it."""
    raw = [record.get(tensor["name"]) for record in export.records]
    if tensor["dtype"] == "string":
        return np.array(["" if cell is None else cell for cell in raw], dtype=object)
    if tensor["description"].startswith("milliseconds"):
        return np.array([milliseconds(cell) for cell in raw])
    return np.array([math.nan if cell is None else float(cell) for cell in raw])


def checker_accepts(export):
    onnx.checker.check_model(onnx.load(export.file("model.onnx")), full_check=True)
    return {}


def onnxruntime_predicts(export):
    session = onnxruntime.InferenceSession(export.file("model.onnx"))
    feeds = {tensor["name"]: cells(export, tensor) for tensor in export.manifest["inputs"]}
    names = [each.name for each in session.get_inputs()]
    assert names == list(feeds), f"{names} in place of {list(feeds)}"
    (outputs,) = session.run([export.manifest["outputs"][0]["name"]], feeds)
    return {"difference": export.difference(outputs)}


run({"onnx": [checker_accepts, onnxruntime_predicts]})
