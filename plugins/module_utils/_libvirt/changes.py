# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a guest that runs and its definition, and what brings each difference about. Private; pure."""

from __future__ import annotations

import copy
import dataclasses
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Action, Call, Change, Run, Step
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import virsh
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.definition import (
    MAX_MEMORY,
    MAX_VCPUS,
    MEMORY,
    VCPUS,
    purged,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import (
    DEVICES,
    Device,
    find_device,
    lay_device,
    show_device,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import (
    MARK,
    Leaf,
    at,
    drop,
    find,
    lay,
    make,
    parse,
    read,
    read_at,
    read_running,
    render,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain

_FULL = ("disk", "interface", "hostdev", "channel", "rng", "watchdog")
# Kinds of devices that come and go while a guest of a type runs, and what else can change then
_PLUGGED: t.Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("qemu", "kvm"), _FULL),
    **dict.fromkeys(("lxc", "xen"), ("disk", "interface", "hostdev")),
}
_SCALED: t.Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("qemu", "kvm", "xen", "test"), ("memory", "vcpus")),
    "lxc": ("memory",),
}
_BUSES = ("virtio", "scsi", "usb", "xen", "")
_MEDIA = frozenset(("type", "target", "source", "pool", "volume"))
_LINKED = frozenset(
    ("type", "network", "portgroup", "bridge", "virtualport", "vlans", "trunk", "native_mode", "link_state")
)


@dataclasses.dataclass(frozen=True)
class Difference:
    """``action`` is what brings it about while the guest runs, None when only a restart does."""

    change: Change
    action: Action | None
    summary: str
    leaf: Leaf | None = None
    device: Device | None = None


def compare(want: WantDomain, have: Have, text: str, running: str) -> list[Difference]:
    """Declared fields of a running guest that are not as its definition says. ``want`` is settled."""
    kept, live = parse(text), parse(running)
    leaves = [leaf for leaf in want.leaves if not (have.text and is_idle(leaf, live, parse(have.text)))]
    found = [*_compare_leaves(want, leaves, kept, live), *_compare_devices(want, kept, live)]
    return sorted(found, key=_order)


def is_idle(leaf: Leaf, live: ET.Element, kept: ET.Element) -> bool:
    """A guest has all its memory until its own driver gives some back, at its start or never: no work of ours.

    Memory beyond what it can have waits with the bound that was raised for it.
    """
    if leaf.field != "memory" or read(live, MEMORY) != read(live, MAX_MEMORY):
        return False
    return read(kept, leaf) == leaf.value or int(str(leaf.value)) > int(str(read(live, MAX_MEMORY) or 0))


def _order(difference: Difference) -> int:
    """What goes makes room for what comes."""
    device = difference.device
    return 0 if device is None else 1 if not device.present else 2


def bounds(want: WantDomain) -> list[Leaf]:
    """The bounds that a declared size may have taken along."""
    named = {leaf.field for leaf in want.leaves}
    pairs = ((MEMORY, MAX_MEMORY), (VCPUS, MAX_VCPUS))
    return [most for now, most in pairs if now.field in named and most.field not in named]


def _compare_leaves(
    want: WantDomain, leaves: t.Sequence[Leaf], kept: ET.Element, live: ET.Element
) -> t.Iterator[Difference]:
    for bound in bounds(want):
        leaf = dataclasses.replace(bound, value=read(kept, bound))
        if int(str(read(live, bound) or 0)) < int(str(leaf.value or 0)):
            yield _differ(want, leaf, kept, live)
    for leaf in leaves:
        if leaf.field != "uuid" and read_running(live, leaf, kept) != leaf.value:
            yield _differ(want, leaf, kept, live)


def _differ(want: WantDomain, leaf: Leaf, kept: ET.Element, live: ET.Element) -> Difference:
    change = Change(leaf.name, _plain(read_running(live, leaf, kept)), _plain(leaf.value))
    action = _leaf_action(want, leaf, live)
    return Difference(change, action, f"set {leaf.name} of the running guest", leaf=leaf)


def _plain(value: t.Any) -> t.Any:
    return list(value) if isinstance(value, tuple) else value


def _leaf_action(want: WantDomain, leaf: Leaf, live: ET.Element) -> Action | None:
    scaled = _SCALED.get(live.get("type", ""), ())
    if leaf.field == "memory" and "memory" in scaled:
        if int(str(leaf.value)) <= int(str(read(live, MAX_MEMORY) or 0)):
            return Call("domain", "set_memory", (want.uri, want.name, int(str(leaf.value)), want.timeout))
    elif leaf.field == "vcpus" and "vcpus" in scaled:
        if _fewest(live) <= int(str(leaf.value)) <= int(str(read(live, MAX_VCPUS) or 0)):
            return Run(virsh(want.uri, "setvcpus", want.name, str(leaf.value), "--live"))
    elif leaf.field in ("title", "description"):
        words = ("--title",) if leaf.field == "title" else ()
        return Run(virsh(want.uri, "desc", want.name, "--live", *words, "--new-desc", str(leaf.value or "")))
    elif leaf.field == "tags":
        return Run(virsh(want.uri, "metadata", want.name, MARK, "--live", *_mark_words(leaf, live)))
    return None


