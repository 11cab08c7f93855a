"""Scores of other tools on the tables of a folder for `npm run bench:quality`, written to its BASELINES.md.

  pip install pandas scikit-learn "flaml[automl]" "autogluon.tabular[lightgbm,xgboost,catboost]"
  python rivals.py <folder> [column,column]

What was measured stays, in rivals.json of the folder, and is not measured again.
"""
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
SECONDS = 60
CORES = 2


def estimator(kind, regression):
    if kind == "linear/logistic":
        return RidgeCV(np.logspace(-3, 3, 13)) if regression else LogisticRegression(max_iter=2000)
    if kind == "RF":
        forest = RandomForestRegressor if regression else RandomForestClassifier
        return forest(n_estimators=300, n_jobs=CORES, random_state=0)
    boosting = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    return boosting(random_state=0)


def fit_scikit(kind, given, x, y):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoder = OneHotEncoder(handle_unknown="ignore", max_categories=50, sparse_output=False)
    texts = make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), encoder)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (texts, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, estimator(kind, given["task"] == "regression")).fit(x, y)


def fit_flaml(_, given, x, y):
    from flaml import AutoML

    task = "regression" if given["task"] == "regression" else "classification"
    metric = {"f1_macro": "macro_f1"}.get(given["metric"], given["metric"])
    model = AutoML()
    model.fit(x, y, task=task, metric=metric, time_budget=SECONDS, n_jobs=CORES, verbose=0, seed=0)
    return model


def fit_autogluon(_, given, x, y):
    from autogluon.tabular import TabularPredictor

    metric = {"rmse": "root_mean_squared_error"}.get(given["metric"], given["metric"])
    folder = tempfile.mkdtemp()
    model = TabularPredictor(label=y.name, eval_metric=metric, verbosity=0, path=folder)
    without = ["NN_TORCH", "FASTAI"]
    return model.fit(x.assign(**{y.name: y}), time_limit=SECONDS, num_cpus=CORES, excluded_model_types=without)


COLUMNS = {
    "linear/logistic": fit_scikit,
    "RF": fit_scikit,
    "HGB": fit_scikit,
    "FLAML 60s": fit_flaml,
    "AutoGluon ≤60s": fit_autogluon,
}


def score(given, model, x, y):
    metric = given["metric"]
    if metric == "rmse":
        return float(np.sqrt(mean_squared_error(y, model.predict(x))))
    if metric == "accuracy":
        return float(accuracy_score(y, model.predict(x)))
    if metric == "f1_macro":
        return float(f1_score(y, model.predict(x), average="macro"))
    positive = given["notes"].split()[-1]
    shares = model.predict_proba(x)
    classes = list(shares.columns) if isinstance(shares, pd.DataFrame) else list(model.classes_)
    return float(roc_auc_score(y == positive, np.asarray(shares)[:, classes.index(positive)]))


def read(path):
    table = pd.read_csv(path)
    truths = table.select_dtypes("bool").columns
    return table.astype({name: str for name in truths})


folder = Path(sys.argv[1])
wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else list(COLUMNS)
sets = json.loads((folder / "manifest.json").read_text())["sets"]
store = folder / "rivals.json"
measured = json.loads(store.read_text()) if store.exists() else {}

for given in sets:
    train, test = (read(folder / given["name"] / f"{part}.csv") for part in ("train", "test"))
    target = given["target"]
    own = measured.setdefault(given["name"], {})
    for kind in wanted:
        if kind in own:
            continue
        start = time.time()
        model = COLUMNS[kind](kind, given, train.drop(columns=target), train[target])
        reached = score(given, model, test.drop(columns=target), test[target])
        own[kind] = f"{reached:.4f} ({time.time() - start:.1f}s)"
        print(given["name"], kind, own[kind], flush=True)
        store.write_text(json.dumps(measured))

lines = ["| set | metric | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
for given in sets:
    own = measured[given["name"]]
    cells = [given["name"], given["metric"], *(own.get(kind, "–") for kind in COLUMNS)]
    lines.append("| " + " | ".join(cells) + " |")
(folder / "BASELINES.md").write_text("\n".join(lines) + "\n")
