"""Which processes a case has started, from /proc; only those are ever killed.

Followed by looking often, not by PR_SET_CHILD_SUBREAPER: some tools take it that their parent has
died when it is process 1, and would not notice under another adopter.
"""
import os
import signal
import threading
import time

LOOK_EVERY_SECONDS = 0.2


def _table():
    """The living processes, as {pid: (parent, start time, name)}."""
    table = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                name, fields = file.read().split("(", 1)[1].rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = fields.split()
        if fields[0] != "Z":
            table[int(entry)] = (int(fields[1]), int(fields[19]), name)
    return table


class Family:
    """All processes that descend from this one, also after their parents are gone."""

    def __init__(self):
        # Pid and start time together: a pid alone may be given out again.
        self.members = {}
        self.seen = {}
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    def _follow(self):
        while not self.closed.wait(LOOK_EVERY_SECONDS):
            self.alive()

    def alive(self):
        """The living members, as {(pid, start time): name}."""
        with self.lock:
            table, grew = _table(), True
            while grew:
                grew = False
                for pid, (parent, start, name) in table.items():
                    above = table.get(parent)
                    known = parent == os.getpid() or (above and (parent, above[1]) in self.members)
                    if known and (pid, start) not in self.members:
                        self.members[(pid, start)] = name
                        grew = True
            living = {(pid, start): name for pid, (_, start, name) in table.items()
                      if (pid, start) in self.members}
            self.seen.update(dict.fromkeys(living, time.time()))
            return living

    def last_seen(self, key):
        return self.seen.get(key, 0.0)

    def below(self, pid):
        """The living descendants of one process."""
        table, found, border = _table(), {}, [pid]
        while border:
            parent = border.pop()
            for child, (above, start, name) in table.items():
                if above == parent:
                    found[(child, start)] = name
                    border.append(child)
        return found

    def end(self):
        """Kills all members, until none is left."""
        while living := self.alive():
            for pid, _ in living:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.closed.set()
        self.thread.join()


def parent(pid):
    return _table()[pid][0]


def command(pid):
    with open(f"/proc/{pid}/cmdline") as file:
        return file.read().replace("\0", " ").strip()
