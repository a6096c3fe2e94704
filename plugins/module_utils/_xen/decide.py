# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declaration comes to: the one judgement that the plan and the prediction share. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.changes import Difference, compare, fresh_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.checks import (
    check_definition,
    check_disk,
    check_start,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import AUTO, Have
from ansible_collections.hostwright.virt.plugins.module_utils._xen.power import check_settled, was_restarted
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.write import write_text
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse

UP = ("started", "restarted", "paused")


@dataclasses.dataclass(frozen=True)
class Decision:
    """``fresh``: the guest starts from its file. ``running``: the settings that the differences are against, if any."""

    text: str
    links: tuple[str, ...]
    fresh: bool = False
    running: Settings | None = None
    differences: tuple[Difference, ...] = ()
    restart: bool = False
    update: bool = False

    @property
    def blocked(self) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if not difference.live)


def decide(have: Have, want: WantDomu) -> Decision:
    """Everything but ``absent``; raises Problem for what is refused."""
    check_former(have, want)
    check_settled(have, want)
    text = write_text(have, want)
    check_definition(have, want, text)
    decision = Decision(text, wanted_links(have, want))
    if starts_fresh(have, want):
        target = fresh_settings(text, have.path)
        check_start(have, want, target, text)
        return dataclasses.replace(decision, fresh=True, running=target)
    running = _settings_to_compare(have, want)
    if running is None:
        return decision
    if have.runtime is None:
        check_start(have, want, running, text)
    differences = tuple(compare(have, want, text, running))
    for difference in differences:
        if difference.live and difference.attribute == "disks" and difference.after is not None:
            check_disk(have, want, difference.after)
    decision = dataclasses.replace(decision, running=running, differences=differences)
    restart = needs_restart(have, want, decision)
    if restart:
        check_start(have, want, read_settings(parse(text, have.path)), text)
    updated = have.runtime.updated if have.runtime else None
    stale = bool(decision.blocked) or updated is not None or any(one.field == "cpus" for one in differences)
    update = stale and updated != text and not restart and want.state != "saved"
    return dataclasses.replace(decision, restart=restart, update=update)


def starts_fresh(have: Have, want: WantDomu) -> bool:
    """Whether the guest is created from its file, not restored, unpaused or left running."""
    if want.state == "restarted" and have.power in ("started", "paused"):
        return not was_restarted(have, want)
    if have.power in ("stopped", "absent"):
        return want.state in UP or (want.state == "present" and have.restarting)
    return want.state in UP and have.power in ("shutdown", "crashed")


def _settings_to_compare(have: Have, want: WantDomu) -> Settings | None:
    """What runs when the power is as it shall be; None when nothing will."""
    if want.state == "stopped":
        return None
    if have.power in ("started", "paused"):
        return have.runtime.settings if have.runtime else None
    return have.saved if have.power == "saved" and want.state in UP else None


def needs_restart(have: Have, want: WantDomu, decision: Decision) -> bool:
    if want.restart_policy == "never" or want.state == "saved":
        return False
    if want.restart_policy == "always":
        return bool(decision.differences) or decision.text != have.text
    return bool(decision.blocked)


def wanted_links(have: Have, want: WantDomu) -> tuple[str, ...]:
    """The links in Xen's folder of guests to start at boot; their names give the order."""
    moved = _moved_links(have, want)
    if want.autostart is False:
        return ()
    if want.start_order is not None:
        return (f"{AUTO}/{want.start_order:03d}-{want.name}.cfg",)
    return moved or ((f"{AUTO}/{want.name}.cfg",) if want.autostart else ())


def _moved_links(have: Have, want: WantDomu) -> tuple[str, ...]:
    if have.former is None:
        return have.links
    moved = [link.replace(have.former.name, want.name) for link in have.former.links]
    return tuple(dict.fromkeys([*have.links, *moved]))


def check_former(have: Have, want: WantDomu) -> None:
    """Two files may be one guest only when a rename was interrupted; then both have its UUID."""
    former = have.former
    if former is None:
        return
    if former.saved:
        raise Problem(f"{want.name}: {former.name} is saved under its old name: start it before renaming it")
    if have.text is None:
        return
    uuids = [
        read_settings(parse(text, path)).uuid for text, path in ((have.text, have.path), (former.text, former.path))
    ]
    if uuids[0] is None or uuids[0] != uuids[1]:
        raise Problem(
            f"{want.name}: both {have.path} and {former.path} exist and are two guests: "
            "remove renamed_from, or the guest that is not wanted"
        )
