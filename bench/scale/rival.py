"""The same by pandas and scikit-learn, all rows in memory: what most people would write."""
import time

start = time.time()

import json
import resource
import sys
from pathlib import Path

import numpy as np

part, data, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])

if part == "prepare":
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.read_csv(data, parse_dates=["joined"]).drop_duplicates()
    target = (table.pop("y") == "stays").to_numpy(np.float32)
    joined = table.pop("joined").dt
    day = joined.dayofyear
    for name, value, period in (
        ("month", joined.month - 1, 12), ("weekday", joined.weekday, 7), ("yearday", day - 1, 365.25),
    ):
        table[f"{name}.sin"] = np.sin(2 * np.pi * value / period)
        table[f"{name}.cos"] = np.cos(2 * np.pi * value / period)
    table["year"], table["day"] = joined.year, joined.day
    table["days"] = joined.year * 365.25 + day
    table["member"] = table["member"] == "yes"
    categories = ["plan", "city", "product", "size"]
    numbers = [name for name in table.columns if name not in categories]
    rest, test, rest_y, test_y = train_test_split(table, target, test_size=0.2, random_state=0)
    fit, held, fit_y, held_y = train_test_split(rest, rest_y, test_size=0.2, random_state=0)
    transform = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
    ]).fit(rest)
    for name, rows, y in (("fit", fit, fit_y), ("validation", held, held_y), ("test", test, test_y)):
        np.save(folder / f"{name}.npy", transform.transform(rows).astype(np.float32))
        np.save(folder / f"{name}-y.npy", y)
else:
    from sklearn.neural_network import MLPClassifier

    MLPClassifier((64, 32), batch_size=64, max_iter=1).fit(
        np.load(folder / "fit.npy"), np.load(folder / "fit-y.npy")
    )

used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "cpuSeconds": used.ru_utime + used.ru_stime,
    "seconds": time.time() - start,
    "residentMib": used.ru_maxrss / 1024,
}))
