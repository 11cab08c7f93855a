"""The usual loop of PyTorch, with fused Adam and data in memory: torch_loop.py eager|compile THREADS cpu|cuda."""

import math
import sys
import time

import torch
from orders import read, serve

COMPILE = sys.argv[1] == "compile"
torch.set_num_threads(int(sys.argv[2]))
DEVICE = torch.device(sys.argv[3])


class Text(torch.nn.Module):
    """An embedding, a recurrent layer, and one dense layer on its last output."""

    def __init__(self, cell, vocabulary, embedding, units):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, embedding)
        torch.nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        recurrent = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        self.recurrent = recurrent(embedding, units, batch_first=True)
        self.last = torch.nn.Linear(units, 1)

    def forward(self, tokens):
        _, state = self.recurrent(self.embedding(tokens))
        output = state[0] if isinstance(state, tuple) else state  # An LSTM's other is its memory.
        return self.last(output[0])


def initialised(layer):
    torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    torch.nn.init.zeros_(layer.bias)
    return layer


def dense(inputs, hidden):
    sizes = [inputs, *hidden, 1]
    layers = []
    for inputs, units in zip(sizes, sizes[1:]):
        layers += [initialised(torch.nn.Linear(inputs, units)), torch.nn.ReLU()]
    return layers[:-1]


def convolutions(case):
    given = case["layers"]
    # A series is given to the layers for series, as users would.
    is_series = given["height"] == 1
    sizes = (case["width"],) if is_series else (given["height"], case["width"] // given["height"])
    kernel = given["kernel"]["width"] if is_series else tuple(given["kernel"].values())
    convolution = torch.nn.Conv1d if is_series else torch.nn.Conv2d
    pooling = torch.nn.MaxPool1d if is_series else torch.nn.MaxPool2d
    filters = given["filters"]
    layers = [torch.nn.Unflatten(1, (1, *sizes))]
    for inputs, outputs in zip([1, *filters], filters):
        layers += [initialised(convolution(inputs, outputs, kernel, padding="same"))]
        layers += [torch.nn.ReLU(), pooling(2)]
        sizes = tuple(size // 2 for size in sizes)
    return [*layers, torch.nn.Flatten(), *dense(math.prod(sizes) * filters[-1], given["hiddenLayers"])]


def network(case):
    given = case["layers"]
    if given["kind"] == "text":
        return Text(given["cell"], given["vocabulary"], given["embedding"], given["units"])
    if given["kind"] == "convolutions":
        layers = convolutions(case)
    else:
        layers = dense(case["width"], given["hiddenLayers"])
    return torch.nn.Sequential(*layers)


def open_case(order):
    case = order["case"]
    features, targets = (torch.from_numpy(array).to(DEVICE) for array in read(order))
    if case["layers"]["kind"] == "text":
        features = features.long()
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
