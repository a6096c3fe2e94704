# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine asks of the machine that is managed; tests bring their own."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model

# Reading what a tool printed fails in these ways, whatever it printed
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
R = t.TypeVar("R")


class Garbage(model.Problem):
    """A tool printed what it never prints."""


class Reply(t.NamedTuple):
    """What a command answered."""

    rc: int
    out: str
    err: str


class Host(t.Protocol):
    """The machine that is managed. Only ``perform`` changes it.

    ``read``, ``link`` and ``mode`` answer None, ``entries`` (sorted names in a folder) nothing, for what is not there.
    ``ask`` calls an API method that only reads; ``perform`` returns what the action printed.
    """

    def query(self, argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply: ...
    def has(self, tool: str) -> bool: ...
    def read(self, path: str) -> str | None: ...
    def entries(self, path: str) -> tuple[str, ...]: ...
    def link(self, path: str) -> str | None: ...
    def exists(self, path: str) -> bool: ...
    def mode(self, path: str) -> int | None: ...
    def ask(self, api: str, method: str, *args: t.Any) -> t.Any: ...
    def perform(self, action: model.Action) -> str: ...


def read_output(argv: model.Argv, out: str, parse: t.Callable[[str], R]) -> R:
    """What ``parse`` makes of what a command printed; or Garbage, which names the command."""
    try:
        return parse(out)
    except UNREADABLE:
        raise Garbage(
            f"`{' '.join(argv)[:200]}` printed what it never prints, beginning with {out[:80]!r}: run it on the host, "
            "and see that it is the real tool and whole"
        ) from None
