# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ifconfig(8): loopback, Ethernet, epairs, VLANs and bridges, on the host and in jails with a stack of their own."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from . import carp, kernel, netlist
from .netlist import Interface
from .world import Fail, World

MAXIMUM = 15


def main(world: World, words: list[str]) -> int:
    jail = ""
    if words[:1] == ["-j"]:
        found = kernel.find(world, words[1])
        if found is None:
            raise Fail("ifconfig: jail not found: No such file or directory")
        jail, words = found["jid"], words[2:]
        netlist.give_loopback(world, jail)
    keys = words[:1] == ["-k"]
    words = words[1:] if keys else words
    if words in (["-l"], ["-a"], []):
        shown = netlist.of(world, jail)
        print(" ".join(item["name"] for item in shown) if words == ["-l"] else netlist.show_all(world, shown, keys))
        return 0
    name, verbs = words[0], words[1:]
    if verbs[:1] == ["-vnet"]:
        return take_back(world, words)
    if verbs[:1] == ["create"]:
        return create(world, jail, name, verbs[1:])
    item = netlist.find(world, jail, name)
    if item is None:
        raise Fail(f"ifconfig: interface {name} does not exist")
    if not verbs:
        print(netlist.show(world, item))
        return 0
    change(world, item, list(verbs))
    return 0


def create(world: World, jail: str, name: str, verbs: list[str]) -> int:
    if world.user != "root":
        raise Fail(f"ifconfig: SIOCIFCREATE2 ({name}): Operation not permitted")
    if "." in name:
        return create_vlan(world, jail, name)
    if netlist.find(world, jail, name) or netlist.find(world, jail, name + "a"):
        raise Fail(f"ifconfig: interface {name} already exists")
    kind = re.match(r"[a-z]+", name)
    word = kind.group() if kind else ""
    number = name[len(word) :]
    if word not in netlist.KINDS or not re.fullmatch(r"\d*", number):
        raise Fail(f"ifconfig: SIOCIFCREATE2 ({name}): Invalid argument")
    if number and int(number) > 32767:
        raise Fail(f"ifconfig: SIOCIFCREATE2 ({name}): No space left on device")
    item = netlist.add(world, jail, word, int(number) if number else None)
    label = item["name"]
    change(world, item, verbs, silent=True)
    if label != name or item["name"] != label:
        print(item["name"])
    return 0


def create_vlan(world: World, jail: str, name: str) -> int:
    parent, _dot, tag = name.partition(".")
    if not tag.isdigit() or not 1 <= int(tag) <= 4094:
        raise Fail("ifconfig: invalid vlan tag")
    above = netlist.find(world, jail, parent)
    if above is None or netlist.find(world, jail, name):
        text = "Invalid argument" if above is None else "File exists"
        raise Fail(f"ifconfig: SIOCIFCREATE2 ({name}): {text}")
    item = netlist.add(world, jail, "vlan", None)
    item.update(name=name, tag=int(tag), parent=parent, mac=above["mac"])
    return 0


def change(world: World, item: Interface, verbs: list[str], silent: bool = False) -> None:
    while verbs:
        verb = verbs.pop(0)
        if verb in ("up", "down"):
            item["up"] = verb == "up"
        elif verb in ("inet", "inet6"):
            address(item, verb, verbs)
        elif verb in VERBS:
            VERBS[verb](world, item, verbs)
            if verb == "name" and not silent:
                print(item["name"])
        elif verb == "destroy":
            destroy(world, item)
        elif verb != "addr":  # which addresses a bridge has learned: none
            raise Fail(f"ifconfig: {verb}: bad value")


def address(item: Interface, family: str, verbs: list[str]) -> None:
    if verbs[:1] == ["vhid"]:
        return
    text = verbs.pop(0)
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        raise Fail(f"ifconfig: {text}: bad value") from None
    verb = verbs.pop(0) if verbs[:1] in (["alias"], ["-alias"]) else "alias"
    there = item["addresses"]
    if verb == "-alias":
        gone = [known for known in there if known.split("/")[0] == str(found.ip)]
        if not gone:
            raise Fail("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address")
        there.remove(gone[0])
        carp.forget(item, gone[0])
    elif str(found) not in there:
        there.append(str(found))


def set_mac(_world: World, item: Interface, verbs: list[str]) -> None:
    mac = verbs.pop(0)
    if not re.fullmatch(r"([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}", mac):
        raise Fail("ifconfig: malformed link-level address")
    item["mac"] = mac


