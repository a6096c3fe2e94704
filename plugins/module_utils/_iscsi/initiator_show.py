# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an attached volume looks like in a diff and in the result."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import (
    Attachment,
    Record,
    disks_of,
    portals_of,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.initiator import declared_values, running_values
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.settings import AUTH
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.udev import pinned_lun
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume

SECRETS = (AUTH + "password", AUTH + "password_in")


def show_attachment(have: Attachment | None, want: WantVolume) -> dict[str, t.Any]:
    if have is None or have.state == "detached":
        return {"state": "detached"}
    shown: dict[str, t.Any] = {"state": have.state}
    if want.state == "detached":
        return shown
    shown["device"] = want.link if have.link else None
    shown["sessions"] = {str(portal): have.session(portal) is not None for portal in portals_of(have, want)}
    disks = disks_of(have, want)
    if want.size is not None:  # the bay rounds up
        sizes = [min(disk.size, want.size) for disk in disks.values()]
        shown["size"] = min(sizes) if sizes else None
    if want.multipath is not None:
        shown["multipath"] = any(disk.map for disk in disks.values())
    values = declared_values(want)
    if values:
        shown["records"] = {
            str(portal): {key: _shown_value(have, portal, key, value) for key, value in sorted(values.items())}
            for portal in portals_of(have, want)
        }
    if running_values(want):
        shown["running"] = {
            str(session.portal): _shown_running(session.values, want)
            for session in have.sessions
            if session.portal in portals_of(have, want)
        }
    return shown


def _shown_value(have: Attachment, portal: t.Any, key: str, wanted: str) -> str | None:
    record = have.record(portal)
    return None if record is None else _mask(key, record.get(key), wanted)


def _mask(key: str, value: str, wanted: str) -> str:
    if key not in SECRETS:
        return value
    return "as declared" if value == wanted else "another"


def _shown_running(values: t.Sequence[tuple[str, str]], want: WantVolume) -> dict[str, str]:
    there = dict(values)
    return {key: _mask(key, there.get(key, ""), wanted) for key, wanted in sorted(running_values(want).items())}


def attachment_facts(have: Attachment | None) -> dict[str, t.Any]:
    if have is None:
        return {"state": "detached", "config": {}, "runtime": {}}
    lun = pinned_lun(have.rule)
    disk = None if lun is None else next(iter(disks_of(have, WantVolume(have.name, have.iqn, lun=lun)).values()), None)
    device = f"/dev/iscsi_{have.name}" if have.link else None
    return {
        "state": have.state,
        "target": have.iqn,
        "device": device,
        "lun": disk.lun if disk else None,
        "size": disk.size if disk else None,
        "wwn": disk.wwid or None if disk else None,
        "multipath": f"/dev/mapper/{disk.map_name}" if disk and disk.map_name else None,
        "portals": [str(record.portal) for record in have.records],
        "config": {str(record.portal): _record_facts(record) for record in have.records},
        "runtime": {
            str(session.portal): {
                "sid": session.sid,
                "state": session.state,
                "disks": [dataclasses.asdict(each) for each in session.disks],
            }
            for session in have.sessions
        },
        "uses": [f"{name}: {use}" for name, use in have.uses],
    }


def _record_facts(record: Record) -> dict[str, str]:
    return {key: value for key, value in record.values if key not in SECRETS and value and not key.startswith("iface.")}
