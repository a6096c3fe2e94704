# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the host as it is to the host as it shall be. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host import network
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.files import (
    edit_settings,
    read_settings,
    same_value,
)
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.observe import HostState
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.rc import rc_goals
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.want import ACCEPT, CUTS_OFF, WantHost


def loader_goals(have: HostState, want: WantHost) -> dict[str, str | None]:
    """What the task says, and that ipfw lets packets through when the task loads it and nothing is said of that.

    A host whose ipfw denies already was made so by somebody, and stays so.
    """
    goals = dict(want.loader)
    open_or_none = have.sysctl.get(ACCEPT, "1") == "1" and read_settings(have.loader).get(ACCEPT) is None
    if set(want.modules) & set(CUTS_OFF) and ACCEPT not in goals and open_or_none:
        goals[ACCEPT] = "1"
    return goals


def predict(have: HostState | None, want: WantHost) -> HostState:
    have = have or HostState()
    _refuse(have, want)
    loading = _to_load(have, want)
    rc = {**have.rc, **rc_goals(have, want)}
    sysctl = {name: value for name, value in want.sysctl.items() if value is not None}
    return dataclasses.replace(
        have,
        loader=edit_settings(have.loader, loader_goals(have, want), quoted=True),
        sysctl_conf=edit_settings(have.sysctl_conf, want.sysctl, quoted=False),
        kenv={**have.kenv, ACCEPT: "1"} if _opens(have, loading) else have.kenv,
        sysctl={**have.sysctl, **_set_now(have, sysctl)},
        modules=have.modules | frozenset(loading),
        rc={name: value for name, value in rc.items() if value is not None},
        **network.predict(have, want),
    )


def _set_now(have: HostState, wanted: t.Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if not same_value(have.sysctl.get(name), value)}


def _to_load(have: HostState, want: WantHost) -> list[str]:
    return [name for name in want.modules if name not in have.modules]


def _opens(have: HostState, loading: t.Sequence[str]) -> bool:
    """Whether ipfw comes with what is loaded; without this a host that is reached by network would be cut off."""
    return "ipfw" not in have.modules and bool(set(loading) & set(CUTS_OFF)) and have.kenv.get(ACCEPT) != "1"


def _refuse(have: HostState, want: WantHost) -> None:
    for name in sorted(have.missing):
        raise Problem(
            f"there is no kernel module {name} on this host: its kernel was built without it, or it is a package's"
        )
    loading = _to_load(have, want)
    accept = {**read_settings(have.loader), **want.loader}.get(ACCEPT, "1")
    if "ipfw" not in have.modules and set(loading) & set(CUTS_OFF) and accept != "1":
        raise Problem(
            f"refusing to load {', '.join(loading)}: with {ACCEPT}={accept} ipfw denies every packet at once, and this"
            " host would be cut off. Set it to 1 and deny by a rule at the end"
        )


def plan(have: HostState | None, want: WantHost) -> model.Plan:
    have = have or HostState()
    goal = predict(have, want)
    _check_sysctl(have, want)
    steps = _loader_steps(have, goal, want) + _module_steps(have, want) + _sysctl_steps(have, goal, want)
    steps += network.steps(have, goal, want)
    return (*steps, *_rc_steps(have, goal, want))


def _changes(kind: str, before: t.Mapping[str, str], after: t.Mapping[str, str], names: t.Iterable[str]) -> t.Any:
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return tuple(model.Change(f"{kind}.{name}", old, new) for name, old, new in pairs if old != new)


def _loader_steps(have: HostState, goal: HostState, want: WantHost) -> list[model.Step]:
    if goal.loader == have.loader:
        return []
    changes = _changes(
        "loader", read_settings(have.loader), read_settings(goal.loader), sorted(loader_goals(have, want))
    )
    return [model.Step(model.Write(want.loader_file, goal.loader), f"write {want.loader_file}", changes=changes)]


