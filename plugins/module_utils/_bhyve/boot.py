# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which guests start at boot, and in which order: two variables of rc.conf for either engine. Private; pure."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Boot, Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Change, Problem, Run, Step

UNORDERED = 100
_NAMES = {"base": ("hostwright_bhyve_enable", "hostwright_bhyve_list"), "vm-bhyve": ("vm_enable", "vm_list")}


def boot_goal(have: Have, want: WantGuest) -> Boot:
    boot, name = have.boot, want.name
    listed = name in boot.names
    wanted = False if want.state == "absent" else listed if want.autostart is None else want.autostart
    names = tuple(one for one in boot.names if one != name)
    if wanted:
        names = boot.names if listed else (*names, name)
        names = _in_order(have, want, names) if want.start_order is not None or not listed else names
    delay = boot.delay
    if have.engine == "vm-bhyve" and want.start_delay is not None and want.state != "absent":
        delay = str(want.start_delay)
    return Boot(boot.enabled or bool(want.autostart and want.state != "absent"), names, delay)


def _in_order(have: Have, want: WantGuest, names: tuple[str, ...]) -> tuple[str, ...]:
    """Only the guest of the task moves, and only when it stands before a lower number or behind a higher one."""
    mine = want.start_order if want.start_order is not None else _order_in_file(have)
    place = names.index(want.name)
    fits = all(order_of(have, name) <= mine for name in names[:place])
    fits = fits and all(order_of(have, name) >= mine for name in names[place + 1 :])
    if fits:
        return names
    rest = [name for name in names if name != want.name]
    later = [number for number, name in enumerate(rest) if order_of(have, name) > mine]
    rest.insert(later[0] if later else len(rest), want.name)
    return tuple(rest)


def order_of(have: Have, name: str) -> int:
    return have.others.orders.get(name, UNORDERED)


def _order_in_file(have: Have) -> int:
    values = have.values
    said = values.get("hostwright.start_order") or values.get("hostwright_start_order") or ""
    return int(said) if said.isdigit() else UNORDERED


def boot_steps(have: Have, want: WantGuest) -> list[Step]:
    goal, steps = boot_goal(have, want), []
    enable, listed = _NAMES[have.engine]
    if goal.names != have.boot.names:
        # sysrc(8) writes its value into a shell script between double quotes, and what is there stays in it (15.1).
        strange = next((name for name in goal.names if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)), None)
        if strange is not None:
            raise Problem(f"{listed} of rc.conf has {strange!r}, which is no name of a guest: correct it there")
        change = Change("boot", list(have.boot.names), list(goal.names))
        run = Run(("sysrc", f"{listed}={' '.join(goal.names)}"))
        steps.append(Step(run, "list the guests that start at boot", changes=(change,)))
    if goal.enabled != have.boot.enabled:
        steps.append(Step(Run(("sysrc", f"{enable}=YES")), "turn the start of guests at boot on"))
    if goal.delay != have.boot.delay:
        steps.append(Step(Run(("sysrc", f"vm_delay={goal.delay}")), "set the time between two starts"))
    return steps


def with_boot(have: Have, want: WantGuest) -> Have:
    return dataclasses.replace(have, boot=boot_goal(have, want))
