# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces and carp(4) addresses of the host, live. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.files import edit_keys, read_keys
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.observe import (
    MEMBER_ADDRESSES,
    HostState,
    Vhid,
    variable,
)
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.want import Carp, Interface, WantHost
from ansible_collections.hostwright.virt.plugins.module_utils._jail.links import Link


def predict(have: HostState, want: WantHost) -> dict[str, t.Any]:
    links, carp = dict(have.links), dict(have.carp)
    for item in want.interfaces:
        _refuse(have, links, item)
        if not item.present:
            _take(have, links, item)
            continue
        if item.name not in links:
            links.update({end: links.get(end, Link()) for end in _ends(item)})
        old = links[item.name]
        links[item.name] = dataclasses.replace(
            old,
            mac=item.mac or old.mac,
            mtu=item.mtu or old.mtu,
            up=True,
            addresses=old.addresses | frozenset(item.addresses),
        )
        for member in _members(have, links, item) if item.members is not None else ():
            links[member] = dataclasses.replace(links[member], bridge="")
        for member in item.members or ():
            links[member] = dataclasses.replace(links[member], bridge=item.name, up=True)
    for shared in want.carp:
        _put(have, links, carp, shared)
    shares = {item.interface for item in want.carp}
    keys = {device: _keys(have, want, device) if device in shares else text for device, text in have.keys.items()}
    loose = have.loose - {device for device in shares if _writes(have, keys, device)}
    return {"links": links, "carp": carp, "keys": keys, "loose": loose}


def _ends(item: Interface) -> tuple[str, ...]:
    return (item.name,) if item.clone == item.name else (f"{item.clone}a", f"{item.clone}b")


def _take(have: HostState, links: dict[str, Link], item: Interface) -> None:
    on = {name: link for name, link in links.items() if link.bridge == item.name}
    guests = sorted(set(on) - set(_members(have, links, item)))
    if guests:
        raise Problem(f"interface {item.name}: {', '.join(guests)} of jails or guests is on it; stop them first")
    links.update({name: dataclasses.replace(link, bridge="") for name, link in on.items()})
    for end in _ends(item):
        links.pop(end, None)


def _writes(have: HostState, keys: t.Mapping[str, str], device: str) -> bool:
    return keys[device] != have.keys[device] or (device in have.loose and bool(read_keys(keys[device])))


def _members(have: HostState, links: t.Mapping[str, Link], item: Interface) -> list[str]:
    """Members that are the host's: those of the task, and those that rc.conf names. Others are of guests and jails."""
    words = have.rc.get(f"ifconfig_{variable(item.name)}", "").split()
    named = {after for verb, after in zip(words, words[1:]) if verb == "addm"} | set(item.members or ())
    return [name for name, link in links.items() if link.bridge == item.name and name in named]


def _refuse(have: HostState, links: t.Mapping[str, Link], item: Interface) -> None:
    if item.present and item.parent is not None and item.parent not in links:
        raise Problem(f"interface {item.name}: there is no {item.parent} on this host")
    for member in item.members or ():
        link = links.get(member)
        if link is None:
            raise Problem(f"interface {item.name}: there is no {member} on this host to be its member")
        if link.bridge not in ("", item.name):
            raise Problem(f"interface {item.name}: {member} is on {link.bridge} already; take it off there first")
        if not link.bridge and _global(link) and have.sysctl.get(MEMBER_ADDRESSES, "1") == "0":
            raise Problem(
                f"interface {item.name}: {member} has {', '.join(_global(link))}, and FreeBSD 15 puts no interface with"
                " addresses on a bridge. Moving them would cut this host off: give them to the bridge in rc.conf by"
                " hand and reboot, or set net.link.bridge.member_ifaddrs to 1"
            )


def _global(link: Link) -> list[str]:
    return sorted(address for address in link.addresses if not address.startswith("fe80:"))


