# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places in the XML of a domain, and reading and writing what is there. Private; pure.

Everything that a task can declare comes down to leaves: a place below an element, and the value that is wanted there.
What libvirt or somebody else wrote beside it stays.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

Value = t.Union[str, t.Tuple[str, ...], None]
MARK = "https://github.com/hostwright/virt/libvirt"
NAMESPACES: t.Mapping[str, str] = {
    "hostwright": MARK,
    "qemu": "http://libvirt.org/schemas/domain/qemu/1.0",
    "lxc": "http://libvirt.org/schemas/domain/lxc/1.0",
    "xen": "http://libvirt.org/schemas/domain/xen/1.0",
    "bhyve": "http://libvirt.org/schemas/domain/bhyve/1.0",
    "libosinfo": "http://libosinfo.org/xmlns/libvirt/domain/1.0",
}
for _prefix, _uri in NAMESPACES.items():
    ET.register_namespace(_prefix, _uri)

# libvirt counts in KiB when nothing is said
_UNITS = {"b": 1, "bytes": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS.update({"": 1024, "k": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4})
_UNITS.update({"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4})


@dataclasses.dataclass(frozen=True)
class Tag:
    """One step down: a child of this name, with these attributes if any tell it from its siblings."""

    name: str
    where: tuple[tuple[str, str], ...] = ()

    def fits(self, element: ET.Element) -> bool:
        return element.tag == expand(self.name) and all(element.get(key) == value for key, value in self.where)

    def __str__(self) -> str:
        return self.name + "".join(f"[@{key}={value!r}]" for key, value in self.where)


@dataclasses.dataclass(frozen=True)
class At:
    """A place below an element: the way down, then an attribute, or the text (``what`` empty).

    ``what`` is ``?`` for whether the element is there at all; with a ``*`` behind, that of every such element.
    """

    tags: tuple[Tag, ...]
    what: str = ""

    def __str__(self) -> str:
        return "/".join(map(str, self.tags)) + ("@" + self.what if self.what.strip("?*") else "")


def at(path: str, **where: str) -> At:
    """``source@file``, ``features/acpi?``, ``vlan/tag@id*``; ``where`` are attributes of the last element."""
    way, _at, attribute = path.partition("@")
    tags = [Tag(name) for name in way.rstrip("?*").split("/") if name]
    if where:
        tags[-1] = Tag(tags[-1].name, tuple(sorted(where.items())))
    return At(tuple(tags), attribute or (way[-1] if way.endswith(("?", "*")) else ""))


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A wanted value.

    * ``field``: how the value is called in a diff.
    * ``kind``: how spellings are compared (``size``, ``machine``, ``count``), or ``secret``.
    * ``resets``: places beside it that lose their meaning when the value changes, so that libvirt fills them anew.
    """

    at: At
    value: Value
    field: str = ""
    kind: str = ""
    resets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.field or str(self.at)


def expand(name: str) -> str:
    """ElementTree's spelling of ``prefix:name``."""
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon and prefix in NAMESPACES else name


def parse_all(text: str) -> list[ET.Element]:
    """Elements that stand side by side. They are put in a root, where no entity can be declared."""
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return list(ET.fromstring(f"<all>{plain}</all>"))
    except ET.ParseError as error:
        raise Problem(f"virsh printed XML that cannot be read: {error}") from None


def parse(text: str) -> ET.Element:
    (element,) = parse_all(text)
    return element


def render(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode")


def find(root: ET.Element, tags: t.Sequence[Tag]) -> ET.Element | None:
    for tag in tags:
        child = next((child for child in root if tag.fits(child)), None)
        if child is None:
            return None
        root = child
    return root


def make(root: ET.Element, tags: t.Sequence[Tag]) -> ET.Element:
    """The element at this place, made with all that leads there."""
    for tag in tags:
        child = next((child for child in root if tag.fits(child)), None)
        root = ET.SubElement(root, expand(tag.name), dict(tag.where)) if child is None else child
    return root


def drop(root: ET.Element, tags: t.Sequence[Tag]) -> None:
    """Remove every element at this place."""
    parent = find(root, tags[:-1])
    if parent is not None:
        for child in [child for child in parent if tags[-1].fits(child)]:
            parent.remove(child)


def read(root: ET.Element, leaf: Leaf) -> Value:
    """What is at the leaf's place; in the leaf's own spelling when both mean the same."""
    found = _READERS[leaf.kind](root, leaf) if leaf.kind in _READERS else read_at(root, leaf.at)
    return leaf.value if found is not None and _means(leaf, found) else found


def read_at(root: ET.Element, place: At) -> Value:
    if place.what.endswith("*"):
        parent = find(root, place.tags[:-1])
        each = [child for child in parent if place.tags[-1].fits(child)] if parent is not None else []
        return tuple(child.get(place.what[:-1], "") if place.what[:-1] else child.text or "" for child in each)
    element = find(root, place.tags)
    if element is None:
        return None
    if place.what == "?":
        return "yes"
    return element.get(place.what) if place.what else (element.text or "").strip()


def lay(root: ET.Element, leaves: t.Iterable[Leaf]) -> None:
    """Bring every leaf about that is not there already."""
    for leaf in leaves:
        if read(root, leaf) != leaf.value:
            for place in leaf.resets:
                clear(root, at(place))
            write(root, leaf)


def write(root: ET.Element, leaf: Leaf) -> None:
    if leaf.kind in _WRITERS:
        _WRITERS[leaf.kind](root, leaf)
    elif isinstance(leaf.value, tuple):
        drop(root, leaf.at.tags)
        parent = make(root, leaf.at.tags[:-1])
        for value in leaf.value:
            child = ET.SubElement(parent, expand(leaf.at.tags[-1].name))
            if leaf.at.what == "*":
                child.text = value
            else:
                child.set(leaf.at.what[:-1], value)
        _prune(root, leaf.at.tags[:-1])
    elif leaf.value is None:
        clear(root, leaf.at)
    else:
        element = make(root, leaf.at.tags)
        if not leaf.at.what:
            element.text = leaf.value
        elif leaf.at.what != "?":
            element.set(leaf.at.what, leaf.value)


def clear(root: ET.Element, place: At) -> None:
    """Take away what is at a place, and the elements that then say nothing."""
    if not place.what or place.what == "?":
        drop(root, place.tags)
        _prune(root, place.tags[:-1])
        return
    element = find(root, place.tags)
    if element is not None and element.attrib.pop(place.what, None) is not None:
        _prune(root, place.tags)


def _prune(root: ET.Element, tags: t.Sequence[Tag]) -> None:
    for length in range(len(tags), 0, -1):
        element = find(root, tags[:length])
        if element is None or element.attrib or len(element) or (element.text or "").strip():
            return
        drop(root, tags[:length])


def _means(leaf: Leaf, found: Value) -> bool:
    if leaf.kind == "machine":
        return isinstance(leaf.value, str) and is_machine(str(found), leaf.value)
    return found == leaf.value


# Names that libvirt replaces by the newest version that the emulator has
_MACHINES = {
    "q35": "pc-q35",
    "pc": "pc-i440fx",
    "virt": "virt",
    "s390-ccw-virtio": "s390-ccw-virtio",
    "pseries": "pseries",
}


def is_machine(found: str, wanted: str) -> bool:
    family = _MACHINES.get(wanted)
    return found == wanted or bool(family and re.fullmatch(re.escape(family) + r"-[a-z0-9.]+", found))


def read_size(root: ET.Element, leaf: Leaf) -> Value:
    """Bytes, as text."""
    element = find(root, leaf.at.tags)
    if element is None or not (element.text or "").strip().isdigit():
        return None
    unit = _UNITS.get(element.get("unit", ""), 1024)
    return str(int((element.text or "0").strip()) * unit)


def write_size(root: ET.Element, leaf: Leaf) -> None:
    if leaf.value is None:
        clear(root, leaf.at)
        return
    element = make(root, leaf.at.tags)
    element.text, element.attrib["unit"] = str(int(str(leaf.value)) // 1024), "KiB"


def read_count(root: ET.Element, leaf: Leaf) -> Value:
    """The number of processors that are on: all, when nothing is said."""
    element = root.find("vcpu")
    return None if element is None else element.get("current", (element.text or "").strip())


def write_count(root: ET.Element, leaf: Leaf) -> None:
    """All processors that there can be are in the text; fewer that are on, in an attribute."""
    element = make(root, leaf.at.tags)
    if leaf.field == "max_vcpus":
        element.attrib.setdefault("current", (element.text or "").strip() or str(leaf.value))
        element.text = str(leaf.value)
    else:
        element.text = element.text or str(leaf.value)
        element.set("current", str(leaf.value))
    if element.get("current") == element.text:
        del element.attrib["current"]


def read_firmware(root: ET.Element, leaf: Leaf) -> Value:
    """A loader that was written by hand counts too: one of flash memory is UEFI."""
    loader = find(root, at("os/loader").tags)
    flash = loader is not None and loader.get("type") == "pflash"
    return "efi" if flash or read_at(root, leaf.at) == "efi" else "bios"


def write_firmware(root: ET.Element, leaf: Leaf) -> None:
    for place in ("os/loader", "os/nvram", "os/firmware"):
        clear(root, at(place))
    clear(root, leaf.at)
    if leaf.value == "efi":
        make(root, leaf.at.tags).set(leaf.at.what, "efi")


def read_running(live: ET.Element, leaf: Leaf, kept: ET.Element) -> Value:
    """The leaf of a guest that runs. Of some, libvirt shows what came of what was asked; so that is noted beside it.

    ``kept`` is the definition for the next start. What nobody has noted cannot be told from what is wanted.
    """
    if leaf.kind != "asked":
        return read(live, leaf)
    found, place = _read_note(live).get(str(leaf.at)), str(leaf.at)
    if found is None:
        found = read(live, leaf) if place in _read_note(kept) else leaf.value
    return None if found is None else str(found)


def write_asked(root: ET.Element, leaf: Leaf) -> None:
    write(root, dataclasses.replace(leaf, kind=""))
    note = {**_read_note(root), str(leaf.at): leaf.value}
    text = json.dumps({key: value for key, value in note.items() if value is not None}, sort_keys=True)
    write(root, Leaf(NOTE, None if text == "{}" else text))


def _read_note(root: ET.Element) -> dict[str, t.Any]:
    try:
        note = json.loads(str(read_at(root, NOTE) or "{}"))
    except ValueError:
        note = None
    return note if isinstance(note, dict) else {}


NOTE = at("metadata/hostwright:domain@asked")


def read_medium(root: ET.Element, leaf: Leaf) -> Value:
    """What lies in a drive; libvirt leaves an empty source behind when it is taken out."""
    source = find(root, leaf.at.tags)
    return None if source is None else next(filter(None, map(source.get, ("file", "dev", "volume", "name"))), None)


_READERS: t.Mapping[str, t.Callable[[ET.Element, Leaf], Value]] = {
    "size": read_size,
    "count": read_count,
    "firmware": read_firmware,
    "medium": read_medium,
    "up": lambda root, leaf: read_at(root, leaf.at) or "up",
}
_WRITERS: t.Mapping[str, t.Callable[[ET.Element, Leaf], None]] = {
    "size": write_size,
    "count": write_count,
    "most": write_count,
    "firmware": write_firmware,
    "asked": write_asked,
}
