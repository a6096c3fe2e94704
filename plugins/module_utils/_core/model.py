# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans are data: what a step does, how it takes effect, and what it changes. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

Argv = t.Tuple[str, ...]
How = t.Literal["live", "reload", "restart", "recreate"]

# Steps that interrupt the object: only run when restart_policy allows it, else reported as pending.
INTERRUPTING: tuple[How, ...] = ("restart", "recreate")


class Problem(Exception):
    """A refusal or failure that the user can act on: what, which object, what to do."""


@dataclasses.dataclass(frozen=True)
class Run:
    """Run ``argv`` without a shell; ``stdin`` may carry secrets, ``argv`` never.

    When it fails (exit code not in ``ok``) or takes longer than ``timeout`` seconds, ``otherwise`` runs instead;
    without one that is an error, to which ``hint`` adds what the user can do.
    """

    argv: Argv
    stdin: str | None = None
    ok: tuple[int, ...] = (0,)
    timeout: float | None = None
    otherwise: Run | None = None
    hint: str = ""


@dataclasses.dataclass(frozen=True)
class Write:
    """Replace a file atomically; ``secret`` content is not shown and the file must not be readable by others."""

    path: str
    content: str
    mode: int = 0o644
    secret: bool = False
    before: str | None = None  # what it was planned for; another text by now, of another task, would be lost


@dataclasses.dataclass(frozen=True)
class Link:
    """Make ``path`` a symbolic link to ``target``."""

    path: str
    target: str


@dataclasses.dataclass(frozen=True)
class Remove:
    """Remove a file or a symbolic link; one that is gone already is fine."""

    path: str


@dataclasses.dataclass(frozen=True)
class Await:
    """Wait until ``path`` exists (or is gone) for at most ``timeout`` seconds."""

    path: str
    present: bool = True
    timeout: float = 30.0
    hint: str = ""


@dataclasses.dataclass(frozen=True)
class Call:
    """Call ``method`` of an API that is in ``Resource.apis``; ``args`` is plain JSON-like data."""

    api: str
    method: str
    args: tuple[t.Any, ...] = ()


Action = t.Union[Run, Write, Link, Remove, Await, Call]


@dataclasses.dataclass(frozen=True)
class Change:
    """One managed field that a step brings from ``before`` to ``after``."""

    field: str
    before: t.Any
    after: t.Any


@dataclasses.dataclass(frozen=True)
class Step:
    """One action, said in words. A step is destructive when it names the ``switch`` (option) that must allow it."""

    action: Action
    summary: str
    how: How = "live"
    switch: str | None = None
    changes: tuple[Change, ...] = ()


Plan = t.Tuple[Step, ...]
