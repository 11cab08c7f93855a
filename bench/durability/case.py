"""One run of one peer: undisturbed, or with one SIGKILL in the middle of the second trial."""
import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

import processes
from peers import answers, variables
from training import EPOCHS

# In the second trial; half an epoch later, so that no checkpoint is being written.
KILL_AFTER_EPOCHS = EPOCHS + 4
HALF_EPOCH_SECONDS = 0.25
ORPHANS_AFTER_SECONDS = 10
# What a tool has to restart a training process of its own, before the user steps in.
QUIET_SECONDS = 40
LIMIT_SECONDS = 240


@dataclass
class Report:
    outcomes: list
    epochs: list
    victim: str = ""
    by_itself: bool = True
    recovered_seconds: float | None = None
    # Of a killed orchestrator: whether the training process went on without it.
    lived_on: bool = False
    orphans: list = field(default_factory=list)


def says(path, words):
    with open(path) as log:
        return words in log.read()


class Case:
    def __init__(self, peer, environments):
        self.peer = peer
        self.folder = tempfile.mkdtemp(prefix="peer-", dir="/tmp")
        self.variables = variables(peer, self.folder, environments)
        self.children = []
        self.family = processes.Family()

    def start(self, argv, ready=None):
        path = f"{self.folder}/log-{len(self.children) + 1}.txt"
        program = next(p for d in self.variables["PATH"].split(":")
                       if os.path.exists(p := os.path.join(d, argv[0])))
        with open(path, "w") as log:
            child = subprocess.Popen([program, *argv[1:]], env=self.variables, cwd=self.folder,
                                     stdout=log, stderr=log, start_new_session=True)
        self.children.append(child)
        if ready:
            self.until(lambda: answers(ready) if ready.startswith("http") else says(path, ready))
        return child

    def start_each(self, items):
        """Commands, or (command, what tells that it is ready)."""
        return [self.start(*i) if isinstance(i, tuple) else self.start(i) for i in items]

    def epochs(self):
        try:
            with open(self.variables["BENCH_TRACE"]) as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def result(self):
        try:
            with open(f"{self.folder}/result.json") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def until(self, condition):
        limit = time.monotonic() + LIMIT_SECONDS
        while not condition():
            # Of what was killed the code is negative.
            failed = any((child.poll() or 0) > 0 for child in self.children)
            if time.monotonic() > limit or failed:
                raise TimeoutError(f"{self.peer.name}: see {self.folder}")
            time.sleep(0.2)

    def run(self, kill=None):
        """Runs to the end; `kill` is None, "trainer" or "orchestrator"."""
        services = self.start_each(self.peer.services)
        runs = self.start_each(self.peer.run)
        if kill is None:
            self.until(self.result)
            return Report(self.result(), self.epochs())
        self.until(lambda: len(self.epochs()) >= KILL_AFTER_EPOCHS)
        time.sleep(HALF_EPOCH_SECONDS)
        trace = self.epochs()
        pid = self.choose(kill, trace[-1]["pid"], runs)
        report = Report([], [], victim=processes.command(pid).replace(self.folder, ""))
        below, killed = self.family.below(pid), time.time()
        os.kill(pid, signal.SIGKILL)
        quiet = QUIET_SECONDS if kill == "trainer" else self.peer.quiet_seconds
        report.by_itself = self.goes_on(services, killed, quiet)
        if not report.by_itself:
            self.start_each(self.what_user_starts(services))
        self.until(lambda: time.time() > killed + ORPHANS_AFTER_SECONDS)
        self.until(self.result)
        report.outcomes, report.epochs = self.result(), self.epochs()
        report.orphans = self.orphans(below, killed)
        again = [e for e in report.epochs[len(trace):] if e["rate"] == trace[-1]["rate"]]
        report.recovered_seconds = again[0]["at"] - killed if again else None
        report.lived_on = bool(again) and again[0]["pid"] == trace[-1]["pid"]
        return report

    def orphans(self, below, killed):
        """The descendants of what was killed that were there some time later, and for how long."""
        living = self.family.alive()
        found = {}
        for key, name in below.items():
            seconds = self.family.last_seen(key) - killed
            if seconds > ORPHANS_AFTER_SECONDS:
                found[name] = "to the end" if key in living else f"{seconds:.0f} s"
        return [f"`{name}` ({how_long})" for name, how_long in sorted(found.items())]

    def choose(self, which, trainer, runs):
        """The pid to kill."""
        if which == "trainer":
            return trainer
        return runs[0].pid if self.peer.orchestrator == "run" else processes.parent(trainer)

    def goes_on(self, services, killed, quiet_seconds):
        """Whether the result comes with nobody's help."""
        while not self.result():
            last = max([killed, *(epoch["at"] for epoch in self.epochs())])
            nobody = not services and not self.family.alive()
            if nobody or time.time() > last + quiet_seconds:
                return False
            time.sleep(0.2)
        return True

    def what_user_starts(self, services):
        """All that the user must start, but for services that still run."""
        pairs = zip(self.peer.services, services)
        serving = [item for item, child in pairs if child.poll() is None]
        return [item for item in self.peer.again if item not in serving]
