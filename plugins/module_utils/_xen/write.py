# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration file that a declaration asks for, made of the one that is there. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import Disk, parse_disk, render_disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import read_mark, write_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import Nic, make_mac, parse_nic, render_nic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import list_specs
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import Document, parse


def write_text(have: Have, want: WantDomu) -> str:
    """The whole file; only what the declaration names differs from the file that is there."""
    old = have.text if have.text is not None or have.former is None else have.former.text
    document = parse(old or "", have.path if have.text is not None or have.former is None else have.former.path)
    if old is None:
        document = _start_document(document, have, want)
    elif have.text is None and document.get("uuid") is None:  # renamed: the UUID tells that both files are one guest
        document = document.set("uuid", have.runtime.uuid if have.runtime else want.fresh_uuid)
    document = document.set("name", want.name)
    for key, value in (*want.keys, *want.extra_keys):
        document = document.remove(key) if value is None else document.set(key, value)
        if key == "type":
            document = document.remove("builder")
        elif key in ("root", "extra"):
            document = document.remove("cmdline")  # xl takes it instead of root and extra
    document = _set_list(document, "disk", merge_disks(list_specs(document, "disk"), want))
    document = _set_list(document, "vif", merge_networks(list_specs(document, "vif"), want))
    return _mark(document.text, have, want, old)


def _start_document(document: Document, have: Have, want: WantDomu) -> Document:
    named = dict(want.keys)
    document = document.set("name", want.name).set("type", "pvh")
    if "uuid" not in named:
        document = document.set("uuid", have.runtime.uuid if have.runtime else want.fresh_uuid)
    return document


def _set_list(document: Document, key: str, specs: tuple[str, ...]) -> Document:
    if specs == list_specs(document, key):
        return document
    return document.set(key, specs) if specs else document.remove(key)


def merge_disks(specs: tuple[str, ...], want: WantDomu) -> tuple[str, ...]:
    """The specifications with the declared disks laid over them; an unchanged one keeps its spelling."""
    wanted = {disk.vdev: disk for disk in want.disks or ()}
    merged, seen = [], set()
    for spec in specs:
        old = parse_disk(spec)
        seen.add(old.vdev)
        over = wanted.get(old.vdev)
        if over is None and not (want.purge_disks and want.disks is not None):
            merged.append(spec)
        elif over is not None and over.present:
            new = over.onto(old)
            merged.append(spec if new == old else render_disk(new))
    for over in wanted.values():
        if over.vdev not in seen and over.present:
            merged.append(render_disk(_check_new(over.onto(None), want)))
    return tuple(merged)


def _check_new(disk: Disk, want: WantDomu) -> Disk:
    if not disk.target and disk.format != "empty":
        raise Problem(f"{want.name}: the new disk {disk.vdev} needs a target (or format=empty for an empty drive)")
    return disk


def merge_networks(specs: tuple[str, ...], want: WantDomu) -> tuple[str, ...]:
    """The same for interfaces, matched by MAC; a declared one without a MAC is the one at its place in the list."""
    if want.nics is None:
        return specs
    old = [parse_nic(spec) for spec in specs]
    macs = place_macs(old, want)
    merged = []
    taken = set()
    for index, (spec, nic) in enumerate(zip(specs, old)):
        mac = nic.mac or next((mac for mac, place in macs.items() if place[1] == index), None)
        if mac is None or mac not in macs:
            merged += [] if want.purge_networks else [spec]
            continue
        taken.add(mac)
        over = want.nics[macs[mac][0]]
        if over.present:
            new = over.onto(parse_nic(f"mac={mac},{spec}") if nic.mac is None else nic)
            merged.append(spec if new == nic else render_nic(new))
    for mac, (number, _index) in macs.items():
        if mac not in taken and want.nics[number].present:
            merged.append(render_nic(want.nics[number].onto(Nic(mac=mac))))
    return tuple(merged)


def place_macs(old: t.Sequence[Nic], want: WantDomu) -> dict[str, tuple[int, int | None]]:
    """The MAC of every declared interface: its number in the declaration, and its place in the file."""
    wanted = want.nics or ()
    explicit = {nic.mac for nic in wanted if nic.mac}
    placed: dict[str, tuple[int, int | None]] = {}
    for number, over in enumerate(wanted):
        at = next((index for index, nic in enumerate(old) if over.mac and nic.mac == over.mac), None)
        mac = over.mac
        if mac is None and number < len(old) and old[number].mac not in explicit:
            at, mac = number, old[number].mac
        mac = mac or make_mac(want.name, number)
        if mac in placed:
            raise Problem(f"{want.name}: two networks would get the MAC {mac}: name the mac of each")
        placed[mac] = (number, at)
    return placed


def _mark(text: str, have: Have, want: WantDomu, old: str | None) -> str:
    """The text with description, tags and host, and with the keys that wait for a restart."""
    before = read_mark(old, have.path)
    named = {"description": want.description, "tags": want.tags, "host": want.host}
    mark = {**before, **{key: value for key, value in named.items() if value is not None}}
    mark = {key: value for key, value in mark.items() if value not in ("", [], {})}
    waiting = list_waiting(have, want, old)
    if waiting and have.runtime is not None:
        mark["waiting"] = {"since": have.runtime.token, "keys": waiting}
    if mark == before and (old is not None or mark):
        return text
    return text if old is not None and not mark and not before else write_mark(text, mark)


def list_waiting(have: Have, want: WantDomu, old: str | None) -> list[str]:
    """Keys that were changed in the file after the running guest was started, and that nothing at run time shows."""
    if have.runtime is None:
        return []
    known = read_mark(old, have.path).get("waiting", {})
    waiting = set(known.get("keys", ())) if known.get("since") == have.runtime.token else set()
    document = parse(old or "", have.path)
    hidden = [*want.extra_keys, *((key, value) for key, value in want.keys if key in HIDDEN)]
    waiting |= {key for key, value in hidden if old is not None and document.get(key) != value}
    return sorted(waiting)


# Keys of options that `xl list -l` does not show in the words of xl.cfg
HIDDEN = ("firmware",)
