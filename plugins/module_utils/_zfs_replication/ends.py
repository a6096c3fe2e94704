# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two ends of a replication: this host, or another one that ssh reaches. Private.

ssh hands one line to the login shell at the other end, so each word is quoted for it; ``env`` makes it the same line in
every shell, and finds zfs for users whose PATH has no sbin.
"""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, Reply

Query = t.Callable[..., Reply]
API = "replication"
_ENV = ("env", "LC_ALL=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
# ssh takes the first value of each option. A connection that is cut in the middle of a stream ends after a minute.
_FIRST = ("-o", "BatchMode=yes")
_LAST = ("-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4")


@dataclasses.dataclass(frozen=True)
class End:
    """A tree of datasets on a host; ``destination`` is empty for this one. ``ssh``: options of the task."""

    root: str
    destination: str = ""
    ssh: tuple[str, ...] = ()

    def argv(self, *words: str) -> model.Argv:
        if not self.destination:
            return words
        return ("ssh", *_FIRST, *self.ssh, *_LAST, "--", self.destination, shlex.join((*_ENV, *words)))

    def do(self, *words: str) -> model.Action:
        """A step at this end: at the other host it is a call, for ssh takes a command line as text."""
        return model.Call(API, "run", (list(self.argv(*words)),)) if self.destination else model.Run(words)

    def name(self, inside: str) -> str:
        """The full name of a dataset of the tree; ``inside`` is empty for its root, else begins with a slash."""
        return self.root + inside


def ask_at(end: End, host: Host) -> Query:
    """Questions of zfs, asked at an end."""

    def query(argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        return host.query(end.argv(*argv), ok=ok, stdin=stdin)

    return query


def copy(source: End, send: t.Sequence[str], target: End, receive: t.Sequence[str]) -> model.Call:
    return model.Call(API, "copy", (list(source.argv(*send)), list(target.argv(*receive))))
