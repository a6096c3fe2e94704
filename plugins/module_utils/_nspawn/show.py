# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container as the user sees it: in the diff, and in what the module returns. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.decide import (
    UNKNOWN,
    named_values,
    was_restarted,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.names import KINDS
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.power import waits
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import WantContainer, unit_of


def show(have: Have | None, want: WantContainer) -> dict[str, t.Any]:
    """Declared fields only, of the file, of the unit and of what runs."""
    power = "absent" if have is None else have.power
    shown: dict[str, t.Any] = {"state": "present" if want.state == "present" and power != "absent" else power}
    if have is None or power == "absent":
        return shown
    run = have.runtime
    if want.state == "restarted":
        shown["restarted"] = was_restarted(have, want)
    shown.update(named_values(have.values, want))
    shown.update({limit.shown: have.limits.get(limit.shown, "infinity") for limit in want.limits})
    if want.autostart is not None:
        shown["autostart"] = have.enabled
    if run is not None:
        runs = {} if run.values is None else named_values(run.values, want)
        shown.update({f"running_{field}": runs.get(field, UNKNOWN) for field in named_values({}, want)})
        if waits(want):
            shown["has_address"] = run.has_address
    return shown


def facts(have: Have | None) -> dict[str, t.Any]:
    """What the module returns of a container."""
    if have is None or have.power == "absent":
        return {"state": "absent", "config": {}, "runtime": {}}
    config: dict[str, dict[str, t.Any]] = {}
    for (section, name), values in have.values.items():
        several = KINDS.get((section, name)) in ("words", "lines")
        config.setdefault(section, {})[name] = list(values) if several else values[0]
    run = have.runtime
    runtime: dict[str, t.Any] = {}
    if run is not None:
        runtime = {"pid": run.pid, "addresses": list(run.addresses), **run.usage}
    return {
        "state": have.power,
        "config": config,
        "runtime": runtime,
        "config_file": f"/etc/systemd/nspawn/{have.name}.nspawn",
        "unit": unit_of(have.name),
        "root": have.root,
        "root_target": have.target,
        "limits": dict(have.limits),
        "autostart": have.enabled,
        "addresses": list(run.addresses) if run is not None else [],
        "outside_unit": have.stray,
    }
