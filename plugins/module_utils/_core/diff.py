# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before and after, as the user sees them: managed fields only, secrets masked."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import H, Resource, W

HIDDEN = "VALUE_HIDDEN"


@dataclasses.dataclass(frozen=True)
class Diff:
    """Managed fields before and after."""

    before: t.Mapping[str, t.Any]
    after: t.Mapping[str, t.Any]


def diff_of(resource: Resource[W, H], before: H | None, after: H | None, want: W) -> Diff:
    """Show both states through the eyes of ``want``."""
    return Diff(redact(resource.show(before, want), want.secrets), redact(resource.show(after, want), want.secrets))


def redact(data: t.Any, secrets: t.AbstractSet[str]) -> t.Any:
    """Copy of plain data in which every string that contains a secret has it masked; keys are left alone."""
    if isinstance(data, t.Mapping):
        return {key: redact(value, secrets) for key, value in data.items()}
    if isinstance(data, (list, tuple, set, frozenset)):
        return [redact(value, secrets) for value in (sorted(data) if isinstance(data, (set, frozenset)) else data)]
    if isinstance(data, str):
        for secret in sorted(secrets, key=len, reverse=True):  # the longest first: one may contain another
            if secret:
                data = data.replace(secret, HIDDEN)
    return data


def describe(action: model.Action) -> dict[str, t.Any]:
    """One action as the user would type or find it; file contents and stdin are left out, they may hold secrets."""
    if isinstance(action, model.Run):
        return {"command": shlex.join(action.argv)}
    if isinstance(action, model.Call):
        return {"api": action.api, "method": action.method, "args": list(action.args)}
    if isinstance(action, model.Link):
        return {"path": action.path, "target": action.target}
    if isinstance(action, (model.Write, model.Remove, model.Await)):
        return {"path": action.path}
    raise TypeError(action)


def describe_step(step: model.Step) -> dict[str, t.Any]:
    """A step for the result: what it does, how it takes effect, and which fields it brings about."""
    shown: dict[str, t.Any] = {"summary": step.summary, "how": step.how, "destructive": step.switch is not None}
    if step.changes:
        shown["changes"] = [dataclasses.asdict(change) for change in step.changes]
    shown.update(describe(step.action))
    return shown
