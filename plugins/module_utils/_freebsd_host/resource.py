# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FreeBSD host as a resource type of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.api import carp_api
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.observe import HostState, observe
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.plan import facts, plan, predict, show
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.want import (
    ARGUMENT_SPEC,
    EFFECTS,
    WantHost,
    parse_wants,
)

FREEBSD_HOST: Resource[WantHost, HostState] = Resource(
    noun="FreeBSD",
    argument_spec=ARGUMENT_SPEC,
    wants=parse_wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
    apis={"carp": carp_api},
)
