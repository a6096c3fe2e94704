# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open vSwitch bridges with their ports, as one declaration. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.api import ovsdb_api
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.plan import observe, plan, predict
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.show import facts, show
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.spec import ARGUMENT_SPEC, EFFECTS
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Site
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.uplink import PACKAGES
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import WantBridge, parse_wants

OVS_BRIDGE: Resource[WantBridge, Site] = Resource(
    noun="bridge",
    argument_spec=ARGUMENT_SPEC,
    wants=parse_wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
    packages=PACKAGES,
    apis={"ovsdb": ovsdb_api},
)
