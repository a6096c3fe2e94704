# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""carp(4) on an interface of the twin's kernel. There is no other host: it is BACKUP until it is told otherwise."""

from __future__ import annotations

import typing as t

from .world import Fail

Interface = t.Dict[str, t.Any]


def groups(item: Interface) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", item.setdefault("carp", {}))


def share(item: Interface, words: list[str]) -> None:
    """``vhid N [advbase N] [advskew N] [pass KEY] [state STATE] [alias ADDRESS]``; words begins with the number."""
    vhid = words.pop(0)
    if not 1 <= int(vhid) <= 255:
        raise Fail("ifconfig: vhid must be greater than 0 and less than 255")
    values = dict(zip(words[::2], words[1::2]))
    if int(values.get("advskew", "0")) > 254:
        raise Fail("ifconfig: SIOCSVH: No error: 0")
    group = groups(item).setdefault(
        vhid, {"advbase": "1", "advskew": "0", "state": "BACKUP", "key": "", "addresses": []}
    )
    group["key"] = values.get("pass", group["key"])
    group["state"] = values.get("state", group["state"]).upper()
    group.update({name: values[name] for name in ("advbase", "advskew") if name in values})
    if "alias" in values and values["alias"] not in item["addresses"]:
        item["addresses"].append(values["alias"])
    if "alias" in values:
        group["addresses"] = sorted({*group["addresses"], values["alias"]})


def forget(item: Interface, address: str) -> None:
    """A group ends with its last address."""
    for vhid, group in list(groups(item).items()):
        if address in group["addresses"]:
            group["addresses"].remove(address)
            if not group["addresses"]:
                del item["carp"][vhid]


def mark(item: Interface, address: str) -> str:
    for vhid, group in item.get("carp", {}).items():
        if address in group["addresses"]:
            return f" vhid {vhid}"
    return ""


def show(item: Interface, keys: bool) -> list[str]:
    lines = []
    for vhid, group in sorted(item.get("carp", {}).items()):
        key = f' key "{group["key"]}"' if keys and group["key"] else ""  # sbin/ifconfig/ifcarp.c
        lines.append(f"carp: {group['state']} vhid {vhid} advbase {group['advbase']} advskew {group['advskew']}{key}")
        lines.append("      peer 224.0.0.18 peer6 ff02::12")
    return lines
