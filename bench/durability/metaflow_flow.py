"""Metaflow: foreach over the rates, @retry, the @checkpoint of its extension as it comes.

After "Checkpointing Progress" (metaflow-checkpoint).
"""
import os

import training
from metaflow import FlowSpec, checkpoint, current, retry, step


class Search(FlowSpec):
    @step
    def start(self):
        self.rates = training.RATES
        self.next(self.train, foreach="rates")

    @retry(times=3, minutes_between_retries=0)
    @checkpoint
    @step
    def train(self):
        state = training.fresh(self.input)
        if current.checkpoint.is_loaded:
            state = training.load(os.path.join(current.checkpoint.directory, "state.pickle"))
        while state["epoch"] < training.EPOCHS:
            training.train_epoch(state)
            path = os.path.join(current.checkpoint.directory, "state.pickle")
            training.save(state, path)
            current.checkpoint.save(path, name="state")
        self.outcome = training.outcome(state)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.outcomes = [branch.outcome for branch in inputs]
        self.next(self.end)

    @step
    def end(self):
        training.finish(self.outcomes)


if __name__ == "__main__":
    Search()
