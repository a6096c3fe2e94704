# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""libvirt_domain as a resource type of the engine. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.api import PACKAGES, domain_api, images_api
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.options import ARGUMENT_SPEC, EFFECTS
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.plan import plan, predict
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.show import facts, show
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain, read_wants

APIS: t.Mapping[str, t.Callable[..., t.Any]] = {"domain": domain_api, "images": images_api}

LIBVIRT_DOMAIN: Resource[WantDomain, Have] = Resource(
    noun="domain",
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
