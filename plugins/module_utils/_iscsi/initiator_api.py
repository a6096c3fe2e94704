# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the initiator's steps do besides running programs: edit a record, knock at a portal, tell udev."""

from __future__ import annotations

import os
import socket
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Write
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import udev
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import Disk, choose_disk
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.initiator_observe import (
    other_rules,
    read_records,
    read_rules,
    read_sessions,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost

UDEV_PATIENCE = 10.0


def call(method: str, *args: t.Any) -> str:
    """Resource API."""
    methods: dict[str, t.Callable[..., None]] = {
        "set_record": set_record,
        "reach": reach,
        "write_rule": write_rule,
        "announce": announce,
        "forget_disk": forget_disk,
    }
    methods[method](*args)
    return ""


def set_record(iqn: str, portal: str, values: t.Mapping[str, str]) -> None:
    """Replace lines of a record's file. iscsiadm would take a password as an argument, which all users can read."""
    host = LocalHost({}, {})
    for record in read_records(host, iqn):
        if record.portal == parse_portal(portal):
            text = host.read(record.path) or ""
            host.perform(Write(record.path, edit_record(text, values), 0o600, secret=True))
            return
    raise Problem(f"{iqn}: there is no node record of {portal}")


def edit_record(text: str, values: t.Mapping[str, str]) -> str:
    """The record with other values; keys that it lacks come before its end."""
    left, lines = dict(values), []
    for line in text.splitlines():
        key = line.partition(" = ")[0]
        if key in left:
            line = f"{key} = {left.pop(key) or '<empty>'}"  # noqa: PLW2901
        if line.startswith("# END RECORD"):
            lines += [f"{name} = {value or '<empty>'}" for name, value in left.items()]
            left = {}
        lines.append(line)
    return "\n".join(lines) + "\n"


def reach(address: str, port: int, timeout: float) -> None:
    """Fail within seconds where a login would retry for minutes."""
    try:
        socket.create_connection((address, port), timeout=timeout).close()
    except OSError as error:
        raise Problem(
            f"{address} port {port} does not answer ({error}): is the bay up, the address right, no firewall between?"
        ) from None


def write_rule(data: t.Mapping[str, t.Any]) -> None:
    """Wait until the LUN (and its multipath device, if one is expected) is there; then write the udev rule."""
    host = LocalHost({}, {})
    portals = tuple(parse_portal(text) for text in data["portals"])
    want = WantVolume(data["name"], data["target"], "attached", lun=data["lun"], portals=portals)
    deadline = time.monotonic() + data["timeout"]
    while True:
        disk = _seen(host, want)
        if disk is not None and (disk.map_uuid or not data["map"]):
            break
        if time.monotonic() > deadline:
            missing = (
                "multipath device (is multipathd running, and does it take this disk?)"
                if disk
                else "LUN (is it mapped to this initiator on the bay?)"
            )
            raise Problem(f"{want.target} shows no {missing} after {data['timeout']:g} s")
        time.sleep(0.2)
    text = udev.render_rule(want.name, want.target, portals, disk.lun, disk.map_uuid if data["map"] else "")
    host.perform(Write(udev.rule_path(want.name), text))


def _seen(host: LocalHost, want: WantVolume) -> Disk | None:
    sessions = [session for iqn, session in read_sessions(host) if iqn == want.target]
    claimed = tuple(other_rules(read_rules(host), want).values())
    for session in sessions:
        disk = choose_disk(session, want, claimed=claimed)
        if disk is not None:
            return disk
    return None


def announce(name: str, iqn: str) -> None:
    """Have udev look again at the volume's disks and multipath device; wait until the link leads where the rule says.

    The link may be there already and lead to a path, from before there was a multipath device.
    """
    host = LocalHost({}, {})
    rule = host.read(udev.rule_path(name))
    lun = udev.pinned_lun(rule)
    disks = [
        disk for target, session in read_sessions(host) if target == iqn for disk in session.disks if disk.lun == lun
    ]
    for device in sorted({word for disk in disks for word in (disk.name, disk.map) if word}):
        _write(f"/sys/class/block/{device}/uevent", "change")
    goals = {disk.map if disk.map_uuid and disk.map_uuid in (rule or "") else disk.name for disk in disks}
    deadline = time.monotonic() + UDEV_PATIENCE
    while (host.link(f"/dev/iscsi_{name}") or "").rsplit("/", 1)[-1] not in goals and time.monotonic() < deadline:
        time.sleep(0.1)


def forget_disk(disk: str) -> None:
    path = f"/sys/class/block/{disk}/device/delete"
    if os.path.exists(path):
        _write(path, "1")


def _write(path: str, word: str) -> None:
    with open(path, "w", encoding="ascii") as stream:
        stream.write(word)
