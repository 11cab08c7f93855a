"""Optuna: storage in SQLite, heartbeat and retry callback on, a checkpoint per trial and epoch.

After optuna-examples' pytorch_checkpoint.py; the sampler is pickled, as the tutorial on resuming
studies has it.
`python optuna_study.py <worker>`: several of them share one study.
"""
import os
import pickle
import sys

import optuna
import training
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.study import MaxTrialsCallback
from optuna.trial import TrialState

OUT, WORKER = os.environ["BENCH_OUT"], int(sys.argv[1])
SAMPLER = f"{OUT}/sampler-{WORKER}.pickle"


def objective(trial):
    rate = trial.suggest_float("rate", 1e-4, 1e-2, log=True)
    number = RetryHeartbeatStaleTrialCallback.retried_trial_number(study.trials[trial.number])
    path = f"{OUT}/trial-{trial.number if number is None else number}.pickle"
    state = training.load(path) if os.path.exists(path) else training.fresh(rate)
    while state["epoch"] < training.EPOCHS:
        training.train_epoch(state)
        training.save(state, path)
        trial.report(state["losses"][-1], state["epoch"])
    trial.set_user_attr("outcome", training.outcome(state))
    return state["losses"][-1]


def keep_sampler(study, _trial):
    with open(SAMPLER, "wb") as file:
        pickle.dump(study.sampler, file)


sampler = optuna.samplers.TPESampler(seed=WORKER)
if os.path.exists(SAMPLER):
    sampler = training.load(SAMPLER)
storage = RDBStorage(f"sqlite:///{OUT}/study.db", heartbeat_interval=1, grace_period=5,
                     heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=3))
study = optuna.create_study(study_name="search", storage=storage, sampler=sampler,
                            load_if_exists=True)
enough = MaxTrialsCallback(len(training.RATES), states=(TrialState.COMPLETE,))
done = study.get_trials(states=(TrialState.COMPLETE,))
if len(done) < len(training.RATES):
    study.optimize(objective, callbacks=[keep_sampler, enough])
done = study.get_trials(states=(TrialState.COMPLETE,))
# Of several workers, the last one to finish has no neighbour that still runs.
if not study.get_trials(states=(TrialState.RUNNING,)):
    training.finish([trial.user_attrs["outcome"] for trial in done])
