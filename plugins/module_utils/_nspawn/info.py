# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every container of this host, for nspawn_container_info. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.guests import describe_all, list_names
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.observe import look, read_have
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import WantContainer, check_machine_name


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    names = [check_machine_name(name) for name in params["name"] or ()] or list_names(host)
    seen = look(host, names)
    found = [{"name": name, **facts(read_have(host, WantContainer(name), seen))} for name in names]
    there = [one["name"] for one in found if one["state"] != "absent"]
    return {"containers": found, "guests": describe_all(host, there, seen.units, seen.addresses).show()}
