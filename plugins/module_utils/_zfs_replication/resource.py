# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication of ZFS as a resource of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication import ends, options, plan, show
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.api import replication_api
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import WantReplication, parse_wants

REPLICATION: Resource[WantReplication, Have] = Resource(
    noun="replication",
    argument_spec=options.ARGUMENT_SPEC,
    constraints=options.CONSTRAINTS,
    wants=parse_wants,
    observe=observe,
    plan=plan.plan,
    predict=plan.predict,
    show=show.show,
    facts=show.facts,
    effects=options.EFFECTS,
    packages=options.PACKAGES,
    apis={ends.API: replication_api},
)
