"""Orders line by line on standard input, answers on standard output: see contender.ts."""

import json
import resource
import sys
import time

import numpy as np


def read(order):
    case = order["case"]
    features = np.fromfile(order["features"], np.float32).reshape(-1, case["width"])
    return features, np.fromfile(order["targets"], np.float32).reshape(-1, 1)


def measure(epoch, rows, seconds):
    """Trains for whole epochs until the time is over."""
    cpu, started, epochs = time.process_time(), time.perf_counter(), 0
    while True:
        epoch()
        epochs += 1
        elapsed = time.perf_counter() - started
        if elapsed >= seconds:
            cpu_seconds = time.process_time() - cpu
            return {"rows": epochs * rows, "seconds": elapsed, "cpuSeconds": cpu_seconds}


def serve(open_case):
    """`open_case(order)` gives a function that trains one epoch, the rows, and the answer."""
    out, sys.stdout = sys.stdout, sys.stderr
    epoch, rows = None, 0
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["kind"] == "open":
                epoch, rows, answer = open_case(order)
            elif order["kind"] == "measure":
                answer = measure(epoch, rows, order["seconds"])
            else:
                epoch = None
                answer = {"peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        out.write(json.dumps(answer) + "\n")
        out.flush()
