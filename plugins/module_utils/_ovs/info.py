# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ovs_bridge_info returns. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.parse import parse_site
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.show import facts


def query_bridges(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """All bridges, or those that are named; a name that is not there is left out."""
    site = parse_site("", host.ask("ovsdb", "read", params["database_socket"], params["timeout"]))
    wanted = params["name"]
    bridges = {}
    for name in site.bridges:
        if wanted is None or name in wanted:
            bridges[name] = {"name": name, **facts(dataclasses.replace(site, name=name))}
    return {"bridges": bridges, "switch": {key: _plain(value) for key, value in site.status.items()}}


def _plain(value: t.Any) -> t.Any:
    return list(value) if isinstance(value, tuple) else value
