# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xen_domu as a resource type of the engine. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._xen.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._xen.options import ARGUMENT_SPEC, EFFECTS
from ansible_collections.hostwright.virt.plugins.module_utils._xen.plan import plan, predict
from ansible_collections.hostwright.virt.plugins.module_utils._xen.remote import remote_api
from ansible_collections.hostwright.virt.plugins.module_utils._xen.saved import saved_api
from ansible_collections.hostwright.virt.plugins.module_utils._xen.show import facts, show
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu, read_wants

PACKAGES = {
    "xl": "xen-system-amd64 (Debian), and boot its Xen entry",
    "xenstore-ls": "xenstore-utils",
    "pgrep": "procps",
    "ssh": "openssh-client",
}
APIS: t.Mapping[str, t.Callable[..., t.Any]] = {"saved": saved_api, "dom0": remote_api}

XEN_DOMU: Resource[WantDomu, Have] = Resource(
    noun="DomU",
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
