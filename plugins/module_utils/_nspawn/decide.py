# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declaration comes to: the one judgement that the plan and the prediction share. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Change, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.conf import (
    Edit,
    Effective,
    edit,
    effective,
    mount_target,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.limits import WantLimit
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import MACHINES, WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want_devices import MOUNT_KEYS

UNKNOWN = "unknown"
# The first line of a file that this module makes
MARK = "# Kept by Ansible, hostwright.virt.nspawn_container: what its task does not name stays as it is here.\n"


@dataclasses.dataclass(frozen=True)
class Decision:
    """``text``: the .nspawn file to be. ``limits``: what to set live. ``blocked``: what only a restart brings about."""

    text: str | None
    limits: tuple[WantLimit, ...] = ()
    enable: bool | None = None
    blocked: tuple[Change, ...] = ()
    restart: bool = False


def decide(have: Have, want: WantContainer) -> Decision:
    """Everything but ``absent``; raises Problem for what is refused."""
    _check(have, want)
    limits = tuple(limit for limit in want.limits if have.limits.get(limit.shown, "infinity") != limit.value)
    enable = want.autostart if want.autostart is not None and want.autostart != have.enabled else None
    decision = Decision(new_text(have, want), limits, enable)
    run = have.runtime
    if run is None or want.state == "stopped" or (want.state == "restarted" and not was_restarted(have, want)):
        return decision
    before = None if run.values is None else named_values(run.values, want)
    blocked = tuple(
        Change(field, UNKNOWN if before is None else before[field], after)
        for field, after in named_values(effective(decision.text), want).items()
        if before is None or before[field] != after
    )
    touched = bool(blocked or limits or enable is not None or decision.text != have.text)
    restart = (want.restart_policy == "if_needed" and bool(blocked)) or (want.restart_policy == "always" and touched)
    return dataclasses.replace(decision, blocked=blocked, restart=restart)


def was_restarted(have: Have, want: WantContainer) -> bool:
    return have.runtime is not None and have.runtime.started >= want.asked


def new_text(have: Have, want: WantContainer) -> str | None:
    """The file with the declared keys; there is none as long as it would say nothing."""
    text = edit(have.text or "", [*want.keys, *_mount_edits(have, want)])
    if have.text is None:
        return MARK + text if text else None
    return text


def _mount_edits(have: Have, want: WantContainer) -> list[Edit]:
    """Each declared mount takes the place of another one at its target; the other mounts stay."""
    lines = {key: list(have.values.get(key, ())) for key in MOUNT_KEYS}
    for mount in want.mounts:
        for key, values in lines.items():
            places = [n for n, value in enumerate(values) if mount_target(key[1], value) == mount.target]
            kept = [value for n, value in enumerate(values) if n not in places]
            if key == mount.key:
                kept.insert(places[0] if places else len(kept), mount.value)
            lines[key] = kept
    return [(key, tuple(values)) for key, values in lines.items()]


def named_values(values: Effective, want: WantContainer) -> dict[str, t.Any]:
    """What the declaration names of a .nspawn file, as the user sees it."""
    shown: dict[str, t.Any] = {".".join(key): list(values.get(key, ())) for key, _values in want.keys}
    for mount in want.mounts:
        shown[f"mounts.{mount.target}"] = [
            f"{key[1]}={value}"
            for key in MOUNT_KEYS
            for value in values.get(key, ())
            if mount_target(key[1], value) == mount.target
        ]
    return shown


def _check(have: Have, want: WantContainer) -> None:
    """What is refused whatever the switches."""
    if not have.root and want.source is None:
        raise Problem(
            f"{want.name}: there is no such container in {MACHINES}: "
            "to make it, give archive, template, clone_from, directory or image"
        )
    if not have.root and not have.source_there:
        option, source = want.source or ("", "")
        raise Problem(f"{want.name}: {option} {source} is not on this host")
    if have.stray and want.state != "present":
        raise Problem(
            f"{want.name}: a container of this name runs that {want.unit} has not started: stop it first, "
            f"with machinectl poweroff {want.name}"
        )
    for limit in want.limits:
        if limit.controller not in have.controllers:
            raise Problem(
                f"{want.name}: {limit.option}: this host has no controller {limit.controller} in cgroup v2, "
                "and systemd would keep the limit without obeying it"
            )
