"""Rows that imported models are asked about, and how a case is written for the test."""
import base64
import csv
import io
import json
import struct
import zlib

import numpy as np

ROWS = 64
CLASSES = ["low", "middle", "high"]


def png(pixels):
    """An image [height, width, 3] as base64."""
    height, width, _ = pixels.shape

    def chunk(kind, body):
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    whole += chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return base64.b64encode(whole).decode()


class Rows:
    """Columns of a table, and the features that a mapping makes of them."""

    def __init__(self, columns, make_cells, make_features, encodings):
        self.columns = columns
        self.make_cells = make_cells
        self.make_features = make_features
        self.encodings = encodings

    def raw(self):
        return self.make_cells(np.random.default_rng(11))

    def features(self):
        return self.make_features(self.raw())


LEVELS = ["red", "green", "blue", "white"]


def numbers(names):
    return lambda random: {
        **{name: random.normal(1, 2, ROWS).astype(np.float32) for name in names},
        "city": random.choice(["Oslo", "Rome", "Lima", "Kyiv"], ROWS),
        "count": random.integers(0, 5, ROWS),
    }


def stacked(names):
    return lambda raw: np.stack([raw[name] for name in names], 1).astype(np.float32)


FLAT = Rows("abcd", numbers("abcd"), stacked("abcd"), list("abcd"))
_steps = [f"t{i}" for i in range(12)]
STEPS = Rows(_steps, numbers(_steps), stacked(_steps), _steps)
_tokens = ["first", "second", "third"]
TOKENS = Rows(
    _tokens,
    lambda random: {name: random.choice([*LEVELS, "black"], ROWS) for name in _tokens},
    lambda raw: np.stack(
        [[LEVELS.index(cell) + 2 if cell in LEVELS else 1 for cell in raw[name]] for name in _tokens], 1
    ).astype(np.float32),
    [{"as": "index", "column": name, "levels": LEVELS, "first": 2, "unseen": 1} for name in _tokens],
)
IMAGE = Rows(
    ["picture.png"],
    lambda random: {"picture.png": random.integers(0, 256, (ROWS, 8, 6, 3), dtype=np.uint8)},
    lambda raw: raw["picture.png"].astype(np.float32),
    [{"as": "image", "column": "picture.png", "height": 8, "width": 6, "channels": 3}],
)


def write_case(root, group, name, rows, outputs, mapping=None, encodings=None):
    """The table, the mapping and the framework's own outputs; gives the folder for the model."""
    folder = root / group / name
    folder.mkdir(parents=True)
    outputs = np.asarray(outputs, dtype=np.float64)
    is_regression = outputs.shape[1] == 1
    raw = rows.raw()
    cells = {
        column: [png(each) for each in values] if values.ndim == 4 else values.tolist()
        for column, values in raw.items()
    }
    # Every class is there, whatever the model says.
    targets = [i / 7 if is_regression else CLASSES[i % 3] for i in range(ROWS)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*cells, "target"])
    writer.writerows(zip(*cells.values(), targets))
    (folder / "rows.csv").write_text(text.getvalue())
    whole = {
        "target": "target",
        **({"task": "regression"} if is_regression else {"task": "multiclass", "classes": CLASSES}),
        "inputs": [{"columns": encodings or rows.encodings}],
        **(mapping or {}),
    }
    (folder / "mapping.json").write_text(json.dumps(whole))
    (folder / "outputs.json").write_text(json.dumps(outputs.tolist()))
    return folder
