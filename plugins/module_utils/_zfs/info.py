# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets of a host with their properties; nothing is changed. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import names, output
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.observe import KINDS, read_properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.plan import facts

TYPES = ("filesystem", "volume", "snapshot", "bookmark")
ARGUMENT_SPEC: dict[str, t.Any] = {
    "names": {"type": "list", "elements": "str", "default": []},
    "recursive": {"type": "bool", "default": False},
    "types": {"type": "list", "elements": "str", "choices": list(TYPES), "default": ["filesystem", "volume"]},
}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    wanted = [names.parse_name(name) for name in params["names"]]
    rows = _list(host, wanted, deep=params["recursive"] or not wanted)
    # What is named is wanted whatever its type.
    chosen = sorted(name for name, row in rows.items() if row.kind in params["types"] or name in wanted)
    found = read_properties(host.query, "all", chosen)
    return {
        "datasets": [
            {"name": name, **facts(Dataset(name, rows[name].kind, name, found[name]))}
            for name in chosen
            if name in found
        ]
    }


def _list(host: Host, wanted: t.Sequence[str], deep: bool) -> dict[str, output.Row]:
    depth = ["-r"] if deep else ["-d", "0"]
    argv = ("zfs", "list", "-Hp", *depth, "-t", KINDS, "-o", output.TREE_COLUMNS, *wanted)
    return output.parse_tree(host.query(argv, ok=(0, 1)).out)
