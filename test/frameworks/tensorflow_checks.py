"""Loads exports in TensorFlow and Keras, compares them with the model, and trains them on."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import tensorflow as tf

from exports import run


def targets_of(export):
    """Other targets than what the model says, so that there is something to learn."""
    if export.is_regression:
        return export.outputs * 1.1 + 0.1 * np.abs(export.outputs).max()
    classes = export.outputs.shape[1]
    return np.eye(classes)[(export.outputs.argmax(axis=1) + 1) % classes]


def load_model(export):
    name = "model.keras" if export.format == "keras" else "model.h5"
    return keras.models.load_model(export.file(name))


def keras_predicts(export):
    model = load_model(export)
    return {"difference": export.difference(model.predict(export.features, verbose=0))}


def keras_fits_on(export):
    model = load_model(export)
    targets = targets_of(export)
    loss = "mse" if export.is_regression else "categorical_crossentropy"
    keras.utils.set_random_seed(1)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
    before = model.evaluate(export.features, targets, verbose=0)
    model.fit(export.features, targets, epochs=1, batch_size=8, verbose=0)
    return {"before": before, "after": model.evaluate(export.features, targets, verbose=0)}


run({"keras": [keras_predicts, keras_fits_on], "keras-h5": [keras_predicts, keras_fits_on]})
