"""Loads exports in TensorFlow and Keras, compares them with the model, and trains them on."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import contextlib
import io

import keras
import numpy as np
import tensorflow as tf
from absl import flags
from tensorflow.python.tools import saved_model_cli

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
    return {"difference": export.difference(model.predict_on_batch(export.features))}


def keras_fits_on(export):
    model = load_model(export)
    targets = targets_of(export)
    loss = "mse" if export.is_regression else "categorical_crossentropy"
    keras.utils.set_random_seed(1)
    # Compiling for one epoch of 64 rows would take longer than all the rest.
    model.compile(optimizer=keras.optimizers.Adam(export.learning_rate), loss=loss, jit_compile=False)
    before = model.evaluate(export.features, targets, verbose=0)
    model.fit(export.features, targets, epochs=1, batch_size=8, verbose=0)
    return {"before": before, "after": model.evaluate(export.features, targets, verbose=0)}


def column(export, tensor):
    """A raw column as the manifest says that the model takes it."""
    raw = [record.get(tensor["name"]) for record in export.records]
    if tensor["dtype"] == "string":
        return tf.constant(["" if cell is None else cell for cell in raw])
    return tf.constant([np.nan if cell is None else float(cell) for cell in raw], tf.float32)


def saved_model_serves(export):
    serve = tf.saved_model.load(str(export.folder)).signatures["serving_default"]
    columns = {tensor["name"]: column(export, tensor) for tensor in export.manifest["inputs"]}
    return {"difference": export.difference(call(serve, columns)[output_of(export)])}


def call(signature, tensors):
    """Calls a signature by its inputs' names, which need not be names in Python."""
    names = list(signature.structured_input_signature[1])
    assert sorted(names) == sorted(tensors), f"{names} in place of {list(tensors)}"
    return signature(**tensors)


def output_of(export):
    return export.manifest["outputs"][0]["name"]


def saved_model_trains_on(export):
    """One step of a GradientTape on the variables lowers the loss."""
    model = tf.saved_model.load(str(export.folder))
    predict = model.signatures["features"]
    targets = targets_of(export).astype(np.float32)
    features = tf.constant(export.features, tf.float32)

    def loss_of():
        outputs = predict(features=features)[output_of(export)]
        return tf.reduce_mean(tf.square(outputs - targets))

    variables = [each for each in model.variables if each.trainable]
    with tf.GradientTape() as tape:
        loss = loss_of()
    gradients = tape.gradient(loss, variables)
    norm = tf.sqrt(sum(tf.cast(tf.reduce_sum(g * g), tf.float64) for g in gradients))
    for variable, gradient in zip(variables, gradients):
        # Along the gradient, a step so short that the loss is a plane there.
        length = 0.1 * tf.cast(loss, tf.float64) / norm**2
        variable.assign_sub(gradient * tf.cast(length, gradient.dtype))
    return {"before": float(loss), "after": float(loss_of()), "variables": len(variables)}


def saved_model_cli_shows(export):
    """`saved_model_cli show --dir … --tag_set serve --signature_def serving_default`, in this process."""
    flags.FLAGS(
        ["saved_model_cli", f"--dir={export.folder}", "--tag_set=serve", "--signature_def=serving_default"]
    )
    with contextlib.redirect_stdout(io.StringIO()) as output:
        saved_model_cli.show()
    shown = output.getvalue()
    for tensor in export.manifest["inputs"] + export.manifest["outputs"]:
        assert f"['{tensor['name']}']" in shown, f"{tensor['name']} is not in:\n{shown}"
    return {}


def tflite_predicts(export):
    interpreter = tf.lite.Interpreter(model_path=export.file("model.tflite"))
    runner = interpreter.get_signature_runner("serving_default")
    outputs = runner(features=export.features.astype(np.float32))
    return {"difference": export.difference(outputs[output_of(export)])}


def tflite_predicts_one_row(export):
    """Where the number of rows is the one that stands in the file."""
    interpreter = tf.lite.Interpreter(model_path=export.file("model.tflite"))
    interpreter.allocate_tensors()
    (given,), (gives,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for row in export.features.astype(np.float32):
        interpreter.set_tensor(given["index"], row[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(gives["index"])[0])
    return {"difference": export.difference(np.array(rows))}


run(
    {
        "saved-model": [saved_model_serves, saved_model_trains_on, saved_model_cli_shows],
        "keras": [keras_predicts, keras_fits_on],
        "keras-h5": [keras_predicts, keras_fits_on],
        "tflite": [tflite_predicts, tflite_predicts_one_row],
    }
)
