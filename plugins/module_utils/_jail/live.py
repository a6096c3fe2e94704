# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the running jail differs from the declaration, and what it takes to change that. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._jail.definition import wanted_values
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail, Running
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import LOADABLE, Values, bare_address
from ansible_collections.hostwright.virt.plugins.module_utils._jail.parts import SWITCHES
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import WantJail

ADDRESSES = {"ip4.addr": "inet", "ip6.addr": "inet6"}


@dataclasses.dataclass(frozen=True)
class Drift:
    """One parameter of the running jail that is not as it shall be; ``how`` it can become so."""

    name: str
    before: Values | None
    after: Values
    how: model.How

    @property
    def change(self) -> model.Change:
        return model.Change(self.name, show_values(self.before), show_values(self.after))


def show_values(values: Values | None) -> t.Any:
    """Values as a person writes them: one as itself, switches as such."""
    if values is None or len(values) != 1:
        return list(values) if values is not None else None
    return {"true": True, "false": False}.get(values[0], values[0])


def targets(have: Jail, goal: Jail, want: WantJail) -> dict[str, Values]:
    """What each declared parameter shall be on the running jail; one that is unset goes back to what else says it."""
    declared = goal.declared or {}
    found: dict[str, Values] = {}
    for name, values in wanted_values(have, want).items():
        target = values if values is not None else declared.get(name, have.known.default(name))
        if values is None and name.startswith(("meta.", "env.")):
            target = ("",)
        normal = have.known.normal(name, target)
        if normal is not None:
            found[name] = normal
    return found


def live_value(have: Jail, name: str) -> Values | None:
    """The value of the running jail, None when it cannot be told."""
    running = have.running
    if running is None:
        return None
    if name in SWITCHES:
        point = f"{have.path.rstrip('/')}/{SWITCHES[name]}"
        return ("true",) if point in have.mounted else ("false",)
    if name.startswith(("meta.", "env.")):
        tree, _dot, key = name.partition(".")
        return (lines_of(running, tree).get(key, ""),)
    value = running.params.get(name, have.known.default(name) if name in LOADABLE else None)
    return have.known.normal(name, value) if have.known.in_kernel(name) else None


def lines_of(running: Running, tree: str) -> dict[str, str]:
    """``meta`` and ``env`` are lines ``key=value``."""
    lines = running.params.get(tree, ("",))[-1].split("\n")
    return {key: value for key, equals, value in (line.partition("=") for line in lines) if equals}


def drifts(have: Jail, goal: Jail, want: WantJail) -> list[Drift]:
    """Declared parameters in which the running jail differs."""
    found = []
    for name, target in targets(have, goal, want).items():
        current = live_value(have, name)
        if current is not None and not _agree(have, name, current, target):
            found.append(Drift(name, current, target, _how(have, name, target)))
    if any(drift.name == "vnet" for drift in found):  # it keeps its addresses until it has a stack of its own
        return [dataclasses.replace(one, how="recreate") if one.name in ADDRESSES else one for one in found]
    return found


def _agree(have: Jail, name: str, current: Values, target: Values) -> bool:
    if name == "path":
        return current == (have.real_paths.get(target[0], target[0]),)
    if name in ("ip4", "ip6") and target == ("new",):
        return current != ("inherit",)  # FreeBSD 15.1 says "disable" of a jail with addresses of its own
    return current == target


def _how(have: Jail, name: str, target: Values) -> model.How:
    if name in SWITCHES or (name == "persist" and target == ("false",)):
        return "restart"  # without persist the kernel removes a jail that has no process at once
    if name in ADDRESSES:
        shared = live_value(have, name.partition(".")[0])
        return "recreate" if shared == ("inherit",) and live_value(have, "vnet") != ("new",) else "live"
    return "recreate" if name in have.known.fixed else "live"


def live_steps(have: Jail, goal: Jail, found: t.Sequence[Drift]) -> list[model.Step]:
    """Addresses come before the jail may use them and go after it does not; all parameters change in one call."""
    live = [drift for drift in found if drift.how == "live"]
    if not live:
        return []
    words = [f"{drift.name}={','.join(drift.after)}" for drift in live]
    summary = f"change {', '.join(drift.name for drift in live)} of jail {have.name}"
    # By its name a jail in a jail cannot be changed from outside: "cannot change jail's parent" (15.1).
    key = f"jid={have.running.jid}" if have.running and "." in have.name else f"name={have.name}"
    modify = model.Run(("jail", "-m", key, *words))
    step = model.Step(modify, summary, changes=tuple(drift.change for drift in live))
    moved = [drift for drift in live if drift.name in ADDRESSES]
    added = [_alias(goal, drift.name, address) for drift in moved for address in _new(drift)]
    gone = [_alias(have, drift.name, address, gone=True) for drift in moved for address in _old(drift)]
    return [*(step for step in added if step), step, *(step for step in gone if step)]


def _new(drift: Drift) -> list[str]:
    return [address for address in drift.after if address not in (drift.before or ())]


def _old(drift: Drift) -> list[str]:
    return [address for address in drift.before or () if address not in drift.after]


def _alias(jail: Jail, name: str, address: str, gone: bool = False) -> model.Step | None:
    """The interface's side of a shared address, as jail(8) does it at start and stop; None without an interface."""
    declared = jail.declared or {}
    spelled = next((text for text in declared.get(name, ()) if bare_address(text) == address), address)
    interface = spelled.rpartition("|")[0] or declared.get("interface", ("",))[-1]
    if not interface:
        return None
    prefix = re.search(r"/[0-9]+$", spelled)
    mask = re.search(r"/([0-9]+\.[0-9.]+)$", spelled)
    family = ADDRESSES[name]
    words = [address + (prefix.group() if prefix else "/32" if family == "inet" else "/128")]
    if mask:
        words = [address, "netmask", mask.group(1)]
    if gone:
        run = model.Run(("ifconfig", interface, family, address, "-alias"), ok=(0, 1))
        return model.Step(run, f"take {address} from {interface}")
    return model.Step(model.Run(("ifconfig", interface, family, *words, "alias")), f"put {address} on {interface}")
