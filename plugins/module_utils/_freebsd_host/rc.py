# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rc.conf(5) shall say: the task's own variables, and those of its modules, interfaces and addresses. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.observe import ALIASES, HostState, variable
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.want import Carp, Edit, Interface, WantHost


class Rc:
    """The variables on the way from what they are to what they shall be."""

    def __init__(self, now: t.Mapping[str, str]) -> None:
        self.now = now
        self.goals: dict[str, str | None] = {}

    def get(self, name: str) -> str | None:
        return self.goals[name] if name in self.goals else self.now.get(name)

    def words(self, name: str) -> list[str]:
        return (self.get(name) or "").split()

    def put(self, name: str, value: str | None) -> None:
        self.goals[name] = value

    def edit(self, name: str, change: Edit) -> None:
        kept = [word for word in self.words(name) if word not in change.remove]
        goal = " ".join([*kept, *(word for word in dict.fromkeys(change.add) if word not in kept)])
        there = self.get(name)
        self.put(name, there if there is not None and there.split() == goal.split() else goal)


def rc_goals(have: HostState, want: WantHost) -> dict[str, str | None]:
    """Every variable that the task manages; None for one that must not be there."""
    rc = Rc(have.rc)
    for name, value in want.rc.items():
        if isinstance(value, Edit):
            rc.edit(name, value)
        else:
            rc.put(name, value)
    if want.modules:
        rc.edit("kld_list", Edit(add=want.modules))
    for item in want.interfaces:
        _interface(rc, item)
    for shared in want.carp:
        _alias(rc, shared.interface, shared.address, _carp_words(shared) if shared.present else None)
    _check(rc)
    return {name: value for name, value in rc.goals.items() if value is not None or name in want.rc or name in have.rc}


def _check(rc: Rc) -> None:
    """A value that is only changed in a part may have been code before; sysrc(8) would write what came of it."""
    for name, value in rc.goals.items():
        before = rc.now.get(name)
        if value is not None and value != before and re.search(r"[\"$`\\\x00-\x1f]", value):
            raise Problem(f"{name} of rc.conf is {before!r}, which cannot be changed in a part: correct it there first")


def _interface(rc: Rc, item: Interface) -> None:
    device = variable(item.name)
    if not item.present:
        _no_interface(rc, item)
        return
    if item.parent is not None:
        rc.edit(f"vlans_{variable(item.parent)}", Edit(add=(str(item.vlan),)))
        _start(rc, item.parent)
    else:
        rc.edit("cloned_interfaces", Edit(add=(item.clone,)))
    for member in item.members or ():
        _start(rc, member)
    name = f"ifconfig_{device}"
    rest, words = rc.words(name), []
    for verb, values in (("ether", item.mac), ("mtu", item.mtu), ("addm", item.members)):
        if values is not None:
            rest = _without(rest, verb)
            for value in values if isinstance(values, tuple) else (values,):
                words += [verb, str(value)]
    rc.put(name, _spelled(rc.get(name), [*words, *(word for word in rest if word != "up"), "up"]))
    for address in item.addresses:
        _alias(rc, item.name, address, [_family(address), address])


def _no_interface(rc: Rc, item: Interface) -> None:
    stem, places = f"ifconfig_{variable(item.name)}", [f"_alias{number}" for number in range(ALIASES)]
    makes = f"vlans_{variable(item.parent)}" if item.parent else "cloned_interfaces"
    if rc.get(makes) is not None:
        rc.edit(makes, Edit(remove=(str(item.vlan) if item.parent else item.clone,)))
    for name in (stem, f"{stem}_ipv6", *(stem + place for place in places)):
        if rc.get(name) is not None:
            rc.put(name, None)


def _start(rc: Rc, device: str) -> None:
    """An interface that nothing is said of stays down at boot, and so does what is on it."""
    name = f"ifconfig_{variable(device)}"
    if rc.get(name) is None:
        rc.put(name, "up")
    else:
        rc.put(name, rc.get(name))


def _without(words: t.Sequence[str], verb: str) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        skip, drop = word == verb and not skip, skip
        if not skip and not drop:
            kept.append(word)
    return kept


def _spelled(there: str | None, words: list[str]) -> str:
    """Words in another order are the same: ifconfig(8) carries them out one by one, and none undoes another."""
    return there if there is not None and sorted(there.split()) == sorted(words) else " ".join(words)


def _family(address: str) -> str:
    return "inet6" if ":" in address else "inet"


def _carp_words(shared: Carp) -> list[str]:
    base = ["advbase", str(shared.advbase)] if shared.advbase != 1 else []
    skew = ["advskew", str(shared.advskew)] if shared.advskew else []
    return [_family(shared.address), "vhid", str(shared.vhid), *base, *skew, "alias", shared.address]


def _alias(rc: Rc, device: str, address: str, words: list[str] | None) -> None:
    """In the alias that has the address already, or the first that is free: rc.d/netif stops at the first gap."""
    stem = f"ifconfig_{variable(device)}"
    if words is not None and ":" in address and rc.get(f"{stem}_ipv6") is None:
        rc.put(f"{stem}_ipv6", "inet6 auto_linklocal")  # without it rc.d/netif leaves IPv6 aliases out
    places = [f"{stem}_alias{number}" for number in range(ALIASES)]
    there = next((place for place in places if address in rc.words(place)), None)
    free = next((place for place in places if rc.get(place) is None), None)
    if words is None:
        if there is not None:
            _close_gap(rc, places, there)
    elif there is not None:
        rc.put(there, _spelled(rc.get(there), words))
    elif free is None:
        raise Problem(f"{device} has {ALIASES} aliases in rc.conf already: {address} has no place there")
    else:
        rc.put(free, " ".join(words))


def _close_gap(rc: Rc, places: t.Sequence[str], gone: str) -> None:
    values = [rc.get(place) for place in places if place != gone]
    for place, value in zip(places, [*values, None]):
        if rc.get(place) != value:
            rc.put(place, value)
