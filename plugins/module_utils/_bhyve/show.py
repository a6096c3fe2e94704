# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest as the user sees it: in the diff, and in what the module returns. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Values, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.decide import is_due
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.goal import (
    UNKNOWN,
    disks_of,
    edits_of,
    is_live,
    label,
    named_fields,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.pci import Bus
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.storage import show_storage
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.vm_bhyve import row_name, rows_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest


def show(have: Have | None, want: WantGuest) -> dict[str, t.Any]:
    """Declared fields only, of the file, of the host and of what runs."""
    power = "absent" if have is None else have.power
    shown: dict[str, t.Any] = {"state": "present" if want.state == "present" and power != "absent" else power}
    if have is None or power == "absent" or want.state == "absent":
        return shown
    edits = edits_of(have.values, have, want)
    if want.state == "restarted":
        shown["restarted"] = not is_due(have, want)
    shown.update(named_fields(have.values, label(have.values, edits)))
    shown.update(show_storage(have, want))
    if want.autostart is not None or want.start_order is not None:
        shown["boot"] = [have.boot.enabled, *have.boot.names]
    if have.engine == "vm-bhyve" and want.start_delay is not None:
        shown["vm_delay"] = have.boot.delay
    if have.engine == "base":
        shown["service"] = not have.wrong_scripts
    return {**shown, **_show_running(have, want, edits)}


def _show_running(have: Have, want: WantGuest, edits: t.Mapping[str, str | None]) -> dict[str, t.Any]:
    run = have.runtime
    if run is None:
        return {}
    shown: dict[str, t.Any] = {f"running_limits.{resource}": have.limits.get(resource) for resource in want.limits}
    values = values_of(run.text, have.grammar)
    lasting = {key: value for key, value in edits.items() if not is_live(key)}
    for field, value in named_fields(values, label(have.values, lasting)).items():
        shown[f"running_{field}"] = UNKNOWN if run.text is None else value
    return shown


def facts(have: Have | None) -> dict[str, t.Any]:
    """What the module returns of a guest; passwords are left out."""
    if have is None or have.power == "absent":
        return {"state": "absent", "config": {}, "runtime": {}}
    values, run = have.values, have.runtime
    runtime: dict[str, t.Any] = {}
    if run is not None:
        runtime = {"pid": run.pid, "config": _plain(values_of(run.text, have.grammar))}
    code, reason = have.ended or (None, "")
    found = {
        "state": have.power,
        "engine": have.engine,
        "config": _plain(values),
        "runtime": runtime,
        "reason": reason,
        "disks": _disks(have),
        "networks": _networks(values, have),
        "consoles": _consoles(values, have),
        "config_file": have.config_file,
        "autostart": have.boot.enabled and have.name in have.boot.names,
    }
    return found if code is None else {**found, "exit_code": code}


def _plain(values: Values) -> Values:
    return {key: value for key, value in values.items() if not key.endswith("password")}


def _disks(have: Have) -> list[dict[str, t.Any]]:
    rows = []
    for disk in disks_of(have.values, have):
        there = have.volumes.get(disk.path)
        row = {"id": disk.id, "type": disk.type, "path": disk.path, "place": disk.place}
        rows.append({**row, "size": there.size} if there is not None and there.kind in ("file", "zvol") else row)
    return rows


def _networks(values: Values, have: Have) -> list[dict[str, t.Any]]:
    if have.engine == "vm-bhyve":
        rows = enumerate(rows_of(values, "network"))
        return [
            {
                "id": row_name(row, "network", number),
                "type": row["type"],
                "bridge": row.get("switch", ""),
                "mac": row.get("mac", ""),
                "place": str(number),
            }
            for number, row in rows
        ]
    return [
        {
            "id": device.id,
            "type": device.type,
            "backend": device.props.get("backend", ""),
            "bridge": device.props.get("bridge", ""),
            "mac": device.props.get("mac", ""),
            "place": device.place,
        }
        for device in Bus(values, {}).of("networks")
    ]


def _consoles(values: Values, have: Have) -> dict[str, str]:
    if have.engine == "vm-bhyve":
        screen = values.get("graphics", "no").lower() not in ("", "no", "off", "false", "0")
        address = f"{values.get('graphics_listen', '0.0.0.0')}:{values.get('graphics_port', '')}"
        return {"vnc": address} if screen else {}
    found = {}
    for number in range(1, 5):
        path = values.get(f"lpc.com{number}.path", "")
        if path.startswith("/dev/nmdm") and path.endswith("A"):
            found[f"com{number}"] = path[:-1] + "B"
    for device in Bus(values, {}).of("graphics"):
        found["vnc"] = device.props.get("rfb") or device.props.get("tcp") or "127.0.0.1:5900"
    return found
