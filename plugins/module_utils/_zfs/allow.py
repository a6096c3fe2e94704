# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Delegated permissions: what ``zfs allow`` prints, and the commands that change it. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model

Scope = t.Literal["both", "local", "descendent"]
# Headings of ``zfs allow DATASET``. FreeBSD and Linux print the same.
_HEADINGS: dict[str, tuple[str, Scope]] = {
    "Permission sets": ("set", "both"),
    "Create time permissions": ("create", "both"),
    "Local permissions": ("", "local"),
    "Descendent permissions": ("", "descendent"),
    "Local+Descendent permissions": ("", "both"),
}
_FLAGS = {"both": "", "local": "l", "descendent": "d"}
_WHO = {"user": "u", "group": "g", "everyone": "e", "create": "c", "set": "s"}


@dataclasses.dataclass(frozen=True)
class Grant:
    """Who may do what where. ``kind``: user, group, everyone, create (whoever creates a dataset below) or set."""

    kind: str
    who: str
    scope: Scope
    permissions: frozenset[str]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.who, self.scope

    def __str__(self) -> str:
        where = "" if self.scope == "both" else f" ({self.scope})"
        return f"{self.kind} {self.who}".strip() + where


def parse_allow(text: str, dataset: str) -> tuple[Grant, ...]:
    """The grants of this dataset; those that it has from above stand under a line with another name."""
    grants = []
    here, kind = False, ""
    scope: Scope = "both"
    for line in text.splitlines():
        head = re.fullmatch(r"---- Permissions on (.+?) -*", line)
        if head:
            here = head.group(1) == dataset
        elif line.rstrip(":") in _HEADINGS:
            kind, scope = _HEADINGS[line.rstrip(":")]
        elif here and line.startswith("\t"):
            grants.append(_parse_line(line.strip(), kind, scope))
    return tuple(grants)


def _parse_line(line: str, kind: str, scope: Scope) -> Grant:
    who, _space, permissions = line.rpartition(" ")
    if not kind:
        kind, _space, who = who.partition(" ")
    return Grant(kind, who, scope, frozenset(permissions.split(",")))


def change_grant(dataset: str, have: Grant | None, want: Grant) -> tuple[model.Step, ...]:
    """What is missing is allowed, what is too much is taken away."""
    had = have.permissions if have else frozenset()
    steps = []
    if want.permissions - had:
        steps.append(_step("allow", dataset, want, want.permissions - had, _change(had, had | want.permissions, want)))
    if had - want.permissions:
        after = _change(had | want.permissions, want.permissions, want)
        steps.append(_step("unallow", dataset, want, had - want.permissions, after))
    return tuple(steps)


def _change(before: frozenset[str], after: frozenset[str], grant: Grant) -> model.Change:
    return model.Change(f"delegations: {grant}", sorted(before), sorted(after))


def _step(verb: str, dataset: str, grant: Grant, permissions: frozenset[str], change: model.Change) -> model.Step:
    listed = ",".join(sorted(permissions))
    # Create time permissions and sets have no scope of their own.
    flags = "-" + ("" if grant.kind in ("create", "set") else _FLAGS[grant.scope]) + _WHO[grant.kind]
    who = () if grant.kind in ("everyone", "create") else (grant.who,)
    run = model.Run(("zfs", verb, flags, *who, listed, dataset))
    return model.Step(run, f"{verb} {grant} {listed} on {dataset}", changes=(change,))
