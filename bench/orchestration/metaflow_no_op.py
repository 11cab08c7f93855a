"""Metaflow: chains and fan-outs of no-op steps, by its local scheduler; prints the seconds of each run (of the
fan-out, one: it takes minutes in some engines).

`python metaflow_no_op.py <runs> <chain> <width> <at once>` writes the flows, and runs each as a user
does. A chain of Metaflow has a `start` and an `end`: they count among its steps.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

runs, length, width, at_once = (int(text) for text in sys.argv[1:])
names = ["start", *(f"s{place}" for place in range(length - 2)), "end"]
HEAD = "from metaflow import FlowSpec, step\n\n\nclass {name}(FlowSpec):\n"
TAIL = "\n\nif __name__ == '__main__':\n    {name}()\n"


def step(name, body, joins=False):
    return f"    @step\n    def {name}(self{', inputs' if joins else ''}):\n        {body}\n\n"


CHAIN = "".join(
    step(name, f"self.next(self.{following})" if following else "pass")
    for name, following in zip(names, [*names[1:], None])
)
FAN_OUT = (
    step("start", f"self.numbers = list(range({width})); self.next(self.each, foreach='numbers')")
    + step("each", "self.number = self.input; self.next(self.join)")
    + step("join", "self.total = sum(each.number for each in inputs); self.next(self.end)", True)
    + step("end", "pass")
)


def seconds(file, folder):
    begun = time.perf_counter()
    command = [sys.executable, file, "--quiet", "run", "--max-workers", str(at_once), "--max-num-splits", str(width)]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


with tempfile.TemporaryDirectory() as folder:
    os.environ.update(METAFLOW_USER="bench", METAFLOW_DATASTORE_SYSROOT_LOCAL=folder)
    took = {}
    for key, name, body in (("chain", "Chain", CHAIN), ("fanOut", "FanOut", FAN_OUT)):
        file = os.path.join(folder, f"{name}.py")
        with open(file, "w") as out:
            out.write(HEAD.format(name=name) + body + TAIL.format(name=name))
        took[key] = [seconds(file, folder) for _ in range(runs if key == "chain" else 1)]
print(json.dumps(took))
