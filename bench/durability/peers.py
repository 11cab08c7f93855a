"""How each peer is installed, started, and (by a user, after a kill) started again."""
import os
import urllib.error
import urllib.request
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
DAGSTER_YAML = """\
telemetry: { enabled: false }
run_retries: { enabled: true, max_retries: 3 }
run_monitoring: { enabled: true, poll_interval_seconds: 5, max_resume_run_attempts: 0 }
"""


def script(name, *arguments):
    return ["python", os.path.join(HERE, name), *arguments]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


@dataclass(frozen=True)
class Peer:
    name: str
    environment: str
    packages: tuple
    run: tuple
    # What the user types after a kill from which the tool does not recover.
    again: tuple
    user: str
    # (command, address that answers or words in its log once it is ready)
    services: tuple = ()
    # Names for the table of what is killed: the training process, the orchestrator; or nothing.
    victims: tuple = ("", "")
    # Which process "the orchestrator" is: the run command's, or the parent of the training one.
    orchestrator: str = "run"
    # After a kill of the orchestrator, the user steps in after so many seconds without an epoch.
    quiet_seconds: int = 15
    # How often it runs undisturbed; without, it is compared with the peer before it.
    baselines: int = 1


OPTUNA = ("optuna", "numpy")
FLOW = script("metaflow_flow.py", "--no-pylint")
SERVE = (script("prefect_flow.py"), "is being served")
DEPLOY = ["prefect", "deployment", "run", "search/search"]
PORTS = {"prefect": 14200, "dagster": 14300}
DAGSTER = {
    "environment": "dagster", "packages": ("dagster", "dagster-webserver", "numpy"),
    "orchestrator": "parent", "quiet_seconds": 45, "user": "launch the job again",
    "services": ((["dagster", "dev", "-f", os.path.join(HERE, "dagster_job.py"),
                   "-h", "127.0.0.1", "-p", str(PORTS["dagster"])],
                  f"http://127.0.0.1:{PORTS['dagster']}/server_info"),),
}


def launch(job):
    return ["dagster", "job", "launch", "-f", os.path.join(HERE, "dagster_job.py"), "-j", job]


PEERS = (
    Peer("Optuna, one process", "optuna", OPTUNA, run=(script("optuna_study.py", "1"),),
         again=(script("optuna_study.py", "1"),), user="start the script again",
         victims=("the process, which is both", "")),
    Peer("Optuna, two processes", "optuna", OPTUNA, baselines=2,
         run=((script("optuna_study.py", "1"), "new study created"),
              script("optuna_study.py", "2")),
         again=(script("optuna_study.py", "1"),), user="start the script again",
         victims=("one of the processes", "")),
    Peer("Ray Tune", "ray", ("ray[tune]", "numpy"), run=(script("ray_tune.py"),),
         again=(script("ray_tune.py"),), user="start the script again (`Tuner.restore`)",
         victims=("training (the trial's actor)", "orchestrator (the script, `Tuner.fit`)")),
    Peer("Metaflow", "metaflow", ("metaflow", "metaflow-checkpoint", "numpy"),
         run=(FLOW + ["run", "--max-workers", "1"],),
         again=(FLOW + ["resume", "--max-workers", "1"],), user="`resume`",
         victims=("training (the task)", "orchestrator (`run`)")),
    Peer("Prefect", "prefect", ("prefect", "numpy"), run=(DEPLOY,), orchestrator="parent",
         services=((["prefect", "server", "start", "--port", str(PORTS["prefect"])],
                    f"http://127.0.0.1:{PORTS['prefect']}/api/health"), SERVE),
         again=(SERVE, DEPLOY), user="start a run",
         victims=("training (the flow run's process)", "orchestrator (the serving process)")),
    Peer("Dagster", **DAGSTER, run=(launch("search"),), again=(launch("search"),),
         victims=("training (the step's process)", "orchestrator (the run worker)")),
    Peer("Dagster, dynamic outputs", **DAGSTER, baselines=0, run=(launch("search_dynamic"),),
         again=(launch("search_dynamic"),), victims=("", "orchestrator (the run worker)")),
)


def variables(peer, folder, environments):
    """The environment of a case: everything in its own folder, one thread, no telemetry."""
    binaries = os.path.join(environments, peer.environment, "bin")
    os.makedirs(f"{folder}/dagster")
    with open(f"{folder}/dagster/dagster.yaml", "w") as file:
        file.write(DAGSTER_YAML)
    return {
        "PATH": f"{binaries}:{os.environ['PATH']}", "HOME": folder, "TMPDIR": folder,
        "USER": "bench", "LANG": "C.UTF-8", "PYTHONPATH": HERE, "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
        "BENCH_OUT": folder, "BENCH_TRACE": f"{folder}/trace.jsonl",
        "RAY_USAGE_STATS_ENABLED": "0", "DO_NOT_TRACK": "1", "METAFLOW_USER": "bench",
        "PREFECT_API_URL": f"http://127.0.0.1:{PORTS['prefect']}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DAGSTER_HOME": f"{folder}/dagster",
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
