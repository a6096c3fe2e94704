# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads guests: the same few commands for one or a thousand. Private."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import ask, lines
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import key_of, list_devices
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import (
    Found,
    Have,
    Neighbour,
    restart_marker,
    storage_note,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import at, read_at, render
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain

# The guests of these kinds, as virsh lists them
_LISTS = (
    "autostart",
    "persistent",
    "with-managed-save",
    "with-snapshot",
    "state-shutoff",
    "state-running",
    "state-paused",
)
_POWERS = {"crashed": "crashed", "in shutdown": "shutdown", "pmsuspended": "suspended", "paused": "paused"}
_UNITS = {"bytes": 1, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


@dataclasses.dataclass(frozen=True)
class Row:
    """A guest in virsh's lists: the lists that it is in."""

    uuid: str
    name: str
    lists: frozenset[str]

    @property
    def is_up(self) -> bool:
        return "state-shutoff" not in self.lists


@dataclasses.dataclass
class Answers:
    """What was asked, and what came of it."""

    questions: dict[str, ET.Element | None] = dataclasses.field(default_factory=dict)

    def want(self, question: str) -> None:
        self.questions[question] = None

    def put(self, host: Host, uri: str) -> None:
        replies = ask(host, uri, list(self.questions)) if self.questions else []
        self.questions = dict(zip(self.questions, replies))

    def element(self, question: str) -> ET.Element | None:
        reply = self.questions.get(question)
        return None if reply is None or not len(reply) else reply[0]

    def lines(self, question: str) -> list[str]:
        reply = self.questions.get(question)
        return [] if reply is None else lines(reply)


def list_rows(host: Host, uri: str) -> list[Row]:
    questions = ["list --all --uuid --name", *(f"list --all --uuid --{word}" for word in _LISTS)]
    first, *rest = ask(host, uri, questions)
    lists = {word: set(lines(reply)) for word, reply in zip(_LISTS, rest)}
    pairs = [line.partition(" ")[::2] for line in lines(first)]
    return [
        Row(uuid, name.strip(), frozenset(word for word, members in lists.items() if uuid in members))
        for uuid, name in pairs
    ]


def observe(host: Host, wants: t.Sequence[WantDomain]) -> dict[str, Have]:
    """The guest of every declaration, also of those that do not exist: what stands around them matters too."""
    found: dict[str, Have] = {}
    for uri in dict.fromkeys(want.uri for want in wants):
        found.update(_observe(host, uri, [want for want in wants if want.uri == uri]))
    return found


def _observe(host: Host, uri: str, wants: t.Sequence[WantDomain]) -> dict[str, Have]:
    rows = list_rows(host, uri)
    answers = Answers()
    for row in rows:
        answers.want(f"dumpxml --inactive {row.uuid}")
    by_name = {row.name: row for row in rows}
    for want in wants:
        for question in _questions(want, by_name.get(want.name)):
            answers.want(question)
    answers.put(host, uri)
    near = {row.uuid: _describe(row, answers.element(f"dumpxml --inactive {row.uuid}")) for row in rows}
    cpu = host.read("/proc/cpuinfo") or "" if any(want.nested is not None for want in wants) else ""
    nesting = next(iter(re.findall(r"\b(vmx|svm)\b", cpu)), "")
    found = {}
    for want in wants:
        mine = by_name.get(want.name)
        have = read_have(want.name, mine, answers)
        have = dataclasses.replace(have, fresh=_is_fresh(want, have))
        have = _with_files(host, want, mine, have, answers)
        others = tuple(one for uuid, one in near.items() if mine is None or uuid != mine.uuid)
        found[want.name] = dataclasses.replace(
            have, neighbours=others, nesting=nesting, kvm=not want.is_local or host.exists("/dev/kvm")
        )
    return found


def _questions(want: WantDomain, row: Row | None) -> t.Iterator[str]:
    yield from ask_about(row)
    for disk, image in want.images():
        if row is not None and row.is_up and image.size is not None:
            yield f"domblkinfo {row.uuid} {disk.key}"
        if image.pool:
            yield _volume(image.pool, image.volume)


def ask_about(row: Row | None) -> t.Iterator[str]:
    """What tells all of one guest."""
    if row is None:
        return
    yield f"dumpxml --inactive --security-info {row.uuid}"
    if row.is_up:
        yield f"dumpxml --security-info {row.uuid}"
        yield f"domstate {row.uuid}"
    elif "with-managed-save" in row.lists:
        yield f"managedsave-dumpxml --security-info {row.uuid}"


def _volume(pool: str, volume: str) -> str:
    return f"vol-dumpxml --pool {pool} {volume}"


def read_have(name: str, row: Row | None, answers: Answers) -> Have:
    if row is None:
        return Have(name)
    text = answers.element(f"dumpxml --inactive --security-info {row.uuid}")
    power, live = "stopped", None
    if row.is_up:
        live = answers.element(f"dumpxml --security-info {row.uuid}")
        state = "".join(answers.lines(f"domstate {row.uuid}")[:1])
        power = _POWERS.get(state, "started")
    elif "with-managed-save" in row.lists:
        power = "saved"
        live = answers.element(f"managedsave-dumpxml --security-info {row.uuid}")
        if live is None:
            live = text  # not every driver shows what it has saved
    if live is not None:
        _name_networks(live)
    return Have(
        name,
        text=None if text is None else render(text),
        kept="persistent" in row.lists,
        live=None if live is None else render(live),
        power=power if text is not None else "absent",
        autostart="autostart" in row.lists,
        snapshots="with-snapshot" in row.lists,
    )


def _name_networks(live: ET.Element) -> None:
    """libvirt shows an interface that runs in a network of its own as what came of that, such as a bridge."""
    for nic in list_devices(live, "interface"):
        source = nic.find("source[@network]")
        if source is not None:
            nic.set("type", "network")
            for word in ("bridge", "dev", "mode"):
                source.attrib.pop(word, None)


def _is_fresh(want: WantDomain, have: Have) -> bool:
    """Whether another instance runs than when the task looked first."""
    number = str(read_at(ET.fromstring(have.live), at("@id")) or "") if have.live and have.is_up else ""
    return want.first.setdefault("id", number) != number and bool(number)


def _describe(row: Row, element: ET.Element | None) -> Neighbour:
    if element is None:
        return Neighbour(row.name)
    macs = frozenset(key_of(nic) for nic in list_devices(element, "interface"))
    return Neighbour(row.name, macs - {""}, frozenset(source_of(disk) for disk in list_devices(element, "disk")) - {""})


def source_of(disk: ET.Element) -> str:
    """Where a disk's data is: a path, or pool/volume."""
    pool, volume = read_at(disk, at("source@pool")), read_at(disk, at("source@volume"))
    if pool and volume:
        return f"{pool}/{volume}"
    return str(read_at(disk, at("source@file")) or read_at(disk, at("source@dev")) or "")


def _with_files(host: Host, want: WantDomain, row: Row | None, have: Have, answers: Answers) -> Have:
    images = {
        image.place: found
        for _disk, image in want.images()
        if image.pool
        for found in [_read_volume(answers.element(_volume(image.pool, image.volume)))]
        if found is not None
    }
    note = host.read(storage_note(want.name))
    if want.is_local:
        paths = [image.path for _disk, image in want.images() if image.path]
        headers = host.ask("images", "read", paths) if paths else {}
        images.update({path: Found(**header) for path, header in headers.items()})
    return dataclasses.replace(
        have,
        images=images,
        capacities=_read_capacities(answers, want, row),
        seed=host.read(want.seed.path) if want.seed is not None else None,
        restarting=host.exists(restart_marker(want.name)),
        leftover=None if note is None else tuple(json.loads(note)),
    )


def _read_volume(element: ET.Element | None) -> Found | None:
    if element is None:
        return None
    capacity = element.find("capacity")
    size = int(capacity.text or 0) * _UNITS.get(capacity.get("unit", "bytes"), 1) if capacity is not None else 0
    return Found(
        format=str(read_at(element, at("target/format@type")) or "raw"),
        size=size,
        backing=str(read_at(element, at("backingStore/path")) or ""),
    )


def _read_capacities(answers: Answers, want: WantDomain, row: Row | None) -> dict[str, int]:
    found = {}
    for disk, _image in want.images():
        words = dict(line.split(":", 1) for line in answers.lines(f"domblkinfo {row and row.uuid} {disk.key}"))
        if "Capacity" in words:
            found[disk.key] = int(words["Capacity"])
    return found
