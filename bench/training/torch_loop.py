"""The usual loop of PyTorch, with fused Adam and data in memory: torch_loop.py eager|compile THREADS cpu|cuda."""

import sys
import time

import torch
from orders import read, serve

COMPILE = sys.argv[1] == "compile"
torch.set_num_threads(int(sys.argv[2]))
DEVICE = torch.device(sys.argv[3])


def network(case):
    sizes = [case["width"], *case["hiddenLayers"], 1]
    layers = []
    for inputs, units in zip(sizes, sizes[1:]):
        linear = torch.nn.Linear(inputs, units)
        torch.nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def open_case(order):
    case = order["case"]
    features, targets = (torch.from_numpy(array).to(DEVICE) for array in read(order))
    rows, batch = len(features), case["batchSize"]
    torch.manual_seed(1)
    torch.compiler.reset()
    started = time.perf_counter()
    model = network(case).to(DEVICE)
    is_binary = case["task"] == "binary"
    criterion = torch.nn.BCEWithLogitsLoss() if is_binary else torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=case["learningRate"], fused=True)
    loss_of = lambda x, y: criterion(model(x), y)
    if COMPILE:
        loss_of = torch.compile(loss_of)

    def step(indices):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(features[indices], targets[indices])
        loss.backward()
        optimizer.step()
        return loss.detach() * len(indices)

    step(torch.arange(min(batch, rows), device=DEVICE)).item()
    first = time.perf_counter() - started

    def epoch():
        order = torch.randperm(rows, device=DEVICE)
        total = torch.zeros((), device=DEVICE)
        for start in range(0, rows, batch):
            total += step(order[start : start + batch])
        return total.item() / rows

    for _ in range(case["warmUpEpochs"]):
        loss = epoch()
    answer = {"firstSeconds": first, "loss": loss, "note": f"torch {torch.__version__}"}
    return epoch, rows, answer


serve(open_case)
