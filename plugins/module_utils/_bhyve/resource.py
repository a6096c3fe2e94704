# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bhyve_vm as a resource type of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.api import PACKAGES, bhyve_api
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.options import ARGUMENT_SPEC, EFFECTS
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.plan import plan, predict
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.show import facts, show
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest, read_wants
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource

APIS = {"bhyve": bhyve_api}

BHYVE_VM: Resource[WantGuest, Have] = Resource(
    noun="guest",
    argument_spec=ARGUMENT_SPEC,
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