def _put(have: HostState, links: dict[str, Link], carp: dict[tuple[str, int], Vhid], shared: Carp) -> None:
    if shared.interface not in links:
        raise Problem(f"carp: there is no interface {shared.interface} on this host")
    at, bare = (shared.interface, shared.vhid), shared.address.partition("/")[0]
    for (device, vhid), group in have.carp.items():
        if device == shared.interface and vhid != shared.vhid and bare in group.addresses and shared.present:
            raise Problem(f"carp: {bare} on {device} is of vhid {vhid}; take it from there first")
    link, old = links[shared.interface], carp.get(at)
    if shared.present:
        addresses = (old.addresses if old else frozenset()) | {bare}
        key = shared.password or (old.key if old else None)
        carp[at] = Vhid(shared.advbase, shared.advskew, key, addresses, old.state if old else "INIT")
        links[shared.interface] = dataclasses.replace(link, addresses=link.addresses | {shared.address})
        return
    links[shared.interface] = dataclasses.replace(link, addresses=link.addresses - {shared.address})
    left = (old.addresses if old else frozenset()) - {bare}
    if old and left:
        carp[at] = dataclasses.replace(old, addresses=left)
    else:
        carp.pop(at, None)


def _keys(have: HostState, want: WantHost, device: str) -> str:
    """The file that sets passwords at boot: those of the task, and those that are there for other vhids."""
    text = have.keys[device]
    wanted = {item.vhid: item for item in want.carp if item.interface == device}
    present = {item.vhid for item in want.carp if item.interface == device and item.present}
    lines: dict[int, tuple[int, int, str]] = {}
    for vhid, key in read_keys(text).items():
        group = have.carp.get((device, vhid), Vhid())
        if vhid in present or vhid not in wanted:
            lines[vhid] = (group.advskew, group.advbase, key)
    for vhid in present:
        item = next(one for one in want.carp if (one.interface, one.vhid, one.present) == (device, vhid, True))
        password = item.password or (lines[vhid][2] if vhid in lines else None)
        if password:
            lines[vhid] = (item.advskew, item.advbase, password)
    return edit_keys(text, device, lines)


def steps(have: HostState, goal: HostState, want: WantHost) -> list[model.Step]:
    made: list[model.Step] = []
    for item in want.interfaces:
        before = [step.action for step in made]
        new = _interface(have, goal, item) if item.present else _removal(have, item)
        made += [step for step in new if step.action not in before]  # two ends of an epair are made and removed once
    return made + _carp_steps(have, goal, want)


def _step(argv: model.Argv, summary: str) -> model.Step:
    return model.Step(model.Run(argv), summary)


def _removal(have: HostState, item: Interface) -> list[model.Step]:
    there = [end for end in _ends(item) if end in have.links]
    change = model.Change(f"interface.{item.name}", "present", None)
    return [
        model.Step(model.Run(("ifconfig", end, "destroy")), f"remove {item.clone}", changes=(change,))
        for end in there[:1]
    ]


def _interface(have: HostState, goal: HostState, item: Interface) -> list[model.Step]:
    name, link = item.name, have.links.get(item.name)
    steps = []
    if link is None:
        change = model.Change(f"interface.{name}", None, "present")
        steps.append(model.Step(model.Run(("ifconfig", item.clone, "create")), f"make {item.clone}", changes=(change,)))
        link = Link()
    if item.mac and link.mac != item.mac:
        steps.append(_step(("ifconfig", name, "ether", item.mac), f"set the MAC of {name}"))
    if item.members is not None:
        steps += _join(have, goal, item)
    if item.mtu and link.mtu != item.mtu:
        steps.append(_step(("ifconfig", name, "mtu", str(item.mtu)), f"set the MTU of {name}"))
    for address in item.addresses:
        if address not in link.addresses:
            words = ("ifconfig", name, _family(address), address, "alias")
            steps.append(_step(words, f"put {address} on {name}"))
    if not link.up:
        steps.append(_step(("ifconfig", name, "up"), f"turn {name} on"))
    return steps


