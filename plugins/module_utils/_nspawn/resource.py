# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nspawn_container as a resource type of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.api import PACKAGES, nspawn_api
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.options import ARGUMENT_SPEC, CONSTRAINTS, EFFECTS
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.plan import plan, predict
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.show import facts, show
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import WantContainer, read_wants

APIS = {"nspawn": nspawn_api}

NSPAWN_CONTAINER: Resource[WantContainer, Have] = Resource(
    noun="container",
    argument_spec=ARGUMENT_SPEC,
    constraints=CONSTRAINTS,
    wants=read_wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
    packages=PACKAGES,
    apis=APIS,
)
