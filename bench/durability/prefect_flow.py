"""Prefect: a served flow; a task per trial with retries, its result persisted and cached by inputs.

After "How to cache workflow step outputs" and "How to automatically rerun your workflow".
`python prefect_flow.py` serves; `prefect deployment run search/search` starts a run.
"""
import training
from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(retries=3, persist_result=True, cache_policy=INPUTS)
def train(rate):
    state = training.fresh(rate)
    while state["epoch"] < training.EPOCHS:
        training.train_epoch(state)
    return training.outcome(state)


@flow(retries=3, persist_result=True)
def search():
    training.finish([train(rate) for rate in training.RATES])


if __name__ == "__main__":
    search.serve(name="search")