def _join(have: HostState, goal: HostState, item: Interface) -> list[model.Step]:
    steps = []
    for member in _members(have, have.links, item):
        if goal.links[member].bridge != item.name:
            steps.append(_step(("ifconfig", item.name, "deletem", member), f"take {member} off {item.name}"))
    for member in item.members or ():
        link = have.links.get(member, Link())
        if not link.up:
            steps.append(_step(("ifconfig", member, "up"), f"turn {member} on"))
        if link.bridge != item.name:
            steps.append(_step(("ifconfig", item.name, "addm", member), f"put {member} on {item.name}"))
    return steps


def _carp_steps(have: HostState, goal: HostState, want: WantHost) -> list[model.Step]:
    steps: list[model.Step] = []
    done: set[tuple[str, int]] = set()
    for shared in want.carp:
        at = (shared.interface, shared.vhid)
        old, new = have.carp.get(at), goal.carp.get(at)
        bare = shared.address.partition("/")[0]
        if not shared.present:
            if old is not None and bare in old.addresses:
                gone = ("ifconfig", shared.interface, _family(bare), bare, "-alias")
                steps.append(_step(gone, f"take {bare} from {shared.interface}"))
            continue
        steps += _group(shared, old, new) if at not in done else []
        done.add(at)
        if old is None or bare not in old.addresses:
            words = _alias(shared)
            steps.append(_step(words, f"put {bare} on {shared.interface} as vhid {shared.vhid}"))
    for device in sorted({item.interface for item in want.carp}):
        text = goal.keys[device]
        if _writes(have, goal.keys, device):
            write = model.Write(f"/etc/start_if.{device}", text, 0o600, secret=True)
            steps.append(model.Step(write, f"keep the passwords of {device} for the next boot"))
    return steps


def _alias(shared: Carp) -> model.Argv:
    group = (_family(shared.address), "vhid", str(shared.vhid), *_ways(shared))
    return ("ifconfig", shared.interface, *group, "alias", shared.address)


def _family(address: str) -> str:
    return "inet6" if ":" in address else "inet"


def _ways(shared: Carp) -> tuple[str, ...]:
    return ("advbase", str(shared.advbase), "advskew", str(shared.advskew))


def _group(shared: Carp, old: Vhid | None, new: Vhid | None) -> list[model.Step]:
    """The password first: a group that speaks without it would not be believed by the other host."""
    if new is None:
        return []
    if shared.password and (old is None or old.key != shared.password):
        words = (shared.interface, shared.vhid, shared.advskew, shared.advbase, shared.password)
        return [model.Step(model.Call("carp", "set_key", words), f"set vhid {shared.vhid} of {shared.interface}")]
    if old is not None and (old.advskew, old.advbase) != (new.advskew, new.advbase):
        words_ = ("ifconfig", shared.interface, "vhid", str(shared.vhid), *_ways(shared))
        return [_step(words_, f"change vhid {shared.vhid} of {shared.interface}")]
    return []


def show(have: HostState, want: WantHost) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    for item in want.interfaces:
        link = have.links.get(item.name)
        found: dict[str, t.Any] | None = None
        if link is not None:
            found = {"up": link.up}
            found.update({"mac": link.mac} if item.mac else {}, **({"mtu": link.mtu} if item.mtu else {}))
            if item.members is not None:
                found["members"] = sorted(_members(have, have.links, item))
            if item.addresses:
                found["addresses"] = [address for address in item.addresses if address in link.addresses]
        shown[f"interface.{item.name}"] = found
    for shared in want.carp:
        group = have.carp.get((shared.interface, shared.vhid))
        shown[f"carp.{shared.interface}.{shared.vhid}"] = group and {
            "advbase": group.advbase,
            "advskew": group.advskew,
            "addresses": sorted(group.addresses),
            **({"password_as_declared": group.key == shared.password} if shared.password else {}),
        }
        at_boot = read_keys(have.keys.get(shared.interface, ""))
        if shared.password:
            shown[f"boot.{shared.interface}.{shared.vhid}"] = at_boot.get(shared.vhid) == shared.password
        elif not shared.present:
            shown[f"boot.{shared.interface}.{shared.vhid}"] = shared.vhid in at_boot
    return shown
