# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading guests: their files, processes, disks and rc.conf, in a number of commands that does not grow with them."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import BASE, VM_BHYVE, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.datastores import Datastore, find_datastores
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Boot, Have, Others, Runtime, Volume
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import CONFIGS, STATE, VMM
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.pci import Bus
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.processes import (
    PROCESSES,
    Processes,
    parse_processes,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.service import SCRIPTS
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.storage import paths_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.vm_bhyve import ORDER, rows_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.observe import read_counting, read_rules
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule

_VARIABLES = ("hostwright_bhyve_enable", "hostwright_bhyve_list", "vm_enable", "vm_list", "vm_dir", "vm_delay")
RC_CONF = ("sysrc", "-i", "-e", *_VARIABLES)
HELPERS = ("makefs", "bhyveload", "grub-bhyve", "vm")
_ON = ("yes", "true", "on", "1")


class Seen(t.NamedTuple):
    """What all guests of a host have in common: ``base`` has their files by name, ``vm_bhyve`` paths and files."""

    processes: Processes
    rc: t.Mapping[str, str]
    stores: tuple[Datastore, ...]
    base: t.Mapping[str, str]
    vm_bhyve: t.Mapping[str, tuple[str, str]]
    wrong_scripts: tuple[str, ...]


def observe(host: Host, wants: t.Sequence[WantGuest]) -> dict[str, Have]:
    seen = look(host)
    found = {want.name: read_have(host, seen, want) for want in wants}
    zvols = read_zvols(host, [path for want in wants for path in paths_of(found[want.name], want)])
    rules, counting = _read_limits(host, any(want.limits for want in wants))
    ppt = _read_ppt(host) if any(want.passthru for want in wants) else {}
    return {
        want.name: dataclasses.replace(
            _with_limits(found[want.name], rules),
            counting=counting,
            ppt=ppt,
            volumes={**read_volumes(host, paths_of(found[want.name], want)), **zvols},
        )
        for want in wants
    }


def look(host: Host) -> Seen:
    if not host.has("bhyve"):
        raise Problem("bhyve is not on this host: it is a part of FreeBSD, on amd64 and arm64")
    rc = _read_rc(host)
    stores = find_datastores(host, rc.get("vm_dir", ""))
    base = {}
    for entry in host.entries(CONFIGS):
        text = host.read(f"{CONFIGS}/{entry}") if entry.endswith(".conf") else None
        if text is not None:
            base[entry[: -len(".conf")]] = text
    wrong = tuple(path for path, text in SCRIPTS.items() if host.read(path) != text or host.mode(path) != 0o755)
    paths = {name: store.config_file(name) for store in reversed(stores) for name in store.guests(host)}
    vm_bhyve = {name: (path, host.read(path) or "") for name, path in paths.items()}
    processes = parse_processes(host.query(PROCESSES, ok=(0, 1)).out)
    return Seen(processes, rc, stores, base, vm_bhyve, wrong)


def _read_rc(host: Host) -> dict[str, str]:
    """Variables that are not set are an error of sysrc, and the others are printed (15.1)."""
    text = host.query(RC_CONF, ok=(0, 1)).out
    return dict(re.findall(r'^(\w+)="([^"\n]*)"$', text, re.MULTILINE))


def read_have(host: Host, seen: Seen, want: WantGuest) -> Have:
    """Without what depends on the disks and on limits."""
    name = want.name
    engine = want.engine
    if engine == "auto":
        engine = "vm-bhyve" if name in seen.vm_bhyve and name not in seen.base else "base"
    if engine == "vm-bhyve" and not seen.stores:
        raise Problem(f"{name}: vm-bhyve is not set up on this host: rc.conf has no vm_dir")
    store = next((one for one in seen.stores if engine == "vm-bhyve" and name in one.guests(host)), None)
    path, text = (want.base_file, seen.base.get(name)) if engine == "base" else seen.vm_bhyve.get(name, ("", None))
    have = Have(
        name,
        engine,
        text=text,
        mode=(host.mode(path) if path else None) or 0o600,
        folder=(store.folder(name) if store else "") if engine == "vm-bhyve" else want.base_folder,
        dataset=store.dataset_of(name) if store else "",
        config_file=path,
        spare=engine == "base" and host.exists(path + ".new"),
        ended=_read_reason(host, name) if engine == "base" else None,
        others=_find_others(seen, name),
        boot=_read_boot(seen.rc, engine),
        wrong_scripts=seen.wrong_scripts if engine == "base" else (),
        missing=tuple(tool for tool in HELPERS if not host.has(tool)),
    )
    runtime = _read_runtime(host, seen.processes, have)
    return dataclasses.replace(have, runtime=runtime, left=engine == "base" and _is_left(host, have, runtime))


def _is_left(host: Host, have: Have, runtime: Runtime | None) -> bool:
    """A VM in the kernel that has no file of ours may be that of somebody who is about to start it."""
    ours = host.exists(f"{STATE}/{have.name}.conf") or (have.text is not None and host.exists(f"{VMM}/{have.name}"))
    return runtime is None and ours


def _read_runtime(host: Host, processes: Processes, have: Have) -> Runtime | None:
    name = have.name
    if name not in processes.names:
        return None
    pid = processes.running.get(name, 0)
    began = f"{STATE}/{name}.pid" if have.engine == "base" else f"{have.folder}/run.lock"
    seen = host.ask("bhyve", "survey", [began])
    started = float(seen[began][2]) if began in seen else 0.0
    if have.engine == "base":
        return Runtime(pid, host.read(f"{STATE}/{name}.conf"), started)
    keeper = (*processes.keepers.get(name, ()), pid)[0]  # bhyve is another one after each reset
    number, _newline, text = (host.read(record_of(name)) or "").partition("\n")
    recorded = number == str(keeper)
    return Runtime(pid, text if recorded else have.text, started, recorded, keeper)


def record_of(name: str) -> str:
    """What a guest of vm-bhyve was started with, below the number of its keeper; made before its file changes."""
    return f"{STATE}/vm-bhyve-{name}"


def _read_reason(host: Host, name: str) -> tuple[int, str] | None:
    code, _blank, reason = (host.read(f"{STATE}/{name}.reason") or "").strip().partition(" ")
    return (int(code), reason) if code.isdigit() else None


def _read_boot(rc: t.Mapping[str, str], engine: str) -> Boot:
    stem = "hostwright_bhyve" if engine == "base" else "vm"
    enabled = rc.get(f"{stem}_enable", "").lower() in _ON
    return Boot(enabled, tuple(rc.get(f"{stem}_list", "").split()), rc.get("vm_delay", "") if stem == "vm" else "")


def _find_others(seen: Seen, name: str) -> Others:
    macs: dict[str, str] = {}
    taps: dict[str, str] = {}
    disks: dict[str, str] = {}
    ports: set[int] = set()
    orders: dict[str, int] = {}
    for other, text in seen.base.items():
        values = values_of(text, BASE)
        if other == name:
            continue
        bus = Bus(values, {})
        for device in bus.of("networks"):
            macs[device.props.get("mac", "").lower()] = other
            taps[device.props.get("backend", "")] = other
        disks.update({disk.path: other for disk in bus.disks() if disk.writes})
        for device in bus.of("graphics"):
            port = (device.props.get("rfb") or device.props.get("tcp") or "").rpartition(":")[2]
            ports.update([int(port)] if port.isdigit() else [])
        _note_order(orders, other, values.get("hostwright.start_order", ""))
    for other, (_path, text) in seen.vm_bhyve.items():
        if other == name:
            continue
        values = values_of(text, VM_BHYVE)
        for row in rows_of(values, "network"):
            macs[row.get("mac", "").lower()] = other
            taps[row.get("device", "")] = other
        ports.update([int(values["graphics_port"])] if values.get("graphics_port", "").isdigit() else [])
        _note_order(orders, other, values.get(ORDER, ""))
    return Others(_named(macs), _named(taps), _named(disks), frozenset(ports), orders)


def _named(owners: t.Mapping[str, str]) -> dict[str, str]:
    return {thing: owner for thing, owner in owners.items() if thing}


def _note_order(orders: dict[str, int], name: str, said: str) -> None:
    if said.isdigit():
        orders[name] = int(said)


def read_volumes(host: Host, paths: t.Sequence[str]) -> dict[str, Volume]:
    seen = host.ask("bhyve", "survey", list(paths))
    return {path: Volume(kind, size) for path, (kind, size, _changed) in seen.items()}


def read_zvols(host: Host, paths: t.Sequence[str]) -> dict[str, Volume]:
    """Sizes of all volumes: a device file does not tell its own."""
    if not any(path.startswith("/dev/zvol/") for path in paths):
        return {}
    if not host.has("zfs"):
        raise Problem("a disk is a zvol, but zfs is not on this host")
    rows = [
        line.split("\t")
        for line in host.query(("zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize")).out.splitlines()
    ]
    return {f"/dev/zvol/{row[0]}": Volume("zvol", int(row[1])) for row in rows if len(row) == 2 and row[1].isdigit()}


def _read_limits(host: Host, asked: bool) -> tuple[tuple[Rule, ...], bool]:
    if not asked:
        return (), True
    counting = read_counting(host)
    return read_rules(host) if counting else (), counting


def _with_limits(have: Have, rules: tuple[Rule, ...]) -> Have:
    pid = str(have.runtime.pid) if have.runtime else ""
    mine = tuple(rule for rule in rules if rule.subject.kind == "process" and rule.subject.id == pid)
    return dataclasses.replace(have, rules=mine)


def _read_ppt(host: Host) -> dict[str, str]:
    """Devices that ppt(4) has: `ppt0@pci0:2:0:0: ...`; both of their names lead to the place."""
    found = re.findall(
        r"^(ppt[0-9]+)@pci0:([0-9]+):([0-9]+):([0-9]+):", host.query(("pciconf", "-l")).out, re.MULTILINE
    )
    return {key: "/".join(place) for name, *place in found for key in (name, "/".join(place))}