def set_mtu(world: World, item: Interface, verbs: list[str]) -> None:
    """A bridge hands its MTU to its members, which keep it as long as they are members."""
    if item["bridge"]:
        raise Fail("ifconfig: ioctl SIOCSIFMTU (set mtu): Operation not supported")
    item["mtu"] = int(verbs.pop(0))
    for name in item["members"]:
        member = netlist.find(world, item["jail"], name)
        if member:
            member["mtu"] = item["mtu"]


def rename(world: World, item: Interface, verbs: list[str]) -> None:
    name = verbs.pop(0)
    if len(name) > MAXIMUM:
        raise Fail("ifconfig: ioctl SIOCSIFNAME (set name): File name too long")
    if netlist.find(world, item["jail"], name):
        raise Fail("ifconfig: ioctl SIOCSIFNAME (set name): File exists")
    item["name"] = name


def into(world: World, item: Interface, verbs: list[str]) -> None:
    jail = kernel.find(world, verbs.pop(0))
    if jail is None:
        raise Fail("ifconfig: jail not found: No such file or directory")
    netlist.give_loopback(world, jail["jid"])
    netlist.move(world, item, jail["jid"])


def add_member(world: World, item: Interface, verbs: list[str]) -> None:
    name = verbs.pop(0)
    member = netlist.find(world, item["jail"], name)
    if member is None:
        raise Fail(f"ifconfig: BRDGADD {name}: No such file or directory (No such interface)")
    if member["kind"] == "lo":
        raise Fail(f"ifconfig: BRDGADD {name}: Invalid argument (Unsupported interface type)")
    if member["bridge"]:
        same = member["bridge"] == item["name"]
        said = "File exists (Interface is already a member of this bridge)"
        raise Fail(f"ifconfig: BRDGADD {name}: " + (said if same else BUSY))
    if item["members"]:
        member["mtu"] = item["mtu"]
    else:
        item["mtu"] = member["mtu"]
    member["bridge"], member["vlan_in"] = item["name"], None
    item["members"].insert(0, name)
    if verbs[:1] == ["untagged"]:  # ifconfig(8) of 15: the access VLAN of a new member
        member["vlan_in"] = int(verbs[1])
        del verbs[:2]


BUSY = "Device busy (Interface is already a member of another bridge)"


def delete_member(world: World, item: Interface, verbs: list[str]) -> None:
    name = verbs.pop(0)
    if name not in item["members"]:
        raise Fail(f"ifconfig: BRDGDEL {name}: No such file or directory (Interface is not a bridge member)")
    netlist.leave(world, item["jail"], name)


def describe(_world: World, item: Interface, verbs: list[str]) -> None:
    item["note"] = verbs.pop(0)


def set_vlan(_world: World, item: Interface, verbs: list[str]) -> None:
    item["tag"] = int(verbs.pop(0))


def set_parent(world: World, item: Interface, verbs: list[str]) -> None:
    item["parent"] = verbs.pop(0)
    parent = netlist.find(world, item["jail"], item["parent"])
    item["mac"] = parent["mac"] if parent else ""


def set_filter(_world: World, item: Interface, _verbs: list[str]) -> None:
    item["filter"] = True


def destroy(world: World, item: Interface) -> None:
    if item["kind"] in ("lo", "vtnet"):
        raise Fail("ifconfig: SIOCIFDESTROY: Invalid argument")
    netlist.remove(world, item)


def share(_world: World, item: Interface, verbs: list[str]) -> None:
    carp.share(item, verbs)
    verbs.clear()


VERBS: t.Mapping[str, t.Callable[[World, Interface, list[str]], None]] = {
    "ether": set_mac,
    "mtu": set_mtu,
    "name": rename,
    "vnet": into,
    "addm": add_member,
    "deletem": delete_member,
    "description": describe,
    "vlan": set_vlan,
    "vlandev": set_parent,
    "vlanfilter": set_filter,
    "vhid": share,
}


def take_back(world: World, words: list[str]) -> int:
    """``ifconfig IF -vnet JAIL``, which speaks of an interface that the host does not have."""
    jail = kernel.find(world, words[2])
    item = netlist.find(world, jail["jid"], words[0]) if jail else None
    if item is None:
        number = jail["jid"] if jail else words[2]
        raise Fail(f"ifconfig: SIOCSIFRVNET({number}, {words[0]}): Device not configured")
    netlist.move(world, item, "")
    return 0
