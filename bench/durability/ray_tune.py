"""Ray Tune: a checkpoint reported per epoch, FailureConfig on, Tuner.restore where there is one.

After "How to Enable Fault Tolerance in Ray Tune".
"""
import os
import tempfile

import ray
import training
from ray import tune
from ray.tune.search.basic_variant import BasicVariantGenerator

OUT = os.environ["BENCH_OUT"]


def train(config):
    state = training.fresh(config["rate"])
    last = tune.get_checkpoint()
    if last:
        with last.as_directory() as folder:
            state = training.load(f"{folder}/state.pickle")
    while state["epoch"] < training.EPOCHS:
        training.train_epoch(state)
        with tempfile.TemporaryDirectory() as folder:
            training.save(state, f"{folder}/state.pickle")
            tune.report({"loss": state["losses"][-1], "outcome": training.outcome(state)},
                        checkpoint=tune.Checkpoint.from_directory(folder))


if __name__ == "__main__":
    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=100_000_000,
             _node_ip_address="127.0.0.1", _temp_dir=f"{OUT}/r")
    path = f"{OUT}/experiments/search"
    if tune.Tuner.can_restore(path):
        tuner = tune.Tuner.restore(path, trainable=train, resume_errored=True)
    else:
        tuner = tune.Tuner(
            train,
            param_space={"rate": tune.loguniform(1e-4, 1e-2)},
            tune_config=tune.TuneConfig(
                num_samples=len(training.RATES), metric="loss", mode="min",
                search_alg=BasicVariantGenerator(random_state=7, max_concurrent=1)),
            run_config=tune.RunConfig(name="search", storage_path=f"{OUT}/experiments",
                                      failure_config=tune.FailureConfig(max_failures=3)))
    results = tuner.fit()
    training.finish([result.metrics["outcome"] for result in results])
