# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declaration comes to: the one judgement that the plan and the prediction share. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Change, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import is_live, same
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective, effective
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.names import NET
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.nics import NicChange, live_nics, started_with
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want_devices import WantDevice
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import MOUNT, desired_keys, new_text, read_nets

# Keys that say when and with whom a container starts, and nothing about one that runs
_AT_BOOT = ("lxc.start.auto", "lxc.start.order", "lxc.start.delay", "lxc.group")


@dataclasses.dataclass(frozen=True)
class Decision:
    """``limits``: what to write live by key, None to lift one. ``blocked``: what only a restart brings about."""

    text: str
    values: Effective
    limits: tuple[tuple[str, str | None], ...] = ()
    devices: tuple[WantDevice, ...] = ()
    nics: tuple[NicChange, ...] = ()
    blocked: tuple[Change, ...] = ()
    restart: bool = False


def decide(have: Have, want: WantContainer) -> Decision:
    """Everything but ``absent``; raises Problem for what is refused."""
    if have.text is None and want.create is None:
        raise Problem(
            f"{want.name}: there is no such container in {want.lxc_path}: "
            "to make it, give template, archive or clone_from"
        )
    text = new_text(have, want)
    values = effective(text, have.includes, want.config_file)
    _check(have, want, values)
    decision = Decision(text, values)
    run = have.runtime
    if run is None or want.state == "stopped" or (want.state == "restarted" and not was_restarted(have, want)):
        return decision
    desired = desired_keys(have, want, values)
    limits = []
    for key, wished in desired.items():
        value = wished[0] if wished else None
        if is_live(key) and key in run.limits and not same(key, have.around.cgroups, run.limits[key], value):
            limits.append((key, value))
    devices = tuple(device for device in want.devices if device.present and device.path not in run.devices)
    nics = tuple(live_nics(have, want, values))
    decision = dataclasses.replace(decision, limits=tuple(_in_order(limits, run)), devices=devices, nics=nics)
    blocked = tuple(_find_blocked(have, run, want, decision, desired))
    touched = bool(blocked or limits or devices or nics or text != have.text)
    policy = want.restart_policy
    restart = (policy == "if_needed" and bool(blocked)) or (policy == "always" and touched)
    return dataclasses.replace(decision, blocked=blocked, restart=restart)


def was_restarted(have: Have, want: WantContainer) -> bool:
    run = have.runtime
    return run is not None and run.started > want.asked - 0.02  # the kernel counts in hundredths of a second


def _in_order(limits: list[tuple[str, str | None]], run: Runtime) -> list[tuple[str, str | None]]:
    """cgroup v1 keeps memory below the sum with swap at any time: raise the sum first, lower it last."""
    names = {key.split(".", 2)[2]: (key, value) for key, value in limits}
    both, memory = names.get("memory.memsw.limit_in_bytes"), names.get("memory.limit_in_bytes")
    if both is None or memory is None:
        return limits
    now = run.limits[memory[0]]
    raised = memory[1] is None or not now.isdigit() or int(memory[1]) > int(now)
    first = [both, memory] if raised else [memory, both]
    return first + [one for one in limits if one not in first]


def _find_blocked(
    have: Have, run: Runtime, want: WantContainer, decision: Decision, desired: Effective
) -> list[Change]:
    old = have.values
    live = {change.index for change in decision.nics}
    found = []
    for key, values in desired.items():
        if is_live(key) or key in _AT_BOOT or _is_live_mount(have, want, key, decision.values):
            continue
        net = NET.fullmatch(key)
        if net is not None and (int(net.group("index")) in live or not _of_start(run, decision, net.group("index"))):
            continue
        before = old.get(key, ())
        waits = key in run.started_with and run.started_with[key] != run.filed.get(key, run.started_with[key])
        moved = before != values and not _runs_already(run, key, values)
        if moved or (waits and before == values):
            running = tuple(run.started_with[key].splitlines()) if key in run.started_with else before
            found.append(Change(key, list(running), list(values)))
    return found + _gone_for_restart(have, run, want, decision)


def _runs_already(run: Runtime, key: str, values: tuple[str, ...]) -> bool:
    """Whether the file comes back to what runs anyway."""
    return key in run.started_with and run.started_with[key] == "\n".join(values)


def _of_start(run: Runtime, decision: Decision, index: str) -> bool:
    """Whether an interface is one that only a start makes; one put in later is as the file says."""
    net = read_nets(decision.values).get(int(index), {})
    name = (net.get("name") or ("",))[-1]
    return started_with(run, int(index)) or not any(one.name == name for one in run.interfaces)


def _is_live_mount(have: Have, want: WantContainer, key: str, values: Effective) -> bool:
    """Whether the mounts changed only for devices, which are put in live and mounted at the next start."""
    if key != MOUNT or want.mounts or any(not device.present for device in want.devices):
        return False
    return not any(name == MOUNT for name, _lines in want.keys)


def _gone_for_restart(have: Have, run: Runtime, want: WantContainer, decision: Decision) -> list[Change]:
    """Interfaces that are out of the file and cannot be taken out of the container while it runs."""
    if want.nics is None:
        return []
    before, after = read_nets(have.values), read_nets(decision.values)
    named = {nic.index for nic in want.nics}
    live = {change.index for change in decision.nics}
    gone = [index for index in before if index not in after and (index in named or want.purge_networks)]
    inside = {one.name for one in run.interfaces}
    return [
        Change(f"lxc.net.{index}.type", list(before[index].get("type", ())), [])
        for index in gone
        if index not in live and (before[index].get("name") or ("",))[-1] in inside
    ]


def _check(have: Have, want: WantContainer, values: Effective) -> None:
    """What is refused whatever the switches."""
    for device in want.devices:
        if device.present and not have.around.devices.get(device.path):
            raise Problem(f"{want.name}: {device.path} is no device of this host")
    if want.lxcfs and not have.around.lxcfs:
        raise Problem(f"{want.name}: lxcfs does not run on this host: install the package lxcfs and start it")
    if values.get("lxc.cap.drop") and values.get("lxc.cap.keep"):
        raise Problem(f"{want.name}: LXC takes cap_drop or cap_keep, not both; cap_keep=[] removes the one of the file")
    if want.nics is not None:
        _check_unique(have, want, values)


def _check_unique(have: Have, want: WantContainer, values: Effective) -> None:
    for index, net in read_nets(values).items():
        macs = {mac.lower() for mac in net.get("hwaddr", ())}
        addresses = {one.split("/")[0] for key in ("ipv4", "ipv6") for one in net.get(f"{key}.address", ())}
        for neighbour in have.around.neighbours:
            for one in sorted((macs & neighbour.macs) | (addresses & neighbour.addresses)):
                raise Problem(
                    f"{want.name}: network {index}: {one} belongs to the container {neighbour.name}: give another one"
                )
