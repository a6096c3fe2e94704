# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which users of the host a container's users are: ranges that nobody else has. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Around

SIZE = 65536
Span = t.Tuple[int, int]


def read_ranges(text: str, user: str) -> list[Span]:
    """The ranges of a user in /etc/subuid or /etc/subgid, each as its first number and the one after its last."""
    found = []
    for line in text.splitlines():
        fields = line.strip().split(":")
        mine = len(fields) == 3 and fields[0] in (user, "0" if user == "root" else user)
        if mine and fields[1].isdigit() and fields[2].isdigit():
            found.append((int(fields[1]), int(fields[1]) + int(fields[2])))
    return sorted(found)


def spans_of(lines: t.Iterable[str], kind: str) -> list[Span]:
    """What lines such as ``u 0 100000 65536`` take of the host; kind is u or g."""
    found = []
    for line in lines:
        fields = line.split()
        if len(fields) == 4 and fields[0] in (kind, "b") and fields[2].isdigit() and fields[3].isdigit():
            found.append((int(fields[2]), int(fields[2]) + int(fields[3])))
    return found


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def allocate(around: Around, name: str) -> tuple[str, str]:
    """The first range of 65536 users and groups that no container of this path has."""
    users, groups = read_ranges(around.subuid, around.user), read_ranges(around.subgid, around.user)
    taken = [span for kind in "ug" for one in around.neighbours for span in spans_of(one.idmap, kind)]
    for first, end in users:
        start = first
        while start + SIZE <= end:
            span = (start, start + SIZE)
            clash = [other for other in taken if overlap(span, other)]
            if not clash and any(low <= start and start + SIZE <= high for low, high in groups):
                return f"u 0 {start} {SIZE}", f"g 0 {start} {SIZE}"
            start = max([start + SIZE, *(other[1] for other in clash)])
    raise Problem(
        f"{name}: {around.user} has no {SIZE} free users and groups in /etc/subuid and /etc/subgid: "
        f"add a range to both, such as the line {around.user}:1000000:1000000"
    )


def check_idmap(lines: tuple[str, ...], around: Around, shared: bool, name: str) -> None:
    """A given map lies in what the user has, and is nobody else's."""
    for kind, text, path in (("u", around.subuid, "/etc/subuid"), ("g", around.subgid, "/etc/subgid")):
        ranges = read_ranges(text, around.user)
        for first, end in spans_of(lines, kind):
            if not any(low <= first and end <= high for low, high in ranges):
                raise Problem(
                    f"{name}: idmap: {first} to {end - 1} is not in the ranges of {around.user} in {path}: "
                    f"add the line {around.user}:{first}:{end - first}"
                )
            for neighbour in () if shared else around.neighbours:
                if any(overlap((first, end), other) for other in spans_of(neighbour.idmap, kind)):
                    raise Problem(
                        f"{name}: idmap: {first} to {end - 1} overlaps with the container {neighbour.name}, so each "
                        "could touch the files of the other; leave idmap out, or set allow_shared_idmap=true"
                    )
