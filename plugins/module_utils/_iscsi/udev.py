# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The udev rule that gives a volume its lasting name, /dev/iscsi_NAME, on every boot and after every login."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal, escape_udev

FOLDER = "/etc/udev/rules.d"
# After 60-persistent-storage.rules, which sets ID_PATH.
PREFIX = "61-hostwright-iscsi-"
RELOAD = ("udevadm", "control", "--reload")


def rule_path(name: str) -> str:
    return f"{FOLDER}/{PREFIX}{name}.rules"


def id_path(portal: Portal, iqn: str, lun: int) -> str:
    """ID_PATH as systemd-udevd makes it; the whole value is matched, so LUN 1 is not LUN 10."""
    number = str(lun) if lun < 256 else f"0x{lun:04x}00000000"
    return f"ip-{portal.path_id}-iscsi-{iqn}-lun-{number}"


def render_rule(name: str, iqn: str, portals: t.Sequence[Portal], lun: int, map_uuid: str = "") -> str:
    """One line per path; or one for the multipath device alone, whose paths nobody should use by themselves."""
    lines = [
        f"# Volume {name}, LUN {lun} of {iqn}. Written by hostwright.virt.iscsi_volume.",
    ]
    if map_uuid:
        lines.append(
            f'SUBSYSTEM=="block", KERNEL=="dm-*", ENV{{DM_UUID}}=="{escape_udev(map_uuid)}", SYMLINK+="iscsi_{name}"'
        )
        portals = ()
    for portal in sorted(portals):
        lines.append(
            'SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", KERNEL=="sd*", '
            f'ENV{{ID_PATH}}=="{escape_udev(id_path(portal, iqn, lun))}", SYMLINK+="iscsi_{name}"'
        )
    return "\n".join(lines) + "\n"


def target_of_rule(text: str) -> str:
    """The target that a rule of ours is about."""
    match = re.match(r"# Volume \S+, LUN \d+ of (\S+)\. ", text)
    return match.group(1) if match else ""


def pinned_lun(text: str | None) -> int | None:
    """The LUN that a rule of ours is about."""
    match = re.match(r"# Volume \S+, LUN (\d+) of ", text or "")
    return int(match.group(1)) if match else None
