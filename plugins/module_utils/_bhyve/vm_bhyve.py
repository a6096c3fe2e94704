# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declaration in the words of vm-bhyve's file: which keys it sets, given those that are there. Private; pure.

vm-bhyve looks for disk0, disk1, ... and stops at the first number that is missing (lib/vm-run, 1.5), so its devices
have no gaps: one that goes makes the next ones move. Keys that it does not know it passes over; they name our devices.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.base_devices import seed_disk
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Values
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import words
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want_devices import (
    SEED_DISK,
    WantDisk,
    WantNic,
    made_mac,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_size, render_size

_SAME_NAME = words(
    "cpu cpu_sockets cpu_cores cpu_threads loader uuid grub_run_partition grub_run_dir graphics_listen graphics_port"
    " graphics_res vnc_password virt_consoles"
)
_SWITCHES = words("wired_memory uefi_vars utctime graphics graphics_wait xhci_mouse virt_random")
_LIMITS = {"pcpu": "pcpu", "readbps": "rbps", "writebps": "wbps", "readiops": "riops", "writeiops": "wiops"}
ORDER = "hostwright_start_order"
# Keys of vm-bhyve 1.5 that have no option
_MORE = words(
    "guest hostbridge debug start_slot install_slot ahci_device_limit bhyve_options bhyveload_args bhyveload_loader"
    " nice priority prestart poststop graphics_vga ignore_bad_msr stop_timeout zfs_dataset_opts zfs_zvol_opts type arch"
    " guest_version linux_kernel sound sound_play sound_rec disable_acpi hugepages efi_shell console"
)
_NOT = ("tpm", "shares", "firmware", "directory")
_INDEXED = re.compile(r"(disk|network|passthru|grub_run|grub_install)([0-9]+)(?:_([a-z_]+))?")
Row = t.Dict[str, str]


def vm_edits(values: Values, have: Have, want: WantGuest) -> dict[str, str | None]:
    """What each key that the task names must have, None for nothing."""
    _refuse(want)
    edits = dict(_plain_edits(values, want))
    for resource, amount in want.limits.items():
        edits[f"limit_{_LIMITS[resource]}"] = None if amount is None else str(amount)
    if want.start_order is not None:
        edits[ORDER] = str(want.start_order)
    edits.update(_config_edits(want))
    disks = [*want.disks, *([seed_disk(have, want)] if want.seed is not None else [])]
    keys = ("name", lambda disk: disk.target, lambda disk, row: _disk_row(have, want, disk, row))
    edits.update(_row_edits(want.name, values, Table("disk", *keys), disks, want.purge_disks))
    keys = ("mac", lambda nic: nic.mac, lambda nic, row: _nic_row(have, want, nic, row))
    edits.update(_row_edits(want.name, values, Table("network", *keys), want.networks, want.purge_networks))
    return {key: values.get(key) if _same(key, values.get(key), value) else value for key, value in edits.items()}


def _plain_edits(values: Values, want: WantGuest) -> t.Iterator[tuple[str, str | None]]:
    plain = want.plain
    for option in plain:
        if option in _SAME_NAME:
            yield option, str(plain[option]) or None
        elif option in _SWITCHES:
            yield option, "yes" if plain[option] else "no"
    if "memory" in plain:
        yield "memory", render_size(plain["memory"])
    if "comports" in plain:
        yield "comports", " ".join(plain["comports"]) or None
    if "grub_commands" in plain:
        yield from _numbered(values, "grub_run", plain["grub_commands"]).items()
    if want.passthru is not None:
        yield from _numbered(values, "passthru", want.passthru).items()


def _refuse(want: WantGuest) -> None:
    given = {
        "tpm": want.tpm,
        "shares": want.shares,
        "firmware": want.plain.get("firmware"),
        "directory": want.directory,
    }
    for option in _NOT:
        if given[option]:
            raise Problem(f"{want.name}: {option} is not for a guest of vm-bhyve")
    for name in want.passthru or ():
        if name.startswith("ppt"):
            raise Problem(f"{want.name}: passthru {name}: vm-bhyve takes places such as 2/0/0")
    slots = {**{disk.id: disk.slot for disk in want.disks}, **{nic.id: nic.slot for nic in want.networks}}
    for ident, slot in slots.items():
        if slot is not None:
            raise Problem(f"{want.name}: {ident}: vm-bhyve chooses the slots itself")


def _numbered(values: Values, stem: str, items: t.Sequence[str]) -> dict[str, str | None]:
    edits: dict[str, str | None] = {key: None for key in values if re.fullmatch(stem + "[0-9]+", key)}
    edits.update({f"{stem}{number}": item for number, item in enumerate(items)})
    return edits


def _config_edits(want: WantGuest) -> t.Iterator[tuple[str, str | None]]:
    for key, value in want.config.items():
        if (
            key in (*_SAME_NAME, *_SWITCHES, "memory", "comports")
            or _INDEXED.fullmatch(key)
            or key.startswith("limit_")
        ):
            raise Problem(f"{want.name}: config: {key} is an option of this module: give that instead")
        if key not in _MORE and not re.fullmatch(r"virt_console[0-9]+", key):
            raise Problem(f"{want.name}: config: vm-bhyve knows no key {key[:60]!r}{nearest(key, _MORE)}")
        if value is not None and re.search(r'[#"]', value):
            raise Problem(f"{want.name}: config: {key}: the file of vm-bhyve cannot hold # or double quotes")
        yield key, value


def rows_of(values: Values, stem: str) -> list[Row]:
    """Disks or interfaces, up to the first gap, as vm-bhyve reads them."""
    rows: list[Row] = []
    needed = "name" if stem == "disk" else "type"
    while values.get(f"{stem}{len(rows)}_{needed}"):
        lead = f"{stem}{len(rows)}_"
        rows.append({key[len(lead) :]: value for key, value in values.items() if key.startswith(lead)})
    return rows


def row_name(row: t.Mapping[str, str], stem: str, number: int) -> str:
    return row.get("id") or f"{stem}{number}"


class Table(t.NamedTuple):
    """Disks or interfaces: by what a device is known that has no name, and how its row is made."""

    stem: str
    key: str
    value: t.Callable[[t.Any], str | None]
    make: t.Callable[[t.Any, Row | None], Row]


def _row_edits(
    guest: str, values: Values, table: Table, wanted: t.Sequence[WantDisk] | t.Sequence[WantNic], purge: bool
) -> dict[str, str | None]:
    """Keys of all rows, without gaps; when one goes the others get names, for their numbers are no longer the same."""
    if not wanted and not purge:
        return {}
    stem = table.stem
    rows: list[Row | None] = [*rows_of(values, stem)]
    names = [row_name(row or {}, stem, number) for number, row in enumerate(rows)]
    places = {one.id: _find(rows, names, table, one) for one in wanted}
    for number, name in enumerate(names):
        claims = [ident for ident, place in places.items() if place == number]
        if len(claims) > 1:
            raise Problem(f"{guest}: {' and '.join(claims)} are both {name} in the file of vm-bhyve: list it once")
    goes = {place for one in wanted for place in [places[one.id]] if place is not None and not one.present}
    if purge:
        goes = {number for number in range(len(rows)) if number not in places.values() or number in goes}
        goes -= {number for number, name in enumerate(names) if name == SEED_DISK}
    for one in wanted:
        place = places[one.id]
        if one.present:
            row = table.make(one, None if place is None else rows[place])
            if place is None:
                rows.append(row)
            else:
                rows[place] = row
    kept = [
        {"id": names[number], **row} if goes and number < len(names) else row
        for number, row in enumerate(rows)
        if row is not None and number not in goes
    ]
    old: dict[str, str | None] = {key: None for key in values if re.fullmatch(stem + "[0-9]+_[a-z_]+", key)}
    return {**old, **{f"{stem}{number}_{key}": row[key] for number, row in enumerate(kept) for key in row}}


def _find(rows: t.Sequence[Row | None], names: t.Sequence[str], table: Table, one: WantDisk | WantNic) -> int | None:
    if one.id in names:
        return names.index(one.id)
    value = table.value(one)
    for number, row in enumerate(rows):
        if (
            value is not None
            and row is not None
            and "id" not in row
            and row.get(table.key, "").lower() == value.lower()
        ):
            return number
    return None


def _disk_row(have: Have, want: WantGuest, disk: WantDisk, row: Row | None) -> Row:
    if row is None and disk.target is None:
        raise Problem(f"{want.name}: disk {disk.id} is new: give its target")
    new = {**({"type": "virtio-blk", "dev": "file"} if row is None else row), "id": disk.id}
    if disk.seed is not None:
        return {**new, "type": "ahci-cd", "dev": "file", "name": "seed.iso", "seed": disk.seed}
    if disk.target is not None:
        new["name"] = _disk_name(have, want, disk, disk.target)
    for key, value in (("type", disk.type), ("dev", disk.dev)):
        if value is not None:
            new[key] = value
    opts = _disk_opts(disk, new)
    new.pop("opts", None)
    return {**new, **({"opts": opts} if opts else {})}


def _disk_name(have: Have, want: WantGuest, disk: WantDisk, target: str) -> str:
    """A volume is right below the dataset of the guest."""
    if disk.dev not in ("zvol", "sparse-zvol"):
        return target
    name = target.rsplit("/", 1)[-1]
    if not have.dataset or target not in (name, f"{have.dataset}/{name}"):
        raise Problem(
            f"{want.name}: disk {disk.id}: vm-bhyve has zvols below the dataset of its guest only: give a name"
        )
    return name


def _disk_opts(disk: WantDisk, row: t.Mapping[str, str]) -> str:
    found = [word for word in row.get("opts", "").split(",") if word]
    if disk.opts is not None:
        found = [word for word in found if word == "ro"]
        found += [key if value == "true" else f"{key}={value}" for key, value in disk.opts]
    if disk.read_only is not None and row["type"] != "ahci-cd":
        found = [word for word in found if word != "ro"] + (["ro"] if disk.read_only else [])
    return ",".join(found)


def _nic_row(have: Have, want: WantGuest, nic: WantNic, row: Row | None) -> Row:
    what = f"{want.name}: network {nic.id}"
    if nic.backend not in (None, "tap") or nic.mtu is not None:
        raise Problem(f"{what}: vm-bhyve takes backend and mtu from its switch")
    new = {"type": "virtio-net", **(row or {}), "id": nic.id}
    for key, value in (("type", nic.type), ("switch", nic.bridge), ("device", nic.device), ("mac", nic.mac)):
        if value is not None:
            new[key] = value
    if not new.get("mac"):
        new["mac"] = made_mac(want.name, nic.id)
    owner = have.others.macs.get(new["mac"].lower())
    if owner is not None:
        raise Problem(f"{what}: the MAC address {new['mac']} is that of the guest {owner} already")
    return {key: value for key, value in new.items() if value}


def _same(key: str, one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return one == other
    if key == "memory" or key.startswith("limit_"):
        unit = "M" if key == "memory" else "B"
        try:
            return parse_size(one, unit) == parse_size(other, unit)
        except Problem:
            return False
    if key in _SWITCHES:  # anything but these few words is on, util::checkyesno
        off = ("", "no", "off", "false", "0")
        return (one.lower() in off) == (other.lower() in off)
    return False


def vm_disk_path(folder: str, dataset: str, row: t.Mapping[str, str]) -> str:
    """Where vm-bhyve looks for a disk."""
    if row.get("dev", "file") in ("zvol", "sparse-zvol"):
        return f"/dev/zvol/{dataset}/{row['name']}"
    return row["name"] if row.get("dev") in ("custom", "iscsi") else f"{folder}/{row['name']}"