def _module_steps(have: HostState, want: WantHost) -> list[model.Step]:
    loading = _to_load(have, want)
    steps = []
    if _opens(have, loading):
        steps.append(model.Step(model.Run(("kenv", f"{ACCEPT}=1")), "let ipfw accept what no rule speaks of"))
    for name in loading:
        change = model.Change(f"module.{name}", False, True)
        steps.append(model.Step(model.Run(("kldload", "-n", name)), f"load the module {name}", changes=(change,)))
    return steps


AT_BOOT = "what the kernel takes at boot only belongs into loader"


def _check_sysctl(have: HostState, want: WantHost) -> None:
    for name in sorted(have.stuck):
        if name in have.sysctl:
            raise model.Problem(f"sysctl {name} is read only (now {have.sysctl[name]}): {AT_BOOT}")
        if not _to_load(have, want):  # a module that is loaded now may bring it
            raise model.Problem(f"sysctl {name} is not known to this kernel: load the module that has it, by modules")


def _sysctl_steps(have: HostState, goal: HostState, want: WantHost) -> list[model.Step]:
    steps = []
    for name, value in want.sysctl.items():
        if value is not None and not same_value(have.sysctl.get(name), value):
            change = model.Change(f"sysctl.{name}", have.sysctl.get(name), value)
            run = model.Run(("sysctl", f"{name}={value}"), hint=AT_BOOT)
            steps.append(model.Step(run, f"set {name}", changes=(change,)))
    if goal.sysctl_conf != have.sysctl_conf:
        write = model.Write(want.sysctl_file, goal.sysctl_conf)
        before, after = read_settings(have.sysctl_conf), read_settings(goal.sysctl_conf)
        changes = _changes("sysctl_conf", before, after, sorted(want.sysctl))
        steps.append(model.Step(write, f"write {want.sysctl_file}", changes=changes))
    return steps


def _rc_steps(have: HostState, goal: HostState, want: WantHost) -> list[model.Step]:
    steps = []
    for name in rc_goals(have, want):
        before, after = have.rc.get(name), goal.rc.get(name)
        if before == after:
            continue
        argv = ("sysrc", "-x", name) if after is None else ("sysrc", f"{name}={after}")
        summary = f"take {name} out of rc.conf" if after is None else f"set {name} in rc.conf"
        steps.append(model.Step(model.Run(argv), summary, changes=(model.Change(f"rc.{name}", before, after),)))
    return steps


def show(have: HostState | None, want: WantHost) -> dict[str, t.Any]:
    have = have or HostState()
    loader, sysctl_conf = read_settings(have.loader), read_settings(have.sysctl_conf)
    shown: dict[str, t.Any] = {f"loader.{name}": loader.get(name) for name in loader_goals(HostState(), want)}
    shown.update({f"module.{name}": name in have.modules for name in want.modules})
    for name, value in want.sysctl.items():
        shown[f"sysctl_conf.{name}"] = sysctl_conf.get(name)
        if value is not None:
            now = have.sysctl.get(name)
            shown[f"sysctl.{name}"] = value if same_value(now, value) else now
    shown.update({f"rc.{name}": have.rc.get(name) for name in rc_goals(have, want)})
    shown.update(network.show(have, want))
    return shown


def facts(have: HostState | None) -> dict[str, t.Any]:
    have = have or HostState()
    loader = read_settings(have.loader)
    waiting = sorted(name for name in have.tunables if name in loader and not have.in_effect(name))
    return {
        "state": "present",
        "config": {
            "loader": {name: loader[name] for name in sorted(have.tunables) if name in loader},
            "rc": dict(sorted(have.rc.items())),
        },
        "runtime": {
            "sysctl": dict(sorted(have.sysctl.items())),
            "modules": sorted(have.modules & have.asked),
            "carp": [
                {"interface": device, "vhid": vhid, "state": group.state, "addresses": sorted(group.addresses)}
                for (device, vhid), group in sorted(have.carp.items())
            ],
        },
        "reboot_required": bool(waiting),
        "reboot_reasons": [f"{name}={loader[name]} of the loader is not in effect" for name in waiting],
    }
