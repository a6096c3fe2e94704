# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows that several others refer to, and rows that nobody refers to any more. Private; no I/O."""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Bridge, Port, Qos, Site


class Refs(t.NamedTuple):
    """How many rows refer to a row, by UUID."""

    counts: t.Mapping[str, int]

    def shared(self, uuid: str) -> bool:
        return self.counts.get(uuid, 0) > 1


def list_qos(site: Site) -> dict[str, Qos]:
    """QoS rows by UUID; several ports may have the same."""
    rows = [port.qos for port in list_ports(site) if port.qos is not None]
    return {row.uuid: row for row in rows if row.uuid}


def list_ports(site: Site) -> list[Port]:
    return [port for bridge in site.bridges.values() for port in bridge.ports.values()]


def count_refs(site: Site) -> Refs:
    counts: collections.Counter[str] = collections.Counter()
    for bridge in site.bridges.values():
        counts.update(record.uuid for record in _owned(bridge))
    counts.update(port.qos.uuid for port in list_ports(site) if port.qos is not None)
    for qos in list_qos(site).values():
        counts.update(queue.uuid for queue in qos.queues.values())
    counts.update(site.kept)
    counts.pop("", None)
    return Refs(counts)


def _owned(bridge: Bridge) -> list[t.Any]:
    return [*bridge.exports.values(), *bridge.controllers.values()]


def list_unused(before: Site, after: Site) -> list[tuple[str, str]]:
    """QoS and Queue rows that lose their last reference: the database keeps them until told otherwise."""
    old, new = list_qos(before), list_qos(after)
    unused = [("QoS", uuid) for uuid in old if uuid not in new]
    # a new QoS row (no UUID yet) may keep queues of the old one
    used = {queue.uuid for port in list_ports(after) if port.qos for queue in port.qos.queues.values()}
    queues = dict.fromkeys(queue.uuid for qos in old.values() for queue in qos.queues.values())
    unused += [("Queue", uuid) for uuid in queues if uuid not in used and uuid not in before.kept]
    return sorted(unused)
