"""What every check needs: the exported models below a folder, and how to compare."""
import json
import math
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np


class Export:
    """One model in one format: `<root>/<format>/<model>/manifest.json` and its files."""

    def __init__(self, folder):
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.format = self.manifest["format"]
        self.name = folder.name
        test = self.manifest["selfTest"]
        self.records = test["records"]
        self.features = np.array(test["features"], dtype=np.float64)
        self.outputs = np.array(test["outputs"], dtype=np.float64)
        # Adam moves each weight by about this much, whatever the size of what it is multiplied with.
        self.learning_rate = 1e-3 / max(1.0, np.abs(self.features).max())
        self.is_regression = self.manifest["task"] == "regression"

    def file(self, name):
        return str(self.folder / name)

    def difference(self, got):
        """The largest difference as a share of the largest output; NaN where a class differs."""
        got = np.asarray(got, dtype=np.float64)
        assert got.shape == self.outputs.shape, f"{got.shape} in place of {self.outputs.shape}"
        if not self.is_regression:
            first, second = np.sort(self.outputs, axis=1)[:, ::-1][:, :2].T
            clear = first - second > 1e-5
            same = got.argmax(axis=1) == self.outputs.argmax(axis=1)
            assert same[clear].all(), "another class is likeliest"
        return float(np.abs(got - self.outputs).max() / np.abs(self.outputs).max())


def milliseconds(cell):
    """A moment as milliseconds since 1970, NaN where missing."""
    if cell is None:
        return math.nan
    moment = datetime.fromisoformat(cell.replace("Z", "+00:00")).astimezone(timezone.utc)
    return moment.timestamp() * 1000


def run(checks):
    """Checks every export below the folder that has a check; prints one JSON line for each."""
    root = Path(sys.argv[1])
    for manifest in sorted(root.glob("*/*/manifest.json")):
        export = Export(manifest.parent)
        for check in checks.get(export.format, []):
            line = {"format": export.format, "model": export.name, "check": check.__name__}
            try:
                line["values"] = check(export)
            except Exception as error:  # a check that fails must not hide the others
                line["error"] = f"{type(error).__name__}: {error}"
            print("RESULT " + json.dumps(line), flush=True)
