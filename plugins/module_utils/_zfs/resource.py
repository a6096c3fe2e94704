# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ZFS datasets, snapshots and bookmarks as a resource of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import options, plan
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.parse import parse_wants
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset

DATASET: Resource[WantDataset, Dataset] = Resource(
    noun="dataset",
    argument_spec=options.ARGUMENT_SPEC,
    plural="datasets",
    constraints=options.CONSTRAINTS,
    wants=parse_wants,
    observe=observe,
    plan=plan.plan,
    predict=plan.predict,
    show=plan.show,
    facts=plan.facts,
    effects=options.EFFECTS,
    packages=options.PACKAGES,
)
