# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jails as a resource type of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._jail.api import jail_api
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail, observe
from ansible_collections.hostwright.virt.plugins.module_utils._jail.plan import facts, plan, predict, show
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import (
    ARGUMENT_SPEC,
    EFFECTS,
    WantJail,
    parse_wants,
)

JAIL: Resource[WantJail, Jail] = Resource(
    noun="jail",
    argument_spec=ARGUMENT_SPEC,
    wants=parse_wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
    packages={"debootstrap": "debootstrap"},
    apis={"jail": jail_api},
)
