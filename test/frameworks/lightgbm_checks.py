"""Loads exports in LightGBM, and compares them with the model."""
import importlib.util

import lightgbm
import numpy as np

from exports import run


def source_of(export, name="model"):
    spec = importlib.util.spec_from_file_location(name, export.file(f"{name}.py"))
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    return source


def booster_predicts(export):
    source = source_of(export)
    booster = source.load()
    assert isinstance(booster, lightgbm.Booster)
    assert booster.num_feature() == len(export.manifest["features"])
    return {"difference": export.difference(source.predict(export.features, booster))}


def raw_records_predict(export):
    """From raw records to predictions with what lies in the folder."""
    codes = source_of(export, "preprocess").codes(export.records)
    np.testing.assert_array_equal(np.array(codes), export.features)
    return {"difference": export.difference(source_of(export).predict(codes))}


run({"lightgbm": [booster_predicts, raw_records_predict]})
