# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What zfs prints, as data. Private; no I/O."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._zfs.names import split
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop

Properties = t.Dict[str, t.Dict[str, Prop]]
TREE_COLUMNS = "name,type,createtxg,userrefs,clones"


class Row(t.NamedTuple):
    """One line of ``zfs list -Hp -o name,type,createtxg,userrefs,clones``."""

    name: str
    kind: str
    made: int
    held: bool
    clones: tuple[str, ...]


def parse_kinds(text: str) -> dict[str, str]:
    """``zfs list -Hp -o name,type``: names cannot have a tab in them."""
    rows = (line.split("\t") for line in text.splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2}


def parse_tree(text: str) -> dict[str, Row]:
    found = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 5:
            name, kind, made, refs, clones = fields
            listed = () if clones in ("-", "") else tuple(clones.split(","))
            found[name] = Row(name, kind, int(made) if made.isdigit() else 0, refs not in ("-", "0"), listed)
    return found


def parse_json(text: str) -> Properties:
    """``zfs get -jp``, since OpenZFS 2.3. Numbers are strings there unless --json-int is given."""
    found: Properties = {}
    for name, dataset in json.loads(text or "{}").get("datasets", {}).items():
        found[name] = {
            key: Prop(str(entry["value"]), _source(entry["source"])) for key, entry in dataset["properties"].items()
        }
    return found


def _source(entry: t.Mapping[str, str]) -> str:
    kind = entry["type"].lower()
    return "-" if kind == "none" else "inherited from " + entry["data"] if kind == "inherited" else kind


def parse_table(text: str, names: t.Collection[str]) -> Properties:
    """``zfs get -Hp``. A user property may hold line breaks and tabs, so a line belongs to the value before it unless
    it begins a new one; native properties come first, and the first of two lines with one name counts."""
    found: Properties = {}
    pending: list[str] = []

    def keep() -> None:
        fields = "\n".join(pending).split("\t")
        if len(fields) >= 4:
            name, key, *value, source = fields
            found.setdefault(name, {}).setdefault(key, Prop("\t".join(value), source))

    for line in text.split("\n"):
        if line.split("\t")[0] in names and line.count("\t") >= 2:
            keep()
            pending = []
        pending.append(line)
    if pending and pending[-1] == "":
        pending.pop()  # what stands behind the last line break
    keep()
    return found


def parse_holds(text: str) -> dict[str, tuple[str, ...]]:
    """``zfs holds -H``: the tags by snapshot."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 3:
            found[fields[0]] = (*found.get(fields[0], ()), fields[1])
    return {name: tuple(sorted(tags)) for name, tags in found.items()}


def parse_victims(text: str) -> tuple[str, ...]:
    """``zfs destroy -nvp``: what would be destroyed."""
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(row[1] for row in rows if len(row) == 2 and row[0] == "destroy")


def unexpected(errors: str) -> str:
    """The lines of an error output that say more than that something does not exist."""
    harmless = re.compile(r"does not exist|no such pool|^\s*$|no datasets available")
    return "\n".join(line for line in errors.splitlines() if not harmless.search(line))


def short_name(name: str) -> str:
    return split(name)[2]
