# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disks and the seed of cloud-init of a declaration. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name, parse_path, parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import Device, Image
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import At, Leaf, Value, at

_VDEV = re.compile(r"(vd|sd|hd|xvd|fd)[a-z]{1,3}")
_BUSES = {"vd": "virtio", "sd": "sata", "hd": "ide", "xv": "xen", "fd": "fdc"}
_PORTAL = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_SOURCES = {"file": "source@file", "block": "source@dev"}
TYPE = At((), "type")


def check_text(value: str, what: str) -> str:
    """A text of one line; XML has no way to write most control characters."""
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]", value):
        raise Problem(
            f"{what} {value!r} holds a character that cannot be used, such as a newline: write it on one line"
        )
    return value


def check_path(value: str, what: str) -> str:
    if value.endswith("/"):
        raise Problem(f"{what} {value[:60]!r} must be the path of a file, without a slash at its end")
    return parse_path(check_text(value, what), what)


def read_disks(name: str, entries: t.Sequence[t.Mapping[str, t.Any]] | None) -> tuple[Device, ...]:
    disks = tuple(_read_disk(name, entry) for entry in entries or ())
    keys = [disk.key for disk in disks]
    places = [disk.image.place for disk in disks if disk.image and disk.present and disk.image.place]
    for what, words in (("vdev", keys), ("target", places)):
        for word in words:
            if words.count(word) > 1:
                raise Problem(f"{name}: disks name the {what} {word} twice")
    return disks


def _read_disk(name: str, entry: t.Mapping[str, t.Any]) -> Device:
    vdev = entry["vdev"]
    if not _VDEV.fullmatch(vdev):
        raise Problem(f"{name}: vdev {vdev!r} is not the name of a guest's disk: write vda, vdb, ... or sda, hda, fda")
    what = f"{name}: disk {vdev}"
    identity = Leaf(at("target@dev"), vdev)
    if entry["state"] == "absent":
        return Device("disk", vdev, (), present=False)
    image = _read_image(what, entry)
    devtype = entry["devtype"]
    defaults = [
        Leaf(TYPE, "file"),
        Leaf(At((), "device"), devtype or "disk"),
        identity,
        Leaf(at("target@bus"), entry["bus"] or _BUSES[vdev[:2]]),
    ]
    if image is not None and image.size is not None and not image.device:
        defaults.append(Leaf(at("driver@type"), image.format))
    return Device("disk", vdev, tuple(_read_leaves(what, entry)), tuple(defaults), image=image)


def _read_leaves(what: str, entry: t.Mapping[str, t.Any]) -> t.Iterator[Leaf]:
    yield from _read_drive(what, entry)
    yield from _read_source(what, entry)
    for key in ("access", "shareable"):
        if entry[key] is not None:
            field = "readonly" if key == "access" else key
            yield Leaf(at(f"{field}?"), "yes" if entry[key] in ("ro", True) else None, field)
    yield from read_boot_order(what, entry)


def _read_drive(what: str, entry: t.Mapping[str, t.Any]) -> t.Iterator[Leaf]:
    if entry["devtype"] is not None:
        yield Leaf(At((), "device"), entry["devtype"])
    if entry["bus"] is not None:
        yield Leaf(at("target@bus"), entry["bus"], "bus", resets=("address?",))
    for key, place in (("format", "driver@type"), ("cache", "driver@cache"), ("discard", "driver@discard")):
        if entry[key] is not None:
            yield Leaf(at(place), entry[key], key)
    if entry["serial"] is not None:
        if not re.fullmatch(r"[A-Za-z0-9_.+ -]{0,64}", entry["serial"]):
            raise Problem(f"{what}: serial {entry['serial']!r} cannot be used: letters, digits and _ . + -, at most 64")
        yield Leaf(at("serial"), entry["serial"] or None, "serial")


def read_boot_order(what: str, entry: t.Mapping[str, t.Any]) -> t.Iterator[Leaf]:
    order = entry["boot_order"]
    if order is None:
        return
    if not 0 <= order <= 999:
        raise Problem(f"{what}: boot_order must be from 1 to 999, or 0 for none, not {order}")
    yield Leaf(at("boot@order"), str(order) if order else None, "boot_order")


