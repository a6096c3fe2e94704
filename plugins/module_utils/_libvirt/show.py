# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest as the user sees it: in the diff, and in what the module returns. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.changes import bounds
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.definition import (
    MAX_MEMORY,
    MAX_VCPUS,
    MEMORY,
    VCPUS,
    purged,
    settle,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import (
    key_of,
    list_devices,
    show_device,
    show_leaf,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.observe import source_of
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.storage import stored
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import Leaf, at, parse, read, read_at
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_leaves import TAGS


def show(have: Have | None, want: WantDomain) -> dict[str, t.Any]:
    """Declared fields only, of the definition and of what runs."""
    have = have or Have(want.name)
    power = have.power
    shown: dict[str, t.Any] = {"state": "present" if want.state == "present" and power != "absent" else power}
    if want.state == "absent":
        places = stored(have, want) if want.delete_storage else ()
        return {**shown, **({"storage": list(places)} if want.delete_storage else {})}
    if not have.text:
        return shown
    if want.state == "restarted":
        shown["restarted"] = have.fresh
    want = settle(have, want)
    shown.update(show_config(have, want))
    if want.autostart is not None:
        shown["autostart"] = have.autostart
    if want.seed is not None:
        shown["cloud_init"] = "as declared" if have.seed == want.seed.content else "another" if have.seed else None
    shown.update(_show_images(have, want))
    if have.live is not None:
        running = _show_tree(parse(have.live), _comparable(want, parse(have.live)))
        shown.update({f"running_{key}": value for key, value in running.items()})
    return shown


def show_config(have: Have | None, want: WantDomain) -> dict[str, t.Any]:
    """The declared fields of the definition. ``want`` is settled."""
    if have is None or not have.text or not have.kept:
        return {}
    return _show_tree(parse(have.text), want)


def _comparable(want: WantDomain, live: ET.Element) -> WantDomain:
    """Without what a running guest does not tell, and memory that it has as declared, or has not given back yet."""
    given = (read(live, MAX_MEMORY), *(leaf.value for leaf in want.leaves if leaf.field == "memory"))
    quiet = read(live, MEMORY) in given
    leaves = tuple(leaf for leaf in want.leaves if leaf.kind != "asked" and not (quiet and leaf.field == "memory"))
    return dataclasses.replace(want, leaves=leaves)


def _show_tree(root: ET.Element, want: WantDomain) -> dict[str, t.Any]:
    leaves = (*bounds(want), *want.leaves)
    shown: dict[str, t.Any] = {leaf.name: _plain(leaf, show_leaf(root, leaf)) for leaf in leaves}
    for device in want.devices:
        shown[device.name] = show_device(root, device)
    shown.update({device.name: "not declared" for device in purged(root, want)})
    return shown


def _plain(leaf: Leaf, value: t.Any) -> t.Any:
    return render_size(int(value)) if leaf.kind == "size" and str(value).isdigit() else value


def _show_images(have: Have, want: WantDomain) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    for disk, image in want.images():
        found = have.images.get(image.place)
        if image.size is None:
            continue
        shown[f"{disk.name}.size"] = None if found is None else render_size(found.size)
        seen = have.capacities.get(disk.key)
        if seen is not None and found is not None and seen != found.size:
            shown[f"running_{disk.name}.size"] = render_size(seen)
    return shown


def facts(have: Have | None) -> dict[str, t.Any]:
    """What the module returns of a guest. Passwords are left out."""
    if have is None or not have.text or have.power == "absent":
        return {"state": "absent", "config": {}, "runtime": {}}
    root = parse(have.text)
    live = parse(have.live) if have.live and have.is_up else None
    number = None if live is None else str(read_at(live, at("@id")) or "")
    return {
        "state": have.power,
        "config": describe(root),
        "runtime": {} if live is None else describe(live),
        "uuid": read_at(root, at("uuid")),
        "id": int(number) if number and number.isdigit() else None,
        "autostart": have.autostart,
        "persistent": have.kept,
        "has_snapshots": have.snapshots,
        "title": read_at(root, at("title")),
        "description": read_at(root, at("description")),
        "tags": list(read_at(root, TAGS) or ()),
    }


def describe(root: ET.Element) -> dict[str, t.Any]:
    """A definition by the names of the options."""
    sizes = {leaf.field: read(root, leaf) for leaf in (MEMORY, MAX_MEMORY)}
    counts = {leaf.field: read(root, leaf) for leaf in (VCPUS, MAX_VCPUS)}
    words = {name: read_at(root, at(place)) for name, place in _WORDS.items()}
    found: dict[str, t.Any] = {name: value for name, value in words.items() if value is not None}
    found.update({name: render_size(int(str(value))) for name, value in sizes.items() if value is not None})
    found.update({name: int(str(value)) for name, value in counts.items() if str(value).isdigit()})
    found["firmware"] = read(root, Leaf(at("os@firmware"), None, kind="firmware"))
    found["disks"] = [_describe_disk(disk) for disk in list_devices(root, "disk")]
    found["networks"] = [_describe_nic(nic) for nic in list_devices(root, "interface")]
    found["graphics"] = [_describe_graphics(one) for one in list_devices(root, "graphics")]
    found["filesystems"] = [_describe_filesystem(one) for one in list_devices(root, "filesystem")]
    found["hostdevs"] = [key_of(one) for one in list_devices(root, "hostdev")]
    return found


_WORDS: t.Mapping[str, str] = {
    "type": "@type",
    "os_type": "os/type",
    "arch": "os/type@arch",
    "machine": "os/type@machine",
    "kernel": "os/kernel",
    "initrd": "os/initrd",
    "cmdline": "os/cmdline",
    "init": "os/init",
    "cpu_mode": "cpu@mode",
    "cpu_model": "cpu/model",
    "on_poweroff": "on_poweroff",
    "on_reboot": "on_reboot",
    "on_crash": "on_crash",
}


def _some(element: ET.Element, places: t.Mapping[str, str]) -> dict[str, t.Any]:
    found = {name: read_at(element, at(place)) for name, place in places.items()}
    return {name: value for name, value in found.items() if value is not None}


def _describe_disk(disk: ET.Element) -> dict[str, t.Any]:
    places = {"type": "@type", "devtype": "@device", "format": "driver@type", "bus": "target@bus", "serial": "serial"}
    places.update({"pool": "source@pool", "volume": "source@volume", "protocol": "source@protocol"})
    access = "rw" if disk.find("readonly") is None else "ro"
    target = None if read_at(disk, at("source@pool")) else source_of(disk) or read_at(disk, at("source@name"))
    return {"vdev": key_of(disk), "target": target or None, **_some(disk, places), "access": access}


def _describe_nic(nic: ET.Element) -> dict[str, t.Any]:
    places = {"type": "@type", "network": "source@network", "bridge": "source@bridge", "link": "source@dev"}
    places.update({"model": "model@type", "vifname": "target@dev", "link_state": "link@state"})
    vlans = read_at(nic, at("vlan/tag@id*")) or ()
    return {"mac": key_of(nic), **_some(nic, places), **({"vlans": [int(tag) for tag in vlans]} if vlans else {})}


def _describe_graphics(element: ET.Element) -> dict[str, t.Any]:
    places = {"type": "@type", "port": "@port", "listen": "listen@address"}
    return {**_some(element, places), "has_password": element.get("passwd") is not None}


def _describe_filesystem(element: ET.Element) -> dict[str, t.Any]:
    return _some(element, {"source": "source@dir", "target": "target@dir", "driver": "driver@type"})
