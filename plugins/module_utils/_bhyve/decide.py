# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declaration comes to: the one judgement that the plan and the prediction share. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.boot import boot_goal
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Values, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.goal import (
    file_changes,
    goal_text,
    pending_changes,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.storage import check_storage, storage_steps
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest, rule_of
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Change, Problem


@dataclasses.dataclass(frozen=True)
class Decision:
    """``text``: the file to be, and ``goal`` what it says. ``blocked``: what only a restart brings about.

    ``limits``: what to set live.
    """

    text: str
    goal: Values
    changes: tuple[Change, ...] = ()
    blocked: tuple[Change, ...] = ()
    limits: tuple[tuple[str, int | None], ...] = ()
    restart: bool = False


def decide(have: Have, want: WantGuest) -> Decision:
    """Everything but ``absent``; raises Problem for what is refused."""
    if want.state == "suspended":
        raise Problem(
            f"{want.name}: suspending is not supported: bhyve of FreeBSD 14 and 15 is built without BHYVE_SNAPSHOT:"
            " stop the guest instead"
        )
    text = goal_text(have, want)
    goal = values_of(text, have.grammar)
    check_storage(have, want, goal)
    _check_limits(have, want)
    _check_passthru(have, want)
    decision = Decision(text, goal, file_changes(have, want), limits=limit_changes(have, want))
    if not stays_up(have, want):
        return decision
    blocked = pending_changes(have, want, goal)
    touched = bool(
        blocked
        or decision.limits
        or text != have.text
        or boot_goal(have, want) != have.boot
        or storage_steps(have, want, goal)
        or have.wrong_scripts
    )
    restart = (want.restart_policy == "if_needed" and bool(blocked)) or (want.restart_policy == "always" and touched)
    return dataclasses.replace(decision, blocked=blocked, restart=restart)


def stays_up(have: Have, want: WantGuest) -> bool:
    """Whether it runs now and is not to be stopped or started anyway."""
    return have.runtime is not None and want.state != "stopped" and not is_due(have, want)


def is_due(have: Have, want: WantGuest) -> bool:
    """Whether a restart that the task asks for is still to be made."""
    return want.state == "restarted" and not (have.runtime is not None and have.runtime.started >= want.asked)


def limit_changes(have: Have, want: WantGuest) -> tuple[tuple[str, int | None], ...]:
    """Limits that the process should have, and has not."""
    if not stays_up(have, want) or (have.runtime is not None and not have.runtime.pid):
        return ()
    there = have.limits
    wanted = {
        name: None if amount is None else rule_of(name, amount).partition(":")[2]
        for name, amount in want.limits.items()
    }
    return tuple((name, want.limits[name]) for name, value in wanted.items() if there.get(name) != value)


def _check_limits(have: Have, want: WantGuest) -> None:
    if any(amount is not None for amount in want.limits.values()) and not have.counting:
        raise Problem(
            f"{want.name}: limits need kern.racct.enable=1 in loader.conf, and a reboot: see enable_racct of rctl_limit"
        )


def _check_passthru(have: Have, want: WantGuest) -> None:
    for name in want.passthru or ():
        if name not in have.ppt:
            raise Problem(
                f"{want.name}: passthru {name}: the driver ppt has no such device: name it in pptdevs of loader.conf,"
                f' as pptdevs="{name if "/" in name else "2/0/0"}", load vmm there and reboot'
            )
