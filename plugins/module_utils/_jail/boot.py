# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jails start at boot, and in which order: jail_enable and jail_list of rc.conf. Private; pure."""

from __future__ import annotations

import re

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import WantJail


def boot_goal(have: Jail, want: WantJail) -> tuple[bool, tuple[str, ...]]:
    """Whether any jail starts, and the list; rc.d/jail starts them in its order."""
    boot, names = have.boot, have.boot_list
    wrong = want.name in names if not want.kept else want.autostart not in (None, have.starts_at_boot)
    if wrong:
        others = have.at_boot if have.boot else names
        names = tuple(name for name in others if name != want.name) + ((want.name,) if want.autostart else ())
        # An empty list would mean every jail of jail.conf, so without a jail to start the service is off.
        boot = bool(names)
    return boot, _in_order(have, want, names)


def _in_order(have: Jail, want: WantJail, names: tuple[str, ...]) -> tuple[str, ...]:
    """Behind the jails that shall be up before it; those that do not start at boot are no matter."""
    order = names or (have.at_boot if want.autostart_after and have.boot else ())
    places = [order.index(name) for name in want.autostart_after if name in order]
    if want.name not in order or not places or max(places) < order.index(want.name):
        return names
    last = order[max(places)]
    rest = [name for name in order if name != want.name]
    rest.insert(rest.index(last) + 1, want.name)
    return tuple(rest)


def boot_steps(have: Jail, goal: Jail) -> list[model.Step]:
    if (goal.boot_list, goal.boot) == (have.boot_list, have.boot):
        return []
    # sysrc(8) writes its value into a shell script between double quotes, and what is there stays in it (15.1).
    strange = next((name for name in goal.boot_list if not re.fullmatch(r"[A-Za-z0-9_.-]+", name)), None)
    if strange is not None:
        raise model.Problem(f"jail_list of rc.conf has {strange!r}, which is no name of a jail: correct it there")
    change = model.Change("boot", list(have.boot_list), list(goal.boot_list))
    call = model.Call("jail", "set_boot", (have.boot_list, goal.boot_list))
    return [model.Step(call, f"start at boot: {' '.join(goal.boot_list) or 'no jail'}", changes=(change,))]
