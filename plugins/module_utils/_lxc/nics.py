# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces that are put into a running container and taken out of it. Private; pure."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Call, Step
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Interface, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import read_nets

Net = t.Mapping[str, t.Tuple[str, ...]]
_LIVE = ("veth", "macvlan", "ipvlan", "vlan")
# What this module cannot do as LXC does at a start
_AT_START = ("veth.vlan.id", "veth.vlan.tagged.id", "veth.mode", "script.up")


@dataclasses.dataclass(frozen=True)
class NicChange:
    """One interface that goes, comes or is made anew while the container runs."""

    index: int
    old: Net | None
    new: Net | None


def first(net: Net, key: str, default: str = "") -> str:
    return (net.get(key) or (default,))[-1]


def live_nics(have: Have, want: WantContainer, new: Effective) -> list[NicChange]:
    """What differs and can be brought about live; the rest is found in what the container was started with."""
    run = have.runtime
    if run is None or want.nics is None:
        return []
    before, after = read_nets(have.values), read_nets(new)
    named = {nic.index for nic in want.nics}
    gone = [index for index in before if index not in after and (index in named or want.purge_networks)]
    changes = []
    for index in sorted(gone):
        if _inside(run, before[index]) and first(before[index], "type") in _LIVE:
            changes.append(NicChange(index, before[index], None))
    for index in sorted(named & set(after)):
        net, old = after[index], before.get(index)
        inside = _inside(run, net) or (old is not None and _inside(run, old))
        if not can_be_live(have, net):
            continue
        if not inside:
            changes.append(NicChange(index, None, net))
        elif old is not None and old != net and not started_with(run, index):
            changes.append(NicChange(index, old, net))
    return changes


def started_with(run: Runtime, index: int) -> bool:
    """Whether the container was started with this interface; one that was put in later is ours to make anew."""
    return not run.started_with or bool(run.started_with.get(f"lxc.net.{index}.type"))


def can_be_live(have: Have, net: Net) -> bool:
    if first(net, "type") not in _LIVE or any(net.get(key) for key in _AT_START):
        return False
    return not (first(net, "type") == "veth" and first(net, "link") in have.around.ovs_links)


def _inside(run: Runtime, net: Net) -> bool:
    """By its name; by its address when the container has renamed it."""
    mac = first(net, "hwaddr").lower()
    return any(one.name == first(net, "name") or (mac and one.mac == mac) for one in run.interfaces)


def nic_step(have: Have, run: Runtime, change: NicChange) -> Step:
    """All of it or nothing: half an interface would be taken for a whole one by the next run."""
    argvs: list[tuple[Argv, Argv]] = []
    words = []
    if change.old is not None:
        name = first(change.old, "name")
        argvs.append((_delete(run, name), ()))
        words.append(f"take the interface {name} out of the container")
    if change.new is not None:
        argvs += _add_argvs(have, run, change.new)
        words.append(f"put the interface {first(change.new, 'name')} into the container")
    return Step(Call("lxc", "all_or_nothing", (argvs,)), " and ".join(words))


def _delete(run: Runtime, name: str) -> Argv:
    return (*_within(run), "ip", "link", "del", "dev", name)


def _within(run: Runtime) -> Argv:
    return ("nsenter", f"--net=/proc/{run.pid}/ns/net")


def _add_argvs(have: Have, run: Runtime, net: Net) -> t.Iterator[tuple[Argv, Argv]]:
    """Each command with the one that takes back what was done so far."""
    name, kind, link = first(net, "name"), first(net, "type"), first(net, "link")
    here = host_side(have, name)
    side = ["netns", str(run.pid)]
    for word, key in (("address", "hwaddr"), ("mtu", "mtu")):
        side += [word, first(net, key)] if net.get(key) else []
    if kind == "veth":
        pair = first(net, "veth.pair") or here
        mtu = ["mtu", first(net, "mtu")] if net.get("mtu") else []
        yield ("ip", "link", "add", "name", pair, *mtu, "type", "veth", "peer", "name", name, *side), _delete(run, name)
        yield ("ip", "link", "set", "dev", pair, *(("master", link) if link else ()), "up"), ()
    else:
        # the kernel refuses the name of an interface of the host, whatever the namespace (Linux 6.12): it comes later
        words = ("type", kind, *_kind_words(kind, net))
        yield ("ip", "link", "add", "link", link, "name", here, *side, *words), _delete(run, here)
        yield (*_within(run), "ip", "link", "set", "dev", here, "name", name), _delete(run, name)
    yield from ((argv, ()) for argv in _set_argvs(run, net, name))


def _set_argvs(run: Runtime, net: Net, name: str) -> t.Iterator[Argv]:
    for family in ("ipv4", "ipv6"):
        for address in net.get(f"{family}.address", ()):
            yield (*_within(run), "ip", "addr", "add", address.split()[0], "dev", name)
    if first(net, "flags") == "up":
        yield (*_within(run), "ip", "link", "set", "dev", name, "up")
    for family, flag in (("ipv4", "-4"), ("ipv6", "-6")):
        gateway = first(net, f"{family}.gateway")
        if gateway and gateway not in ("auto", "dev"):
            yield (*_within(run), "ip", flag, "route", "replace", "default", "via", gateway, "dev", name)


def host_side(have: Have, name: str) -> str:
    digest = hashlib.sha256(f"{have.path}/{have.name}/{name}".encode()).hexdigest()
    return f"veth{digest[:8]}"


def _kind_words(kind: str, net: Net) -> tuple[str, ...]:
    """The defaults are those of LXC, not those of ip."""
    if kind == "vlan":
        return ("id", first(net, "vlan.id"))
    if kind == "macvlan":
        return ("mode", first(net, "macvlan.mode", "private"))
    return ("mode", first(net, "ipvlan.mode", "l3"), first(net, "ipvlan.isolation", "bridge"))


def interfaces_after(run: Runtime, changes: t.Iterable[NicChange]) -> tuple[Interface, ...]:
    found = {one.name: one for one in run.interfaces}
    for change in changes:
        if change.old is not None:
            found.pop(first(change.old, "name"), None)
        if change.new is not None:
            name = first(change.new, "name")
            addresses = (*change.new.get("ipv4.address", ()), *change.new.get("ipv6.address", ()))
            mtu = int(first(change.new, "mtu", "1500"))
            found[name] = Interface(name, first(change.new, "hwaddr"), mtu, addresses)
    return tuple(found.values())
