# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images of disks and the seed of cloud-init: making, growing and removing. Private; pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Call,
    Change,
    Problem,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import virsh
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import Device, Image, list_devices
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Found, Have, storage_note
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.observe import source_of
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import at, parse, read_at
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain

# An image can be large, and the disk below it slow
PATIENCE = 3600.0


def check_images(have: Have, want: WantDomain, starts: bool) -> None:
    for disk, image in want.images():
        found = have.images.get(image.place)
        what = f"{want.name}: disk {disk.key}: {image.place}"
        if image.path and not want.is_local and image.size is not None:
            raise Problem(f"{what} is on another host: files are made and grown on this one only, use pool and volume")
        if found is None:
            if image.device and (image.size is not None or starts) and want.is_local:
                raise Problem(f"{what} does not exist on this host")
            if image.size is None and starts and (want.is_local or image.pool):
                raise Problem(f"{what} does not exist: give size to have it made")
        elif image.size is not None:
            _check_size(have, what, image, found)


def _check_size(have: Have, what: str, image: Image, found: Found) -> None:
    size = image.size or 0
    if image.device:
        if found.size < size:
            raise Problem(f"{what} has {render_size(found.size)}, less than {render_size(size)}: grow the device first")
        return
    if found.size > size:
        raise Problem(f"{what} has {render_size(found.size)}, and an image is never shrunk to {render_size(size)}")
    if image.format == "qcow2" and found.format != "qcow2":
        raise Problem(f"{what} is not a qcow2 image: say its format, or have another one made")
    if found.size < size and have.power == "saved":
        raise Problem(f"{what} cannot grow while the guest is saved: start it first")


def make_steps(have: Have, want: WantDomain) -> list[Step]:
    """Images that are not there; each is made under another name, so that a run that stops leaves no half of one."""
    steps = []
    for disk, image in want.images():
        if image.size is None or image.device or image.place in have.images:
            continue
        change = Change(f"{disk.name}.size", None, render_size(image.size))
        *before, last = [Step(run, f"make the disk {image.place}") for run in _make(want, image)]
        steps += [*before, Step(last.action, last.summary, changes=(change,))]
    if want.seed is not None and have.seed != want.seed.content:
        if not want.is_local:
            raise Problem(f"{want.name}: cloud_init writes a file of this host, but {want.uri} is another one")
        seed = Write(want.seed.path, want.seed.content, mode=0o600, secret=True)
        steps.append(Step(seed, f"write {want.seed.path}", changes=(Change("cloud_init", None, "as declared"),)))
    return steps


def _make(want: WantDomain, image: Image) -> t.Iterator[Run]:
    if image.pool:
        words = ["vol-create-as", "--pool", image.pool, "--name", image.volume, "--capacity", f"{image.size}B"]
        words += ["--format", image.format] if image.format != "raw" else []
        if image.backing:
            words += ["--backing-vol", image.backing, "--backing-vol-format", image.backing_format]
        yield Run(virsh(want.uri, *words), timeout=PATIENCE)
        return
    spare = image.path + ".hostwright"
    backing = ("-b", image.backing, "-F", image.backing_format) if image.backing else ()
    yield Run(("install", "-D", "-m", "0600", "--", "/dev/null", spare))
    yield Run(
        ("qemu-img", "create", "-q", "-f", image.format, *backing, "--", spare, str(image.size)), timeout=PATIENCE
    )
    yield Run(("mv", "--no-target-directory", "--", spare, image.path))


def grows(have: Have, disk: Device, image: Image) -> bool:
    """Whether the image, or what the running guest sees of it, is smaller than it shall be."""
    found = have.images.get(image.place)
    if image.size is None or found is None:
        return False
    goal = found.size if image.device else image.size
    return found.size < goal or have.capacities.get(disk.key, goal) < goal


def grow_steps(have: Have, want: WantDomain) -> tuple[list[Step], list[Step]]:
    """Of images that no guest runs with, before one does; and of those that an emulator grows for its guest."""
    apart: list[Step] = []
    inside: list[Step] = []
    for disk, image in want.images():
        if not grows(have, disk, image):
            continue
        found = have.images[image.place]
        size = found.size if image.device else image.size
        steps = apart
        if have.is_up and have.live and has_disk(have.live, disk.key, image.place):
            steps = inside
            run = Run(virsh(want.uri, "blockresize", want.name, disk.key, f"{size}B"))
        elif image.device:
            continue
        elif image.pool:
            run = Run(virsh(want.uri, "vol-resize", "--pool", image.pool, image.volume, f"{size}B"), timeout=PATIENCE)
        else:
            run = Run(("qemu-img", "resize", "-q", "-f", image.format, "--", image.path, str(size)), timeout=PATIENCE)
        change = Change(f"{disk.name}.size", render_size(found.size), render_size(size or 0))
        steps.append(Step(run, f"grow the disk {image.place}", changes=(change,)))
    return apart, inside


def has_disk(text: str, vdev: str, place: str) -> bool:
    disks = list_devices(parse(text), "disk")
    return any(read_at(disk, at("target@dev")) == vdev and source_of(disk) == place for disk in disks)


def stored(have: Have, want: WantDomain) -> tuple[str, ...]:
    """What delete_storage deletes: images and volumes that are the guest's own, also those that a run has left."""
    found = list(have.leftover or ())
    seeds = {f"/var/lib/libvirt/images/{want.name}-seed.iso", want.seed.path if want.seed else ""}
    for disk in list_devices(parse(have.text), "disk") if have.text else ():
        place = source_of(disk)
        plain = (
            disk.get("device", "disk") == "disk" and disk.find("readonly") is None and disk.find("shareable") is None
        )
        kind = disk.get("type")
        if place and (kind in ("file", "volume") and plain or place in seeds):
            found.append(place)
    return tuple(dict.fromkeys(found))


def remove_steps(have: Have, want: WantDomain) -> tuple[list[Step], list[Step]]:
    """What goes before the definition is removed, and after: nothing is deleted as long as a definition needs it."""
    places = stored(have, want) if want.delete_storage else ()
    if not places:
        return [], []
    for place in places:
        users = [one.name for one in have.neighbours if place in one.disks]
        if users:
            raise Problem(f"{want.name}: {place} is used by the guest {users[0]} too: remove it without delete_storage")
        if place.startswith("/") and not want.is_local:
            raise Problem(f"{want.name}: {place} is on another host: delete_storage deletes files of this one only")
    note = storage_note(want.name)
    first = []
    if places != have.leftover:
        first = [Step(Write(note, json.dumps(places) + "\n", mode=0o600), "remember the storage that is to be deleted")]
    last = [Step(_remove(want, place), f"delete {place}", switch="delete_storage") for place in places]
    return first, [*last, Step(Remove(note), "forget the storage that was deleted")]


def _remove(want: WantDomain, place: str) -> Remove | Call:
    if place.startswith("/"):
        return Remove(place)
    return Call("domain", "delete_volume", (want.uri, *place.split("/", 1)))
