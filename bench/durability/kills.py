"""Kills each peer's processes in the middle of the same small search, and prints what came of it.

`python3 kills.py <folder of environments> [name ...]`, after run.sh has made the environments.
"""
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from case import Case
from peers import PEERS

# Tools that are measured at a time: a training takes less than one core.
LANES = 2
environments, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
HEAD = ("| tool | killed | goes on by itself | the user must | epochs run (undisturbed) "
        "| same trials, curves and weights | orphans 10 s later (gone after) |\n"
        "|---|---|---|---|---|---|---|")


def attempt(peer, kill=None):
    case, began = Case(peer, environments), time.time()
    try:
        report = case.run(kill)
    finally:
        case.family.end()
    if not os.environ.get("KEEP"):
        shutil.rmtree(case.folder, ignore_errors=True)
    rates = [float(f"{outcome['rate']:.4g}") for outcome in report.outcomes]
    print(f"{peer.name}, {kill or 'undisturbed'}: {time.time() - began:.0f} s, rates {rates}, "
          f"killed: {report.victim or 'nothing'}", file=sys.stderr)
    return report


def keys(report):
    return sorted(json.dumps(outcome, sort_keys=True) for outcome in report.outcomes)


def compare(baseline, report):
    base, other = keys(baseline), keys(report)
    same = len(set(base) & set(other))
    return "yes" if base == other else f"no: {same} of {len(base)} trials the same"


def row(peer, victim, baseline, report):
    user = "nothing" if report.by_itself else peer.user
    went_on = "yes" if report.by_itself else "no"
    if report.lived_on:
        went_on += "; the training process lived on"
    elif report.by_itself:
        seconds = report.recovered_seconds
        went_on += f", after {seconds:.0f} s" if seconds else ", without that trial"
    orphans = ", ".join(report.orphans) or "none"
    return (f"| {peer.name} | {victim} | {went_on} | {user} | {len(report.epochs)} "
            f"({len(baseline.epochs)}) | {compare(baseline, report)} | {orphans} |")


def versions(peer):
    pip = os.path.join(environments, peer.environment, "bin", "pip")
    listed = subprocess.run([pip, "list", "--format=freeze"], capture_output=True, text=True)
    names = {package.split("[")[0] for package in peer.packages}
    return ", ".join(line for line in listed.stdout.split() if line.split("==")[0] in names)


def measure(environment):
    """The versions and the rows of the table of all peers of one environment."""
    rows, notes, baseline = [], [], None
    for peer in (peer for peer in PEERS if peer.environment == environment):
        notes.append(f"{peer.name}: {versions(peer)}")
        try:
            runs = [attempt(peer) for _ in range(peer.baselines)]
            baseline, *others = runs or [baseline]
            for other in others:
                rows.append(f"| {peer.name} | nothing, second run | – | – | {len(other.epochs)} "
                            f"({len(baseline.epochs)}) | {compare(baseline, other)} | – |")
            for kill, victim in zip(("trainer", "orchestrator"), peer.victims):
                if victim:
                    rows.append(row(peer, victim, baseline, attempt(peer, kill)))
        except TimeoutError as fault:
            rows.append(f"| {peer.name} | not measured: {fault} | | | | | |")
    return notes, rows


def main():
    chosen = wanted or ["ray", "optuna", "metaflow", "dagster", "prefect"]
    print(f"- Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} CPUs")
    # In a process each, since a case ends all that descends from its own.
    with ProcessPoolExecutor(LANES) as pool:
        measured = list(pool.map(measure, chosen))
    print("\n".join(f"- {note}" for notes, _ in measured for note in notes))
    print("\n".join(["", HEAD, *(line for _, rows in measured for line in rows)]))


if __name__ == "__main__":
    main()
