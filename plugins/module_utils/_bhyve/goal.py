# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that a guest shall have, and what the task names of it, in either engine. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.base import base_edits, check_base
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Values, edit, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.pci import Bus
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.vm_bhyve import (
    row_name,
    rows_of,
    vm_disk_path,
    vm_edits,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Change, Problem

UNKNOWN = "unknown"
HEAD = "# Kept by Ansible, hostwright.virt.bhyve_vm: what its task does not name stays as it is here.\n"
Fields = t.Dict[str, t.Any]


class Disk(t.NamedTuple):
    """A disk as the file says."""

    id: str
    type: str
    storage: str
    path: str
    place: str

    @property
    def made(self) -> bool:
        """Whether this module makes and destroys what it is on."""
        return self.storage in ("file", "zvol", "sparse-zvol") and self.type != "ahci-cd"

    @property
    def volume(self) -> str:
        return self.path[len("/dev/zvol/") :] if self.path.startswith("/dev/zvol/") else ""


def edits_of(values: Values, have: Have, want: WantGuest) -> dict[str, str | None]:
    return (vm_edits if have.engine == "vm-bhyve" else base_edits)(values, have, want)


def goal_text(have: Have, want: WantGuest) -> str:
    """The file with what the task declares; raises Problem for what cannot be."""
    if have.text is None and have.engine == "vm-bhyve":
        raise Problem(f"{want.name}: vm-bhyve has no guest of this name: make it with vm create, or give engine=base")
    text = edit(HEAD if have.text is None else have.text, edits_of(have.values, have, want), have.grammar)
    if have.engine == "base":
        check_base(values_of(text, have.grammar), have, want)
    return text


def disks_of(values: Values, have: Have) -> list[Disk]:
    if have.engine == "vm-bhyve":
        return [
            Disk(
                row_name(row, "disk", number),
                row.get("type", ""),
                row.get("dev", "file"),
                vm_disk_path(have.folder, have.dataset, row),
                str(number),
            )
            for number, row in enumerate(rows_of(values, "disk"))
        ]
    found = Bus(values, {}).disks()
    return [Disk(one.id, one.type, one.props.get("storage", ""), one.path, one.place) for one in found]


def label(values: Values, edits: t.Mapping[str, str | None]) -> dict[str, str]:
    """What each key is called in the diff: options by key, devices by kind and name."""
    both = {**values, **{key: value for key, value in edits.items() if value is not None}}
    devices = Bus(both, {}).devices
    names = {}
    for key in edits:
        base = re.fullmatch(r"pci\.(0\.[0-9]+\.[0-7])\.(.+)", key)
        row = re.fullmatch(r"((disk|network)[0-9]+)_([a-z_]+)", key)
        device = devices.get(base.group(1)) if base else None
        names[key] = key
        if base and device is not None and device.kind:
            names[key] = f"{device.kind}.{device.id}.{base.group(2)}"
        elif row:
            names[key] = f"{row.group(2)}s.{both.get(row.group(1) + '_id', row.group(1))}.{row.group(3)}"
    return names


def named_fields(values: Values, names: t.Mapping[str, str]) -> Fields:
    """What the named keys have in a file. Of a password only that there is one."""
    return {name: "set" if key in values and _is_secret(key) else values.get(key) for key, name in names.items()}


def _is_secret(key: str) -> bool:
    return re.fullmatch(r"(.*[._])?password", key) is not None


def changes_of(values: Values, edits: t.Mapping[str, str | None]) -> tuple[Change, ...]:
    """What of a file differs from what the edits say."""
    differ = {key: value for key, value in edits.items() if values.get(key) != value}
    names = label(values, differ)
    before = named_fields(values, names)
    after = named_fields({key: value for key, value in differ.items() if value is not None}, names)
    return tuple(Change(field, before[field], after[field]) for field in names.values())


def file_changes(have: Have, want: WantGuest) -> tuple[Change, ...]:
    return changes_of(have.values, edits_of(have.values, have, want))


def pending_changes(have: Have, want: WantGuest, goal: Values) -> tuple[Change, ...]:
    """What a running guest would have to be restarted for: what its own file lacks."""
    run = have.runtime
    if run is None:
        return ()
    values = goal if run.text is None else values_of(run.text, have.grammar)
    edits = {key: value for key, value in edits_of(values, have, want).items() if not is_live(key)}
    if run.text is None:
        return tuple(Change(field, UNKNOWN, value) for field, value in named_fields(goal, label(goal, edits)).items())
    return changes_of(values, edits)


def is_live(key: str) -> bool:
    """Keys that are no matter to the guest itself: limits are set beside the file, the rest is for the host's start."""
    return key.startswith(("hostwright.limits.", "hostwright.start_", "limit_", "hostwright_start_"))
