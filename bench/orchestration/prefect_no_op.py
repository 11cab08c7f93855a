"""Prefect: the chain and the fan-out as flows of no-op tasks; prints the seconds of each run (of the
fan-out, one: it takes minutes in some engines).

`python prefect_no_op.py <runs> <chain> <width> <at once>`: a server of its own on SQLite, as
`prefect server start` makes it; tasks run in the thread pool task runner.
"""
import json
import sys
import time

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

runs, length, width, at_once = (int(text) for text in sys.argv[1:])


@task
def no_op(number):
    return number


@flow
def chain():
    number = 0
    for _ in range(length):
        number = no_op(number)
    return number


@flow(task_runner=ThreadPoolTaskRunner(max_workers=at_once))
def fan_out():
    return sum(no_op.map(list(range(width))).result())


def seconds(run):
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


for run in (chain, fan_out):
    run()
print(json.dumps({"chain": [seconds(chain) for _ in range(runs)], "fanOut": [seconds(fan_out)]}))
