# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One option's value: checked, and in the form that the database gives back. Private; no I/O."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_name
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import MARK, SECRET_OPTIONS
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.spec import PROTOCOLS, RANGES, VLAN_LISTS

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_VLANS = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
# host:port, where an IPv6 address stands in brackets
_COLLECTOR = re.compile(r"(\[[0-9A-Fa-f:.%a-z]+\]|[0-9A-Za-z_.-]+):([0-9]{1,5})")
_CONTROLLER = re.compile(r"(tcp|ssl):[^\s:]\S*|p(tcp|ssl):[0-9]{0,5}(:\S+)?|p?unix:\S+")
# Open vSwitch 3.1 takes 28 characters for any name, but a kernel device gets the first 15 of them. Ports without a
# device may be longer.
DEVICE_NAME = 15
LONGEST_NAME = 64


def parse_port_name(name: str, what: str) -> str:
    return parse_name(name, what, LONGEST_NAME, "._+-@")


def parse_value(option: str, value: t.Any, where: str) -> t.Any:
    """The value of one option of the bridge, a port, a mirror, an export, a QoS or a queue."""
    what = f"{where}: {option}"
    if isinstance(value, dict):
        return parse_map(option, value, what)
    if isinstance(value, list):
        return _parse_list(option, value, what)
    if isinstance(value, int) and not isinstance(value, bool):
        return _parse_number(option, value, what)
    return _parse_word(option, value, what) if isinstance(value, str) else value


def _parse_word(option: str, value: str, what: str) -> str:
    if option == "mac":
        mac = value.lower()
        if not _MAC.fullmatch(mac) or int(mac[1], 16) % 2:
            raise Problem(f"{what} {value!r} is not the address of a device: write it like 02:00:00:00:00:01")
        return mac
    if option == "output_port":
        return parse_port_name(value, what)
    if option in ("type", "datapath_type"):
        return parse_name(value, what) if value not in ("", "system") else ""
    return parse_text(value, what)


def _parse_number(option: str, value: int, what: str) -> int:
    least, most = RANGES[option]
    if not least <= value <= most:
        raise Problem(f"{what} {value} cannot be used: give a number from {least} to {most}")
    return value


def _parse_list(option: str, value: t.Sequence[t.Any], what: str) -> tuple[t.Any, ...]:
    if option in VLAN_LISTS:
        return parse_vlans(value, what)
    for item in value:
        if option == "protocols" and item not in PROTOCOLS:
            raise Problem(f"{what}: there is no {item!r}{nearest(item, PROTOCOLS)}: use {', '.join(PROTOCOLS)}")
        if option == "targets":
            _check_collector(item, what)
        if option in ("select_src_port", "select_dst_port"):
            parse_port_name(item, what)
    return tuple(sorted(set(value)))


def parse_vlans(items: t.Sequence[str], what: str) -> tuple[int, ...]:
    """Sorted VLAN numbers of items like ``10`` and ``20-29``."""
    vlans: set[int] = set()
    for item in items:
        match = _VLANS.fullmatch(str(item))
        first, last = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (1, 0)
        if not first <= last <= 4095:
            raise Problem(f"{what}: {item!r} is no VLAN: give numbers from 0 to 4095, or ranges like 20-29")
        vlans.update(range(first, last + 1))
    return tuple(sorted(vlans))


def _check_collector(target: str, what: str) -> None:
    match = _COLLECTOR.fullmatch(target)
    if match is None or not 0 < int(match.group(2)) <= 65535:
        raise Problem(
            f"{what}: {target!r} is no collector: write address:port, like 192.0.2.1:2055 or [2001:db8::1]:2055"
        )


def parse_controllers(targets: t.Sequence[str], where: str) -> tuple[str, ...]:
    for target in targets:
        if not _CONTROLLER.fullmatch(target):
            raise Problem(
                f"{where}: controller {target!r} cannot be used: write a method and a place, like "
                "tcp:192.0.2.1:6653, ssl:192.0.2.1:6653, unix:/path, ptcp:6653"
            )
    return tuple(sorted(set(targets)))


def parse_map(option: str, given: t.Mapping[t.Any, t.Any], what: str) -> dict[str, str | None]:
    """Keys and values as text; None removes the key."""
    parsed: dict[str, str | None] = {}
    for key, value in given.items():
        name = parse_text(str(key), f"{what}: key")
        if not name:
            raise Problem(f"{what}: a key is empty")
        if option.endswith("external_ids") and name == MARK:
            raise Problem(f"{what}: the key {MARK} is how this collection knows its own ports: choose another")
        if option == "options" and name in SECRET_OPTIONS:
            raise Problem(f"{what}: give {name} as the option {name} of the port, which is shown nowhere")
        if isinstance(value, (dict, list)):
            raise Problem(f"{what}: the value of {name} must be one word or number, not a {type(value).__name__}")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        parsed[name] = None if value is None else parse_text(text, f"{what}: {name}")
    return parsed


def parse_text(text: str, what: str) -> str:
    """Text that the database takes: UTF-8 without control characters."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Problem(f"{what} is not valid UTF-8") from None
    if re.search("[\x00-\x1f\x7f]", text):
        raise Problem(f"{what} {text!r} has a line break or a control character in it")
    return text
