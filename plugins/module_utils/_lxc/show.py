# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container as the user sees it: in the diff, and in what the module returns. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import live_key, normal, unlimited
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import mount_target, parse
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.decide import was_restarted
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.names import collects
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.power import needs_rollback, waits
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import (
    CAPS,
    HOOK,
    MOUNT,
    read_nets,
    wanted_limits,
)


def show(have: Have | None, want: WantContainer) -> dict[str, t.Any]:
    """Declared fields only, of the file and of what runs."""
    shown: dict[str, t.Any] = {"state": _state(have, want)}
    if have is None or have.text is None:
        return shown
    if want.state == "restarted":
        shown["restarted"] = was_restarted(have, want)
    shown.update(show_config(have, want))
    if want.snapshots:
        keep = want.snapshots_keep is not None
        names = sorted(one.comment for one in have.snapshots)
        shown["snapshots"] = [name for name in names if keep or name in want.snapshots]
    if want.fs_size is not None and have.room is not None:
        # in the words of the task where they are met: the unit of a volume to come is not known before
        shown["fs_size"] = want.fs_size if have.room.rounded(want.fs_size) == have.room.size else have.room.size
    if want.rollback_to is not None:
        shown["rollback_to"] = "changed since" if needs_rollback(have, want) else "done"
    if have.runtime is not None:
        running = _show_running(have, have.runtime, want)
        shown.update({f"running_{key}": value for key, value in running.items()})
    return shown


def _state(have: Have | None, want: WantContainer) -> str:
    power = "absent" if have is None else have.power
    return "present" if want.state == "present" and power != "absent" else power


def show_config(have: Have, want: WantContainer) -> dict[str, t.Any]:
    """The declared fields of the file: of a key that collects lines, those of the file itself."""
    values = have.values
    own: dict[str, list[str]] = {}
    for line in parse(have.text or "", want.config_file):
        own.setdefault(line.key or "", []).append(line.value)
    shown: dict[str, t.Any] = {}
    for key in [*(key for key, _values in want.keys), *wanted_limits(have, want)]:
        shown[key] = own.get(key, []) if collects(key) else values.get(key, (None,))[0]
    for cap in want.cap_drop:
        shown[f"{CAPS}.{cap}"] = cap in values.get(CAPS, ())
    mounts = {mount_target(line): line for line in values.get(MOUNT, ())}
    for mount in [*want.mounts, *(device.mount for device in want.devices)]:
        shown[f"mounts.{mount.target}"] = mounts.get(mount.target)
    allowed = values.get(have.around.cgroups.prefix + "devices.allow", ())
    for device in want.devices:
        shown[f"devices.{device.path}"] = f"{have.around.devices.get(device.path)} {device.access}" in allowed
    if want.lxcfs is not None:
        shown["lxcfs"] = any("lxcfs" in hook for hook in values.get(HOOK, ()))
    if want.unprivileged is not None or want.idmap is not None:
        shown["idmap"] = list(values.get("lxc.idmap", ()))
    shown.update(_show_networks(have, want))
    return shown


def _show_networks(have: Have, want: WantContainer) -> dict[str, t.Any]:
    """What is declared of each interface, and all the interfaces when the rest is purged."""
    if want.nics is None:
        return {}
    nets = read_nets(have.values)
    shown: dict[str, t.Any] = {}
    for nic in want.nics:
        net = nets.get(nic.index, {})
        names = ["type", *(key for key, _value in nic.keys), *(key for key, _value in nic.defaults)]
        lines = {
            name: list(net[name]) if collects(f"lxc.net.0.{name}") else net[name][0] for name in names if name in net
        }
        shown[f"networks.{nic.index}"] = lines or None
    if want.purge_networks:
        shown["networks"] = sorted(nets)
    return shown


def _show_running(have: Have, run: Runtime, want: WantContainer) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    for key in [*(key for key, _values in want.keys), *wanted_limits(have, want)]:
        if key in run.limits:
            plain = normal(key, run.limits[key] or unlimited(key, have.around.cgroups))
            shown[live_key(key)] = sorted(plain) if isinstance(plain, frozenset) else plain
    for device in want.devices:
        if device.present:
            shown[f"devices.{device.path}"] = device.path in run.devices
    if want.nics is not None:
        nets = read_nets(have.values)
        mine = {nic.index for nic in want.nics}
        named = {
            net["name"][-1] for index, net in nets.items() if "name" in net and (want.purge_networks or index in mine)
        }
        shown["networks"] = sorted(one.name for one in run.interfaces if one.name in named)
    if waits(want):
        shown["has_address"] = run.has_address
    return shown


def facts(have: Have | None) -> dict[str, t.Any]:
    """What the module returns of a container."""
    if have is None or have.text is None:
        return {"state": "absent", "config": {}, "runtime": {}}
    values, run, cgroups = have.values, have.runtime, have.around.cgroups
    other = "lxc.cgroup2." if cgroups.version == 1 else "lxc.cgroup."
    own = [line.key for line in parse(have.text, "config") if line.key]
    result: dict[str, t.Any] = {
        "state": have.power,
        "config": {key: list(lines) if collects(key) else lines[0] for key, lines in values.items()},
        "runtime": {},
        "config_file": f"{have.path}/{have.name}/config",
        "rootfs": values.get("lxc.rootfs.path", ("",))[0],
        "autostart": values.get("lxc.start.auto", ("0",))[0] == "1",
        "unprivileged": bool(values.get("lxc.idmap")),
        "cgroup_version": cgroups.version,
        "ignored_keys": sorted({key for key in own if key.startswith(other) and not key.startswith("lxc.cgroup.dir")}),
        "snapshots": [{"name": one.comment, "id": one.name, "taken": one.taken} for one in have.snapshots],
        "addresses": [],
    }
    if run is not None:
        result["runtime"] = {
            "pid": run.pid,
            "limits": {live_key(key): value for key, value in run.limits.items()},
            "interfaces": [
                {"name": one.name, "mac": one.mac, "mtu": one.mtu, "addresses": list(one.addresses)}
                for one in run.interfaces
            ],
        }
        result["addresses"] = [address.split("/")[0] for one in run.interfaces for address in one.addresses]
    return result