def _fewest(live: ET.Element) -> int:
    """QEMU takes no processor away that the guest was started with."""
    if live.get("type") not in ("qemu", "kvm"):
        return 1
    each = live.findall("vcpus/vcpu")
    fixed = [one for one in each if one.get("enabled") == "yes" and one.get("hotpluggable") == "no"]
    return len(fixed) if each else int(str(read(live, VCPUS) or 1))


def _mark_words(leaf: Leaf, live: ET.Element) -> tuple[str, ...]:
    """The note of what was asked for when the guest was started stays."""
    live = copy.deepcopy(live)
    lay(live, [leaf])
    mark = find(live, leaf.at.tags[:2])
    if mark is None:
        return ("--remove",)
    plain = ET.Element("domain", mark.attrib)
    for child in mark:
        ET.SubElement(plain, "tag").text = child.text
    return ("--key", "hostwright", "--set", render(plain))


def _compare_devices(want: WantDomain, kept: ET.Element, live: ET.Element) -> t.Iterator[Difference]:
    slots = _free_slots(live)
    for device in [*want.devices, *purged(live, want)]:
        before, after = show_device(live, device), show_device(kept, device)
        if before == after:
            continue
        action = _device_action(want, device, kept, live)
        summary = f"change {device.name} of the running guest"
        if before is None:
            summary = f"give {device.name} to the running guest"
            if action is not None and _takes_slot(find_device(kept, device.kind, device.key)):
                slots -= 1
                action = action if slots >= 0 else None
        elif not device.present:
            summary = f"take {device.name} from the running guest"
        yield Difference(Change(device.name, before, after), action, summary, device=device)


def _free_slots(live: ET.Element) -> int:
    """How many devices of PCI Express can still come: a machine has as many ports as it was started with."""
    devices = live.find("devices")
    if devices is None or devices.find("controller[@model='pcie-root']") is None:
        return len(live.findall(".//*")) + 1  # another kind of machine, which has enough
    ports = {one.get("index") for one in devices.findall("controller[@model='pcie-root-port']")}
    used = {str(int(one.get("bus", "0"), 0)) for one in devices.findall("*/address[@type='pci']")}
    return len(ports - used)


def _takes_slot(element: ET.Element | None) -> bool:
    if element is None or element.tag == "channel":
        return False
    if element.tag == "hostdev":
        return element.get("type") == "pci"
    return element.tag != "disk" or read_at(element, at("target@bus")) == "virtio"


def _device_action(want: WantDomain, device: Device, kept: ET.Element, live: ET.Element) -> Action | None:
    old, new = (find_device(root, device.kind, device.key) for root in (live, kept))
    kind = live.get("type", "")
    if old is not None and new is not None:
        return _update(want, device, old) if kind in _PLUGGED else None
    if device.kind not in _PLUGGED.get(kind, ()) or not _is_plugged(old if new is None else new, live):
        return None
    if new is None:
        return Call("domain", "detach", (want.uri, want.name, device.kind, device.key, want.timeout))
    return Run(
        virsh(want.uri, "attach-device", want.name, "/dev/stdin", "--live"),
        stdin=_unplaced(new),
        hint="the definition has it already, so the guest gets it at its next start",
    )


def _is_plugged(element: ET.Element | None, live: ET.Element) -> bool:
    """Whether its bus can take it while the guest runs; libvirt brings no controller for a channel along."""
    if element is not None and element.tag == "channel":
        return live.find("devices/controller[@type='virtio-serial']") is not None
    if element is None or element.tag != "disk":
        return True
    return element.get("device", "disk") in ("disk", "lun") and (read_at(element, at("target@bus")) or "") in _BUSES


def _unplaced(element: ET.Element) -> str:
    """Without the place that it has in the definition, where another device of the running guest may be."""
    element = copy.deepcopy(element)
    drop(element, at("address").tags)
    return render(element)


def _update(want: WantDomain, device: Device, old: ET.Element) -> Run | None:
    changed = {leaf.name for leaf in device.leaves if read(old, leaf) != leaf.value}
    drive = device.kind == "disk" and old.get("device") in ("cdrom", "floppy")
    able: t.AbstractSet[str] = frozenset()
    if drive:
        able = _MEDIA
    elif device.kind == "interface":
        able = _LINKED
    elif device.kind == "graphics":
        able = frozenset(("password",))
    if not changed <= able:
        return None
    new = copy.deepcopy(old)
    lay(new, device.leaves)
    return Run(virsh(want.uri, "update-device", want.name, "/dev/stdin", "--live"), stdin=render(new))


def live_steps(differences: t.Sequence[Difference]) -> list[Step]:
    return [Step(one.action, one.summary, changes=(one.change,)) for one in differences if one.action is not None]


def apply_live(want: WantDomain, text: str, running: str, differences: t.Sequence[Difference]) -> str:
    """The running guest after what can be done while it runs."""
    kept, live = parse(text), parse(running)
    for one in differences:
        if one.action is None:
            continue
        if one.leaf is not None:
            lay(live, [one.leaf])
        elif one.device is not None:
            new = find_device(kept, one.device.kind, one.device.key)
            if new is not None and find_device(live, one.device.kind, one.device.key) is None:
                make(live, DEVICES).append(copy.deepcopy(new))
            else:
                lay_device(live, one.device)
    return render(live)
