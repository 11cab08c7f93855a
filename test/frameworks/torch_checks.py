"""Loads exports in PyTorch, and compares them with the model."""
import importlib.util

import torch

from exports import run


def predict(module, export):
    with torch.no_grad():
        return module(torch.tensor(export.features.tolist(), dtype=torch.float32)).tolist()


def source_of(export, name="model"):
    spec = importlib.util.spec_from_file_location(name, export.file(f"{name}.py"))
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    return source


def state_dict_predicts(export):
    source = source_of(export)
    state = torch.load(export.file("weights.pth"), weights_only=True)
    module = source.Model()
    module.load_state_dict(state)
    assert source.CLASSES == export.manifest["classes"]
    assert source.FEATURES == export.manifest["features"]
    return {"difference": export.difference(predict(module.eval(), export))}


def state_dict_trains_on(export):
    module = source_of(export).load()
    features = torch.tensor(export.features.tolist())
    outputs = torch.tensor(export.outputs.tolist())
    targets = outputs * 1.1 + 1 if export.is_regression else outputs.roll(1, dims=1)
    optimizer = torch.optim.Adam(module.parameters(), lr=export.learning_rate)
    losses = []
    for _ in range(2):
        loss = torch.nn.functional.mse_loss(module(features), targets.to(module(features).dtype))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"before": losses[0], "after": losses[1]}


def raw_records_predict(export):
    """From raw records to predictions with what lies in the folder."""
    features = source_of(export, "preprocess").features(export.records)
    assert features == export.features.tolist()
    with torch.no_grad():
        outputs = source_of(export).load()(torch.tensor(features))
    return {"difference": export.difference(outputs.tolist())}


def torchscript_predicts(export):
    return {"difference": export.difference(predict(torch.jit.load(export.file("model.pt")), export))}


run(
    {
        "pytorch": [state_dict_predicts, state_dict_trains_on, raw_records_predict],
        "torchscript": [torchscript_predicts],
    }
)
