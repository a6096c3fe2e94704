# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools print. Private; pure."""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Interface

COLUMNS = "NAME,STATE,PID"
ADDRESSES = ",IPV4,IPV6"


def ls_argv(lxc_path: str, names: t.Sequence[str] = (), addresses: bool = False) -> tuple[str, ...]:
    """One call for any number of containers; the filter is an extended regular expression."""
    argv = ("lxc-ls", "-P", lxc_path, "-f", "-F", COLUMNS + (ADDRESSES if addresses else ""))
    pattern = "|".join(name.replace(".", "[.]") for name in names)
    return (*argv, f"--filter=^({pattern})$") if names else argv


class Listed(t.NamedTuple):
    name: str
    state: str
    pid: int
    addresses: tuple[str, ...] = ()


def parse_ls(text: str) -> dict[str, Listed]:
    """The columns begin where their titles do: an address column may be empty or hold several."""
    lines = text.splitlines()
    if lines and lines[0].split()[:3] != COLUMNS.split(","):
        raise ValueError("not this table")
    starts = [match.start() for match in re.finditer(r"\S+", lines[0])] if lines else []
    found = {}
    for line in lines[1:]:
        cells = [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None])]
        pid = int(cells[2]) if cells[2].isdigit() else 0
        addresses = [word for cell in cells[3:] for word in cell.split(", ") if word not in ("", "-")]
        found[cells[0]] = Listed(cells[0], cells[1], pid, tuple(addresses))
    return found


def info_argv(lxc_path: str, name: str, keys: t.Sequence[str]) -> tuple[str, ...]:
    return ("lxc-info", "-P", lxc_path, "-n", name, *(word for key in keys for word in ("-c", key)))


def parse_info(text: str, keys: t.Collection[str]) -> dict[str, str]:
    """The answers to ``-c KEY``: ``KEY = VALUE``, where a list goes on in further lines."""
    found: dict[str, str] = {}
    last = None
    for line in text.splitlines():
        match = re.match(r"(lxc\.\S+) =(?: (.*))?$", line)
        if match is not None and match.group(1) in keys:
            last = match.group(1)
            found[last] = match.group(2) or ""
        elif last is not None:
            found[last] += "\n" + line
    return {key: value.strip() for key, value in found.items()}


def parse_addresses(text: str) -> tuple[Interface, ...]:
    """``ip -j addr show``; the loopback is nobody's interface."""
    try:
        links = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(
        Interface(
            link["ifname"],
            link.get("address", ""),
            link.get("mtu", 0),
            tuple(f"{one['local']}/{one['prefixlen']}" for one in link.get("addr_info", ()) if "local" in one),
        )
        for link in links
        if link.get("ifname") and link.get("link_type") != "loopback"
    )


def has_address(interfaces: t.Iterable[Interface]) -> bool:
    """Whether one of them has an address that reaches further than its own link."""
    return any(not ipaddress.ip_interface(one).is_link_local for link in interfaces for one in link.addresses)
