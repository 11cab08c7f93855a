"""Dagster: the chain and the fan-out as jobs of no-op ops; prints the seconds of each run (of the
fan-out, one: it takes minutes in some engines).

`python dagster_no_op.py <runs> <chain> <width> <at once>`: an instance on SQLite; a job's own
default, the multiprocess executor, with so many at once.
"""
import json
import sys
import tempfile
import time

import dagster


@dagster.op
def no_op(number: int) -> int:
    return number


@dagster.op
def first() -> int:
    return 0


@dagster.op(out=dagster.DynamicOut(int))
def numbers(context):
    for number in range(WIDTH):
        yield dagster.DynamicOutput(number, mapping_key=str(number))


@dagster.op
def total(numbers: list) -> int:
    return sum(numbers)


RUNS, LENGTH, WIDTH, AT_ONCE = (int(text) for text in (sys.argv[1:] if len(sys.argv) == 5 else (1, 7, 200, 2)))
executor = dagster.multiprocess_executor.configured({"max_concurrent": AT_ONCE})


@dagster.job(executor_def=executor)
def chain():
    number = first()
    for place in range(LENGTH - 1):
        number = no_op.alias(f"no_op_{place}")(number)


@dagster.job(executor_def=executor)
def fan_out():
    total(numbers().map(no_op).collect())


def seconds(job, instance):
    begun = time.perf_counter()
    assert dagster.execute_job(dagster.reconstructable(job), instance).success
    return time.perf_counter() - begun


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, dagster.DagsterInstance.local_temp(folder) as instance:
        took = {
            "chain": [seconds(chain, instance) for _ in range(RUNS)],
            "fanOut": [seconds(fan_out, instance)],
        }
    print(json.dumps(took))
