"""Makes an ONNX file by torch.onnx.export, with what PyTorch says: channels first."""
import sys
from inspect import signature
from pathlib import Path

import torch
from torch import nn

from imports import IMAGE, write_case

torch.manual_seed(5)
root = Path(sys.argv[1])
model = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.2), nn.Linear(4 * 4 * 3, 3))
with torch.no_grad():
    model[1].running_mean.normal_()
    model[1].running_var.uniform_(0.5, 2)
model.eval()
pixels = torch.tensor(IMAGE.features()).permute(0, 3, 1, 2) / 127.5 - 1
with torch.no_grad():
    outputs = torch.softmax(model(pixels), 1)
folder = write_case(
    root, "onnx", "PyTorch, images", IMAGE, outputs.numpy(),
    encodings=[{**IMAGE.encodings[0], "order": "nchw", "shift": 127.5, "scale": 127.5}],
    mapping={"output": {"holds": "logits"}})
# Newer releases have another exporter, with packages of its own.
older = {"dynamo": False} if "dynamo" in signature(torch.onnx.export).parameters else {}
torch.onnx.export(model, pixels[:2], str(folder / "model.onnx"), input_names=["pixels"],
                  output_names=["scores"], dynamic_axes={"pixels": {0: "rows"}, "scores": {0: "rows"}},
                  **older)
