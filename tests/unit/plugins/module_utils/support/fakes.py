# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host made of data: what its commands answer, which files it has, and what was done to it."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError


@dataclasses.dataclass
class FakeHost:
    """Answers from tables and counts the queries; an unexpected command is an error of the test.

    ``commands`` is keyed by the command line as a shell would quote it. ``folders`` follow from ``files``, ``links``
    and ``devices`` (paths that exist and have no text).
    """

    commands: dict[str, Reply] = dataclasses.field(default_factory=dict)
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    links: dict[str, str] = dataclasses.field(default_factory=dict)
    modes: dict[str, int] = dataclasses.field(default_factory=dict)
    devices: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    apis: dict[str, t.Callable[..., t.Any]] = dataclasses.field(default_factory=dict)
    queries: list[str] = dataclasses.field(default_factory=list)
    performed: list[model.Action] = dataclasses.field(default_factory=list)

    def query(self, argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        line = shlex.join(argv)
        self.queries.append(line)
        if not self.has(argv[0]):
            raise model.Problem(f"{argv[0]} is not on this host")
        if line not in self.commands:
            raise AssertionError(f"the test knows no answer to: {line}")
        reply = self.commands[line]
        if reply.rc not in ok:
            raise CommandError(argv, reply)
        return reply

    def has(self, tool: str) -> bool:
        return tool not in self.missing

    def paths(self) -> set[str]:
        return {*self.files, *self.links, *self.devices}

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def entries(self, path: str) -> tuple[str, ...]:
        base = path.rstrip("/") + "/"
        return tuple(sorted({known[len(base) :].split("/")[0] for known in self.paths() if known.startswith(base)}))

    def link(self, path: str) -> str | None:
        return self.links.get(path)

    def exists(self, path: str) -> bool:
        return path in self.paths() or bool(self.entries(path))

    def mode(self, path: str) -> int | None:
        return self.modes.get(path, 0o644) if self.exists(path) else None

    def ask(self, api: str, method: str, *args: t.Any) -> t.Any:
        self.queries.append(f"{api}.{method}")
        return self.apis[api](method, *args)

    def perform(self, action: model.Action) -> str:
        self.performed.append(action)
        if isinstance(action, model.Write):
            self.files[action.path] = action.content
            self.modes[action.path] = action.mode
        elif isinstance(action, model.Link):
            self.links[action.path] = action.target
        elif isinstance(action, model.Remove):
            self.files.pop(action.path, None)
            self.links.pop(action.path, None)
        elif isinstance(action, model.Call):
            return str(self.apis[action.api](action.method, *action.args))
        return ""
