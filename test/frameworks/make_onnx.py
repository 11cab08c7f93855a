"""Makes ONNX files by skl2onnx of scikit-learn's models, with what scikit-learn says."""
import sys
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from imports import CLASSES, FLAT, ROWS, write_case

root = Path(sys.argv[1])
features = FLAT.features()
raw = FLAT.raw()
classes = np.array([CLASSES.index(name) for name in np.array(CLASSES)[
    np.digitize(features[:, 0] + features[:, 1], [1.0, 3.0])]])
values = features @ np.array([3.0, -2.0, 0.5, 1.0]) + 10


def save(folder, model, inputs, **options):
    made = to_onnx(model, initial_types=inputs, target_opset=17, **options)
    (folder / "model.onnx").write_bytes(made.SerializeToString())


CLASSIFIERS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(10, random_state=1),
    "boosted trees, classes": GradientBoostingClassifier(n_estimators=10, random_state=1),
    "MLP": MLPClassifier((8,), max_iter=50, random_state=1),
}
for name, model in CLASSIFIERS.items():
    model.fit(features, classes)
    folder = write_case(root, "onnx", name, FLAT, model.predict_proba(features),
                        mapping={"output": {"tensor": "probabilities"}})
    save(folder, model, [("X", FloatTensorType([None, 4]))], options={"zipmap": False})

for name, model in {"linear": LinearRegression(), "boosted trees": GradientBoostingRegressor(n_estimators=20, random_state=1)}.items():
    model.fit(features, values)
    folder = write_case(root, "onnx", name, FLAT, model.predict(features).reshape(-1, 1))
    save(folder, model, [("X", FloatTensorType([None, 4]))])

# Standardised outside of the model, by statistics in the mapping.
mean, deviation = features.mean(0), features.std(0)
scaled = LogisticRegression().fit((features - mean) / deviation, classes)
folder = write_case(
    root, "onnx", "statistics in the mapping", FLAT, scaled.predict_proba((features - mean) / deviation),
    encodings=[{"as": "number", "column": name, "shift": float(mean[i]), "scale": float(deviation[i]),
                "impute": float(mean[i])} for i, name in enumerate("abcd")],
    mapping={"output": {"tensor": "probabilities"}})
save(folder, scaled, [("X", FloatTensorType([None, 4]))], options={"zipmap": False})

# An input a column: text, whole numbers, numbers.
columns = np.array([raw["city"], raw["count"], raw["a"]], dtype=object).T
pipeline = make_pipeline(
    ColumnTransformer([
        ("city", OneHotEncoder(handle_unknown="ignore", categories=[["Lima", "Oslo", "Rome"]]), [0]),
        ("rest", StandardScaler(), [1, 2])]),
    LogisticRegression()).fit(columns, classes)
folder = write_case(
    root, "onnx", "an input a column", FLAT, pipeline.predict_proba(columns),
    mapping={
        "inputs": [
            {"tensor": "city", "columns": [{"as": "text", "column": "city"}]},
            {"tensor": "count", "columns": [{"as": "number", "column": "count", "impute": 0}]},
            {"tensor": "a", "columns": ["a"]}],
        "output": {"tensor": "probabilities"}})
save(folder, pipeline, [("city", StringTensorType([None, 1])), ("count", Int64TensorType([None, 1])),
                        ("a", FloatTensorType([None, 1]))], options={"zipmap": False})

model = LogisticRegression().fit(features, classes)
folder = write_case(root, "refused", "probabilities as maps", FLAT, np.full((ROWS, 3), 1 / 3),
                    mapping={"output": {"tensor": "output_probability"}})
save(folder, model, [("X", FloatTensorType([None, 4]))])
