"""Dagster: an op per trial with a RetryPolicy, run retries and run monitoring on in dagster.yaml.

After "Configuring run retries" and "Detect and restart crashed workers with run monitoring".
`search` has its ops spelt out; in `search_dynamic` they come from dynamic outputs.
"""
import dagster
import training

settings = {
    "executor_def": dagster.multiprocess_executor.configured({"max_concurrent": 1}),
    "tags": {"dagster/max_retries": 3},
}


def run(rate):
    state = training.fresh(rate)
    while state["epoch"] < training.EPOCHS:
        training.train_epoch(state)
    return training.outcome(state)


def trial(number, rate):
    @dagster.op(name=f"train_{number}", retry_policy=dagster.RetryPolicy(max_retries=3))
    def train():
        return run(rate)

    return train


@dagster.op
def collect(outcomes):
    training.finish(outcomes)


@dagster.job(**settings)
def search():
    collect([trial(number, rate)() for number, rate in enumerate(training.RATES)])


@dagster.op(out=dagster.DynamicOut())
def rates():
    for number, rate in enumerate(training.RATES):
        yield dagster.DynamicOutput(rate, mapping_key=str(number))


@dagster.op(retry_policy=dagster.RetryPolicy(max_retries=3))
def train_one(rate):
    return run(rate)


@dagster.job(**settings)
def search_dynamic():
    collect(rates().map(train_one).collect())


definitions = dagster.Definitions(jobs=[search, search_dynamic])
