# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading containers: one lxc-ls for any number of them, and the files that LXC reads. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.api import PACKAGES, address_argv
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import is_live, live_key, read_cgroups
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import list_nets
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Around, Have, Runtime, Snapshot
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.observe_files import (
    read_includes,
    read_neighbours,
    read_snapshots,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.parse import (
    Listed,
    has_address,
    info_argv,
    ls_argv,
    parse_addresses,
    parse_info,
    parse_ls,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.power import ROLLED_BACK, marker, tool
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import (
    QUOTAS,
    VOLUMES,
    Room,
    files_of,
    parse_room,
    read_rootfs,
    room_argv,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import LXCFS_CONF, WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import desired_keys

COMMON = "/usr/share/lxc/config/common.conf"
USERNS = "/usr/share/lxc/config/userns.conf"
DEFAULT = "/etc/lxc/default.conf"
_SETTLED = ("STOPPED", "RUNNING", "FROZEN")


def observe(host: Host, wants: t.Sequence[WantContainer]) -> dict[str, Have]:
    listed = {}
    for lxc_path in sorted({want.lxc_path for want in wants}):
        names = sorted(want.name for want in wants if want.lxc_path == lxc_path)
        rows = list_containers(host, lxc_path, names)
        listed.update({(lxc_path, name): row for name, row in rows.items()})
    found = {}
    for want in wants:
        row = listed.get((want.lxc_path, want.name))
        if row is not None and row.state not in _SETTLED:
            raise Problem(f"{want.name}: is {row.state} right now: run the task again when lxc-ls -f shows it settled")
        have = read_have(host, want)
        if row is not None and row.state != "STOPPED":
            runtime = Runtime(row.pid, frozen=row.state == "FROZEN")
            have = dataclasses.replace(have, runtime=runtime)
            have = dataclasses.replace(have, runtime=_read_runtime(host, want, have, runtime))
        found[want.name] = have
    return found


def list_containers(host: Host, lxc_path: str, names: t.Sequence[str], addresses: bool = False) -> dict[str, Listed]:
    """What LXC says of the containers of a path; of all of them without names."""
    if not host.has("lxc-ls"):
        raise Problem(f"lxc-ls is not on this host: install {PACKAGES['lxc-ls']}")
    if not host.exists(lxc_path):
        return {}
    argv = ls_argv(lxc_path, names, addresses)
    return read_output(argv, host.query(argv).out, parse_ls)


def read_have(host: Host, want: WantContainer) -> Have:
    text = host.read(want.config_file)
    around = _read_around(host, want, text)
    snapshots = read_snapshots(host, want.folder)
    included = [text or "", *(around.template_text for _once in [0] if text is None)]
    if want.lxcfs:
        included.append(f"lxc.include = {LXCFS_CONF}\n")
    have = Have(
        want.name,
        want.lxc_path,
        text,
        read_includes(host, included),
        snapshots=snapshots,
        clones=bool((host.read(f"{want.folder}/lxc_snapshots") or "0").strip() not in ("", "0")),
        restarting=host.exists(marker(want)),
        around=around,
    )
    kind, place = read_rootfs(have.values)
    return dataclasses.replace(
        have,
        room=_read_room(host, want, kind, place) if text is not None and want.fs_size is not None else None,
        rolled_back=_read_rolled_back(host, want, snapshots, files_of(kind, place))
        if want.rollback_to is not None
        else None,
    )


def _read_room(host: Host, want: WantContainer, kind: str, place: str) -> Room | None:
    if kind not in (*VOLUMES, *QUOTAS):
        return None
    reply = host.query(room_argv(kind, place), ok=(0, 1) if kind == "btrfs" else (0,))
    if reply.rc:
        raise Problem(
            f"{want.name}: fs_size: {reply.err.strip()}; quotas are switched on by: btrfs quota enable {place}"
        )
    return parse_room(kind, reply.out)


def _read_rolled_back(host: Host, want: WantContainer, snapshots: t.Sequence[Snapshot], files: str) -> str | None:
    """The snapshot that the files were set back to, when none of them was touched since."""
    path = f"{want.folder}/{ROLLED_BACK}"
    note = host.read(path)
    snapshot = next((one for one in snapshots if one.note == note), None)
    if snapshot is None or host.query(("find", files, "-xdev", "-cnewer", path, "-print", "-quit"), ok=(0, 1)).out:
        return None
    return snapshot.comment


def _read_around(host: Host, want: WantContainer, text: str | None) -> Around:
    mounts = host.read("/proc/self/mounts") or ""
    maps = want.unprivileged or want.idmap
    crowd = bool(maps or want.nics)
    default = (host.read(DEFAULT) or "") if text is None else ""
    links = [values[0] for nic in want.nics or () for key, values in nic.keys if key == "link" and values]
    return Around(
        cgroups=read_cgroups(mounts, host.read),
        subuid=(host.read("/etc/subuid") or "") if maps else "",
        subgid=(host.read("/etc/subgid") or "") if maps else "",
        neighbours=read_neighbours(host, want.lxc_path, want.name) if crowd else (),
        devices={device.path: str(host.ask("lxc", "describe_device", device.path)) for device in want.devices},
        default_config=default,
        lxcfs=any(line.split()[1].endswith("/lxcfs") for line in mounts.splitlines() if "fuse.lxcfs" in line),
        ovs_links=frozenset(
            link
            for link in links
            if host.exists(f"/sys/class/net/{link}") and not host.exists(f"/sys/class/net/{link}/bridge")
        ),
        template_text=first_text(want, default, bool(maps)) if text is None else "",
    )


def first_text(want: WantContainer, default: str, mapped: bool) -> str:
    """The file of a container before it has any: that of an unpacked archive, and what is foretold of the others."""
    include = f"lxc.include = {COMMON}\n" + (f"lxc.include = {USERNS}\n" if mapped else "")
    name = f"lxc.rootfs.path = dir:{want.folder}/rootfs\nlxc.uts.name = {want.name}\n"
    return (include if want.create and want.create.archive else "") + default + name


def _read_runtime(host: Host, want: WantContainer, have: Have, runtime: Runtime) -> Runtime:
    keys = desired_keys(have, want)
    inside = want.nics is not None or want.wait_for_ip_address
    reply = host.query(address_argv(runtime.pid), ok=(0, 1)).out if inside else ""
    interfaces = parse_addresses(reply)
    types = {f"lxc.net.{index}.type" for index in list_nets({**keys, **have.values})} if want.nics else set()
    asked = sorted({key for key in keys if not is_live(key)} | types)
    running = host.ask("lxc", "running_config", want.lxc_path, want.name, asked) if asked else {}
    reply = host.query(info_argv(want.lxc_path, want.name, asked)).out if running else ""
    return dataclasses.replace(
        runtime,
        started=host.ask("lxc", "started_at", runtime.pid) if want.state == "restarted" else 0.0,
        limits=_read_limits(host, want, have, [key for key in keys if is_live(key)], runtime.pid),
        started_with={key: value.strip() for key, value in running.items()},
        filed=parse_info(reply, asked),
        interfaces=interfaces,
        devices=frozenset(
            device.path
            for device in want.devices
            if device.present
            and have.around.devices.get(device.path)
            and host.ask("lxc", "inner_device", runtime.pid, device.path) == have.around.devices[device.path]
        ),
        has_address=has_address(interfaces),
    )


def _read_limits(host: Host, want: WantContainer, have: Have, keys: t.Sequence[str], pid: int) -> dict[str, str]:
    """From the files of its cgroups; of one that lxc.cgroup.dir put elsewhere LXC itself knows the place."""
    within = host.read(f"/proc/{pid}/cgroup") or ""
    found = {}
    for key in keys:
        path = have.around.cgroups.file_of(live_key(key), within)
        text = host.read(path) if path else host.query(tool("cgroup", want, live_key(key)), ok=(0, 1)).out
        found[key] = (text or "").strip()
    return found
