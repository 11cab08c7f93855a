"""A small network in PyTorch whose checkpoints hold all that a resumed training needs."""

import json
import os
import signal
import sys
import time

import torch

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def tell(**line):
    with open(os.environ["SEVENFOLD_PROGRESS"], "a") as progress:
        progress.write(json.dumps(line) + "\n")


inputs = json.load(open(os.environ["SEVENFOLD_INPUTS"]))
data = torch.Generator().manual_seed(0)
x = torch.randn(512, 4, generator=data)
y = (x @ torch.tensor([1.0, -2.0, 0.5, 0.0]) > 0).float()

torch.manual_seed(inputs["seed"])
model = torch.nn.Sequential(
    torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 1)
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
first = 1
if "SEVENFOLD_RESUME" in os.environ:
    kept = torch.load(os.environ["SEVENFOLD_RESUME"], weights_only=True)
    model.load_state_dict(kept["model"])
    # Its settings are those of this program; a checkpoint of tensors alone can be read safely.
    settings = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": kept["optimizer"], "param_groups": settings})
    torch.set_rng_state(kept["random"])
    first = kept["epoch"] + 1

for epoch in range(first, inputs["epochs"] + 1):
    model.train()
    order = torch.randperm(len(x))
    for rows in order.split(32):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x[rows])[:, 0], y[rows])
        loss.backward()
        optimizer.step()
    tell(metric="loss", step=epoch, value=loss.item())
    tell(message=f"epoch {epoch}", progress=epoch / inputs["epochs"])
    name = f"epoch-{epoch}.pt"
    path = os.path.join(os.environ["SEVENFOLD_CHECKPOINTS"], name)
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict()["state"],
            "random": torch.get_rng_state(),
        },
        path + ".part",
    )
    os.replace(path + ".part", path)
    tell(checkpoint=name)
    if stopping:
        sys.exit(75)
    time.sleep(inputs.get("pause", 0))

model.eval()
with torch.no_grad():
    accuracy = ((model(x)[:, 0] > 0).float() == y).float().mean().item()
outputs = os.environ["SEVENFOLD_OUTPUTS"]
torch.save(model.state_dict(), os.path.join(outputs, "model.pt"))
weights = [value for tensor in model.state_dict().values() for value in tensor.flatten().tolist()]
with open(os.path.join(outputs, "outputs.json"), "w") as file:
    json.dump({"weights": weights, "accuracy": accuracy, "model": "model.pt"}, file)
