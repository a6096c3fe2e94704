# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two trees as the user sees them. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import matches
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Have, Node
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.sends import properties_of, series
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import WantReplication


def show(have: Have | None, want: WantReplication) -> dict[str, t.Any]:
    """Only what the declaration manages: the target's snapshots, and of the source what the task keeps there."""
    if have is None:
        return {}
    pairs = sorted(have.source.items())
    copies = [(want.target.name(inside), have.target[inside]) for inside, _n in pairs if inside in have.target]
    shown: dict[str, t.Any] = {"target": {full: [mark.name for mark in node.snapshots] for full, node in copies}}
    partial = [full for full, node in copies if node.token]
    if partial:
        shown["partial"] = partial
    if want.snapshot is not None or want.source_keep is not None:
        shown["source"] = {
            want.source.name(inside): [mark.name for mark in series(node.snapshots, want.prefix)]
            for inside, node in pairs
        }
    if want.bookmarks or want.bookmarks_keep is not None:
        shown["bookmarks"] = {
            want.source.name(inside): [mark.name for mark in node.bookmarks] for inside, node in pairs if node.bookmarks
        }
    if want.properties:
        shown["properties"] = {full: _show_properties(node, want) for full, node in copies}
    return shown


def _show_properties(node: Node, want: WantReplication) -> dict[str, t.Any]:
    """In the declaration's spelling where they are right."""
    shown = {}
    for key, value in sorted(properties_of(want, node.kind).items()):
        there = node.properties.get(key)
        shown[key] = value if matches(key, value, there) else there.value if there else None
    return shown


def facts(have: Have | None) -> dict[str, t.Any]:
    if have is None:
        return {"state": "absent", "config": {}, "runtime": {}}
    listed = []
    for inside, source in sorted(have.source.items()):
        newest, target = have.common(inside), have.target.get(inside)
        listed.append(
            {
                "source": have.source_root + inside,
                "target": have.target_root + inside,
                "exists": target is not None,
                "common": newest.name if newest else None,
                "behind": sum(newest is None or mark.made > newest.made for mark in source.snapshots),
                "partial": target is not None and bool(target.token),
            }
        )
    return {"state": "present" if "" in have.target else "absent", "config": {}, "runtime": {"datasets": listed}}