def _read_image(what: str, entry: t.Mapping[str, t.Any]) -> Image | None:
    kind = _type_of(what, entry)
    size = None if entry["size"] is None else parse_size(entry["size"], "G", f"{what}: size")
    if size is not None and size % 512:
        raise Problem(f"{what}: size {entry['size']!r} is not a multiple of 512 bytes")
    if kind in (None, "network"):
        if size is not None:
            raise Problem(f"{what}: size needs a target of type file or block, or a pool and a volume")
        return None
    image = Image(
        path=entry["target"] or "",
        pool=entry["pool"] or "",
        volume=entry["volume"] or "",
        format=entry["format"] or ("qcow2" if size is not None and kind != "block" else "raw"),
        size=size,
        backing=entry["backing"] or "",
        backing_format=entry["backing_format"] or "",
        device=kind == "block",
    )
    _check_backing(what, image)
    return image


def _check_backing(what: str, image: Image) -> None:
    if not image.backing and not image.backing_format:
        return
    if image.size is None:
        raise Problem(f"{what}: backing is for a disk that is made: give its size too")
    check_path(image.backing, f"{what}: backing")
    if image.format != "qcow2" or image.device:
        raise Problem(f"{what}: only an image of format qcow2 can have a backing")
    if not image.backing_format:
        raise Problem(f"{what}: backing needs backing_format, as an image is never trusted to say it itself")


def _type_of(what: str, entry: t.Mapping[str, t.Any]) -> str | None:
    """The kind of source that the entry names; None when it names none."""
    target, kind = entry["target"], entry["type"]
    if kind == "volume" or entry["pool"] is not None or entry["volume"] is not None:
        _check_volume(what, entry)
        return "volume"
    if kind == "network" or entry["protocol"] is not None:
        if entry["protocol"] is None or not target or kind not in (None, "network"):
            raise Problem(f"{what}: a disk of type network needs protocol and target")
        return "network"
    if not target:
        if kind is not None:
            raise Problem(f"{what}: type {kind} needs a target")
        return None
    check_path(target, f"{what}: target")
    return kind or ("block" if target.startswith("/dev/") else "file")


def _check_volume(what: str, entry: t.Mapping[str, t.Any]) -> None:
    if not entry["pool"] or not entry["volume"] or entry["target"] is not None or entry["type"] not in (None, "volume"):
        raise Problem(f"{what}: a volume needs pool and volume, and neither target nor another type")
    parse_name(entry["pool"], f"{what}: pool", longest=128)
    parse_name(entry["volume"], f"{what}: volume", longest=200, more="._+-@:")


def _read_source(what: str, entry: t.Mapping[str, t.Any]) -> t.Iterator[Leaf]:
    kind = _type_of(what, entry)
    if kind is None:
        if entry["target"] == "":
            if entry["devtype"] not in ("cdrom", "floppy"):
                raise Problem(f"{what}: an empty target is for a drive: say devtype=cdrom or floppy")
            yield Leaf(at("source?"), None, "source", kind="medium")
        return
    anew = ("source?", "backingStore?")
    yield Leaf(TYPE, kind, "type", resets=anew)
    if kind == "volume":
        yield Leaf(at("source@pool"), entry["pool"], "pool", resets=anew)
        yield Leaf(at("source@volume"), entry["volume"], "volume", resets=("backingStore?",))
    elif kind == "network":
        yield from _read_network_source(what, entry)
    else:
        yield Leaf(at(_SOURCES[kind]), entry["target"], "target", resets=anew)


def _read_network_source(what: str, entry: t.Mapping[str, t.Any]) -> t.Iterator[Leaf]:
    yield Leaf(at("source@protocol"), entry["protocol"], "protocol", resets=("source?",))
    yield Leaf(at("source@name"), check_text(entry["target"], f"{what}: target"), "target")
    if entry["portal"] is not None:
        match = _PORTAL.fullmatch(entry["portal"])
        if match is None or int(match.group("port") or 1) > 65535:
            raise Problem(f"{what}: portal {entry['portal']!r} is not host or host:port")
        yield Leaf(at("source/host@name"), match.group("host").strip("[]"), "portal")
        port: Value = match.group("port")
        if port is not None:
            yield Leaf(at("source/host@port"), port, "port")
    if (entry["auth_user"] is None) != (entry["auth_secret"] is None):
        raise Problem(f"{what}: auth_user and auth_secret go together")
    if entry["auth_user"] is not None:
        kind = {"rbd": "ceph"}.get(entry["protocol"], "iscsi")
        yield Leaf(at("source/auth@username"), check_text(entry["auth_user"], f"{what}: auth_user"), "auth_user")
        yield Leaf(at("source/auth/secret@type"), kind, "auth_type")
        secret = check_text(entry["auth_secret"], f"{what}: auth_secret")
        yield Leaf(at("source/auth/secret@usage"), secret, "auth_secret")
