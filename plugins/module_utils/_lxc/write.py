# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declaration makes of a container's file. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import check_key_counts, limit_keys
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import (
    Edit,
    Effective,
    edit,
    effective,
    list_nets,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.idmap import allocate, check_idmap
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import LXCFS_CONF, WantContainer

UP = ("started", "restarted", "frozen")
MOUNT, CAPS, HOOK = "lxc.mount.entry", "lxc.cap.drop", "lxc.hook.mount"


def base_text(have: Have) -> str:
    """What the edits apply to; for a container to come, what it begins with."""
    return have.around.template_text if have.text is None else have.text


def new_text(have: Have, want: WantContainer) -> str:
    return edit(base_text(have), have.includes, edits(have, want), want.config_file)


def edits(have: Have, want: WantContainer) -> list[Edit]:
    """As plain data, because a template writes its file after the plan was made."""
    # LXC 3 does not start with the names of LXC 2
    made: list[Edit] = [("modern", "", ())] if have.runtime is None and want.state in UP else []
    made += [("set", "lxc.idmap", lines) for lines in [new_idmap(have, want)] if lines]
    made += [("set", key, values) for key, values in want.keys]
    made += [("add", CAPS, (cap,)) for cap in want.cap_drop]
    made += [("set", key, values) for key, values in wanted_limits(have, want).items()]
    made += [mount.edit for mount in want.mounts]
    for device in want.devices:
        number = have.around.devices.get(device.path, "")
        word = "add" if device.present else "take"
        made.append((word, have.around.cgroups.prefix + "devices.allow", (f"{number} {device.access}",)))
        made.append(device.mount.edit)
    hooked = any("lxcfs" in hook for hook in effective(base_text(have), have.includes).get(HOOK, ()))
    if want.lxcfs and not hooked:
        made.append(("add", "lxc.include", (LXCFS_CONF,)))
    if want.lxcfs is False:
        made += [("take", "lxc.include", (LXCFS_CONF,)), ("without", HOOK, ("lxcfs",))]
    for nic in want.nics or ():
        made += _fresh(nic.edits()) if have.text is None else nic.edits()
    if want.purge_networks and want.nics is not None:
        made.append(("only", "", tuple(str(nic.index) for nic in want.nics)))
    return made


def _fresh(made: list[Edit]) -> list[Edit]:
    """A container to come takes no address from its template or from the one that it is a copy of."""
    return [("set", key, values) if word == "default" else (word, key, values) for word, key, values in made]


def wanted_limits(have: Have, want: WantContainer) -> dict[str, tuple[str, ...]]:
    """Options as keys of the cgroup version that this host runs."""
    for key, _values in want.keys:
        check_key_counts(key, have.around.cgroups, want.name)
    limits = dict(want.limits)
    memory = limits.get("memory")
    if "memory" not in limits:
        text = have.values.get(have.around.cgroups.prefix + "memory.limit_in_bytes", ("",))[0]
        memory = int(text) if text.isdigit() else None
    found = limit_keys(limits, have.around.cgroups, memory, want.name)
    return {key: () if value is None else (value,) for key, value in found.items()}


def new_idmap(have: Have, want: WantContainer) -> tuple[str, ...]:
    """The map of a container to come; a map that is there cannot be changed, as its files belong to its users."""
    current = have.values.get("lxc.idmap", ())
    source = want.create.clone_from if want.create else None
    if have.text is None and source is not None:
        near = next((one for one in have.around.neighbours if one.name == source), None)
        current = near.idmap if near else ()
    if have.text is not None or source is not None:
        _check_kept(want, current)
        return ()
    if not (want.unprivileged or want.idmap):
        return ()
    if want.idmap:
        check_idmap(want.idmap, have.around, want.allow_shared_idmap, want.name)
        return want.idmap
    return allocate(have.around, want.name)


def _check_kept(want: WantContainer, current: tuple[str, ...]) -> None:
    moved = "its files belong to other users then, so it must be made anew: state=absent, and then this task"
    if want.idmap is not None and sorted(want.idmap) != sorted(current):
        raise Problem(f"{want.name}: idmap is {list(current)}, not {list(want.idmap)}: {moved}")
    if want.unprivileged is not None and want.unprivileged != bool(current):
        kind = "unprivileged" if current else "privileged"
        raise Problem(f"{want.name}: is {kind}: {moved}")


def desired_keys(have: Have, want: WantContainer, values: Effective | None = None) -> dict[str, tuple[str, ...]]:
    """The keys that the declaration speaks of, with what they will be."""
    if values is None:
        values = effective(new_text(have, want), have.includes)
    named = [key for key, _values in want.keys] + list(wanted_limits(have, want))
    named += [CAPS] if want.cap_drop else []
    named += [MOUNT] if want.mounts or want.devices else []
    named += [HOOK] if want.lxcfs is not None else []
    for nic in want.nics or ():
        prefix = f"lxc.net.{nic.index}."
        named += (
            [prefix + "type", *(prefix + key for key, _values in (*nic.keys, *nic.defaults))] if nic.present else []
        )
    return {key: values.get(key, ()) for key in dict.fromkeys(named)}


Nets = t.Dict[int, t.Dict[str, t.Tuple[str, ...]]]


def read_nets(values: Effective) -> Nets:
    """The interfaces of a configuration by number, each with its keys below ``lxc.net.NUMBER.``."""
    found: Nets = {}
    for index in list_nets(values):
        prefix = f"lxc.net.{index}."
        found[index] = {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}
    return found
