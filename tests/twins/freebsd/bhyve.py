# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bhyve(8): reads its configuration, complains of it as recorded, and runs a guest that does what its ROM is called.

A ROM called off, reset or idle does what those of the recording did; any other is a system that obeys the power button.
"""

from __future__ import annotations

import os
import re
import stat
import typing as t
from pathlib import Path

from . import netlist, vmm
from .world import Fail, World

SWITCHES = {
    "A": ("acpi_tables", "true"),
    "D": ("destroy_on_poweroff", "true"),
    "H": ("x86.vmexit_on_hlt", "true"),
    "P": ("x86.vmexit_on_pause", "true"),
    "S": ("memory.wired", "true"),
    "u": ("rtc.use_localtime", "false"),
    "w": ("x86.strictmsr", "false"),
}
DEFAULTS = {
    "acpi_tables": "true",
    "acpi_tables_in_memory": "true",
    "memory.size": "256M",
    "x86.strictmsr": "true",
    "x86.verbosemsr": "false",
    "lpc.fwcfg": "bhyve",
}
DEVICES = {
    *("hostbridge", "lpc", "virtio-blk", "virtio-net", "virtio-9p", "virtio-rnd", "virtio-console", "ahci", "ahci-hd"),
    *("ahci-cd", "nvme", "e1000", "fbuf", "xhci", "passthru", "hda", "uart", "virtio-scsi", "virtio-input"),
}
FIRST = {"virtio-blk": "path", "nvme": "path", "virtio-net": "backend", "e1000": "backend"}
Tree = t.Dict[str, t.Any]


def main(world: World, words: list[str]) -> int:
    tree: Tree = {}
    for key, value in DEFAULTS.items():
        put(tree, key, value)
    name = read_words(world, tree, list(words))
    if name is None:
        raise Fail("Usage: bhyve ...")
    put(tree, "name", name)
    if get(tree, "config.dump") in ("1", "true", "yes", "on"):
        print("\n".join(dump(tree)))
        return 1
    return run(world, tree, name)


def read_words(world: World, tree: Tree, words: list[str]) -> str | None:
    while words and words[0].startswith("-"):
        word = words.pop(0)
        for place, flag in enumerate(word[1:], 1):
            if flag in SWITCHES:
                put(tree, *SWITCHES[flag])
                continue
            if flag not in OPTIONS:
                raise Fail(f"bhyve: illegal option -- {flag}")
            OPTIONS[flag](world, tree, word[place + 1 :] or (words.pop(0) if words else ""))
            break
    return words[0] if words else get(tree, "name")


def put(tree: Tree, key: str, value: str) -> None:
    *nodes, last = key.split(".")
    for number, node in enumerate(nodes):
        tree = tree.setdefault(node, {})
        if not isinstance(tree, dict):
            above = ".".join(nodes[: number + 1])
            said = f"bhyve: Configuration node {'.'.join(nodes)} is a child of existing variable {above}"
            raise Fail(f"{said}\nbhyve: Failed to create configuration node {'.'.join(nodes)}", 4)
    if isinstance(tree.get(last), dict):
        raise Fail(f"bhyve: Attempting to add value {value} to existing node {key}", 4)
    tree[last] = value


def get(tree: Tree, key: str) -> str | None:
    found: t.Any = tree
    for node in key.split("."):
        found = found.get(node) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def dump(tree: Tree, lead: str = "") -> t.Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from dump(value, f"{lead}{key}.")
        else:
            yield f"{lead}{key}={value}"


def read_file(world: World, tree: Tree, path: str) -> None:
    """As parse_simple_config_file of bhyverun.c."""
    place = find(world, path)
    if place is None:
        raise Fail(f"bhyve: Failed to open configuration file {path}: {vmm.NO_DEVICE}", 4)
    for number, line in enumerate(place.read_text(encoding="utf-8").split("\n"), 1):
        if line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            if not equals or not value:
                raise Fail(f"bhyve: {path} line {number}: invalid config option '{line}'", 4)
            put(tree, key, value)


def find(world: World, path: str) -> Path | None:
    return next((place for place in (world.file(path), Path(path)) if place.exists()), None)


def read_option(_world: World, tree: Tree, text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals or not value:
        raise Fail(f"bhyve: invalid configuration option '{text}'", 64)
    put(tree, key, value)


def read_cpus(_world: World, tree: Tree, text: str) -> None:
    for word in text.split(","):
        key, equals, value = word.partition("=")
        put(tree, key if equals else "cpus", value if equals else key)


def read_lpc(_world: World, tree: Tree, text: str) -> None:
    device, _comma, value = text.partition(",")
    if device == "bootrom":
        put(tree, "bootrom", value)
    elif re.fullmatch(r"com[1-4]", device):
        put(tree, f"lpc.{device}.path", value)
    else:
        raise Fail(f"bhyve: invalid lpc device configuration '{text}'", 64)


def read_slot(_world: World, tree: Tree, text: str) -> None:
    found = re.fullmatch(r"(\d+)(?::(\d+))?,([^,]+)(?:,(.*))?", text)
    if found is None or int(found.group(1)) > 31:
        raise Fail(f'Invalid PCI slot info field "{text}"', 4)
    slot, function, device, more = found.groups()
    lead = f"pci.0.{slot}.{function or 0}"
    if device not in DEVICES:
        raise Fail(f'pci slot 0:{slot}:{function or 0}: unknown device "{device}"', 4)
    put(tree, f"{lead}.device", device)
    for number, word in enumerate((more or "").split(",") if more else ()):
        key, equals, value = word.partition("=")
        if device == "virtio-9p":
            put(tree, f"{lead}.sharename", key)
            put(tree, f"{lead}.path", value)
        elif device == "xhci":
            put(tree, f"{lead}.slot.1.device", word)
        elif number == 0 and device in FIRST and not equals:
            put(tree, f"{lead}.{FIRST[device]}", word)
        else:
            put(tree, f"{lead}.{key}", value if equals else "true")


OPTIONS: t.Mapping[str, t.Callable[[World, Tree, str], None]] = {
    "c": read_cpus,
    "k": read_file,
    "l": read_lpc,
    "m": lambda _world, tree, text: put(tree, "memory.size", text),
    "o": read_option,
    "s": read_slot,
    "U": lambda _world, tree, text: put(tree, "uuid", text),
}


def run(world: World, tree: Tree, name: str) -> int:
    check_sizes(tree)
    rom = get(tree, "bootrom") or get(tree, "lpc.bootrom")
    vm = make_vm(world, name, rom)
    devices = [device for slots in tree.get("pci", {}).get("0", {}).values() for device in slots.values()]
    pid = vmm.pid_of(world)
    try:
        if int(get(tree, "cpus") or 1) > world.data.get("most_cpus", 16):  # hw.vmm.maxcpu
            raise Fail("bhyve: vm_set_topology", 71)
        for device in devices:
            check_device(world, device, pid)
    except Fail:
        vm["left"] = False
        raise
    vm["pid"] = pid
    kind = Path(rom or "loaded").stem
    if kind in ("off", "reset", "idle") and get(tree, "lpc.com1.path") == "stdio":
        print(kind, flush=True)
    if kind in ("off", "reset"):
        code = vmm.EXITS["poweroff" if kind == "off" else "reset"]
        vmm.leave(world, name)
    elif pid < 0:  # a replay: it goes on without us
        return 0
    else:
        code = vmm.run_guest(world, name, acpi=kind != "idle")
    vmm.vms_of(world).get(name, {})["left"] = False
    if code == 1 and get(tree, "destroy_on_poweroff") == "true":
        del vmm.vms_of(world)[name]
    return code


def make_vm(world: World, name: str, rom: str | None) -> vmm.Vm:
    there = vmm.vms_of(world).get(name)
    if rom is None and not (there or {}).get("loaded"):
        raise Fail("bhyve: no bootrom was configured", 4)
    if not vmm.is_usable(world):
        raise Fail(f"bhyve: vm_openf: {vmm.NO_DEVICE}", 4)
    if there is not None and (vmm.alive(there) or there.get("left")):
        raise Fail("bhyve: vm_openf: Device busy", 4)
    vm = vmm.vms_of(world).setdefault(name, {})
    vm.update(pid=0, left=True, loaded=False, suspended=False)  # left until it has ended by itself
    return vm


def check_sizes(tree: Tree) -> None:
    numbers = {}
    for key in ("cpus", "sockets", "cores", "threads"):
        value = get(tree, key)
        if value is not None and not re.fullmatch(r"[1-9]\d*", value):
            raise Fail(f"bhyve: Invalid value for {key}: '{value}'", 4)
        numbers[key] = int(value) if value is not None else None
    cpus, cores, threads = numbers["cpus"] or 1, numbers["cores"] or 1, numbers["threads"] or 1
    sockets = numbers["sockets"] or cpus
    if numbers["cpus"] and sockets * cores * threads != cpus:  # calc_topology of bhyverun.c
        raise Fail(
            f"bhyve: Topology ({sockets} sockets, {cores} cores, {threads} threads) does not match {cpus} vCPUs", 4
        )
    memory = get(tree, "memory.size") or ""
    if not re.fullmatch(r"\d+[KMGTkmgt]?", memory):
        raise Fail(f"bhyve: invalid memsize '{memory}'", 64)


def check_device(world: World, device: Tree, pid: int) -> None:
    kind = device.get("device")
    if kind in ("virtio-blk", "nvme", "ahci"):
        check_disk(world, device if kind != "ahci" else device.get("port", {}).get("0", {}))
    if kind == "virtio-console":
        check_consoles(world, device.get("port", {}))
    if kind in ("virtio-net", "e1000"):
        check_backend(world, device.get("backend"), pid)


def check_consoles(world: World, ports: Tree) -> None:
    """Makes their sockets, in folders that are there; it never removes one (15.1)."""
    for port, keys in ports.items():
        place = world.file(keys["path"])
        place = place if place.parent.is_dir() else Path(keys["path"])
        said = vmm.NO_DEVICE if not place.parent.is_dir() else "Address already in use" if place.exists() else ""
        if said:
            raise Fail(f"cannot create port {port}: {said}\nDevice emulation initialization error: {said}", 4)
        os.mknod(place, stat.S_IFSOCK | 0o600)


def check_disk(world: World, device: Tree) -> None:
    path = device.get("path")
    tail = [f"Could not open backing file: {vmm.NO_DEVICE}", f"Device emulation initialization error: {vmm.NO_DEVICE}"]
    if path is None:
        raise Fail("\n".join(['Missing "path" for block device.', *tail]), 4)
    if find(world, path) is None:
        raise Fail("\n".join([f"bhyve: Could not open backing file: {path}: {vmm.NO_DEVICE}", *tail]), 4)


def check_backend(world: World, backend: str | None, pid: int) -> None:
    if backend is None:
        said = "Assertion failed: (be != NULL), function netbe_get_cap, file /usr/src/usr.sbin/bhyve/net_backends.c,"
        raise Fail(f"{said} line 409.", -6)
    if backend.startswith(("vale", "netgraph")):
        return
    if not re.fullmatch(r"(tap|vmnet)\d+", backend):
        raise Fail(f"Device emulation initialization error: {vmm.NO_DEVICE}", 4)
    item = netlist.find(world, "", backend) or netlist.add(world, "", "tap", int(re.sub(r"\D", "", backend)))
    if item.get("opened"):
        busy = f"open of tap device /dev/{backend} failed\nDevice emulation initialization error: Device busy"
        raise Fail(busy, 4)
    item.update(opened=pid, up=True)
