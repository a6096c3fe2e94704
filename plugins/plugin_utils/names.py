# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of guests in an inventory, and which of them are listed. Private; pure."""

from __future__ import annotations

import collections
import re
import typing as t

GuestData = t.Dict[str, t.Any]
Key = t.Tuple[t.Any, ...]
IDENTITY = ("host", "type", "name", "uri", "config_file")
# Ansible gives these a meaning of its own
RESERVED = frozenset(("localhost", "127.0.0.1", "::1", "all", "ungrouped"))
LONGEST = 128


def clean_name(name: str) -> str:
    """A name that no pattern, path or option is mistaken for."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:LONGEST].lstrip("-.")
    return plain or "guest"


def name_guests(guests: t.Sequence[GuestData], taken: t.Collection[str], qualified: bool) -> list[str | None]:
    """The name of each guest, in order: its own when no other has it, else with its host, else also with its type.

    All that share a name are qualified, whatever their state and order, so that a name never moves from one guest to
    another. None for one that even so has no name of its own.
    """
    plain = [clean_name(guest["name"]) for guest in guests]
    hosted = [f"{name}.{guest['host']}" for name, guest in zip(plain, guests)]
    full = [f"{name}.{guest['type']}.{guest['host']}" for name, guest in zip(plain, guests)]
    levels = ([] if qualified else [plain]) + [hosted, full]
    counts = [collections.Counter(level) for level in levels]
    used = {*RESERVED, *taken}
    found: list[str | None] = []
    for number in range(len(guests)):
        fitting = (level[number] for level, count in zip(levels, counts) if count[level[number]] == 1)
        name = next((one for one in fitting if one not in used), None)
        found.append(name)
        if name is not None:
            used.add(name)
    return found


def key_of(guest: t.Mapping[str, t.Any]) -> Key:
    """What makes it this guest and no other; one name may be in two folders of LXC, or two drivers of libvirt."""
    return tuple(guest[part] for part in IDENTITY)


def select_by_query(guests: t.Sequence[GuestData], selected: t.Any) -> list[GuestData]:
    """The guests that a JMESPath expression selected; raises ValueError when it made something else of them."""
    rows = selected if isinstance(selected, list) else [selected]
    if not all(isinstance(row, dict) and set(IDENTITY) <= set(row) for row in rows):
        raise ValueError("it must select guests as they are, as [?type=='lxc'] does, not parts of them")
    chosen = {key_of(row) for row in rows}
    return [guest for guest in guests if key_of(guest) in chosen]
