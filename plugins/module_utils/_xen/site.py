# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this Dom0 and the target of a move have, side by side. Private."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe_host as machine
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import (
    AUTO,
    INCOMING,
    Have,
    Runtime,
    Site,
    Target,
    Thing,
    packed_file,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.peers import SSH
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings

# File systems on which two hosts see the same file
_SHARED = ("nfs", "nfs4", "ceph", "glusterfs", "gfs2", "gfs/gfs2", "ocfs2", "cifs", "smb2", "lustre", "gpfs")
# Where Linux says what a block device is, whatever name a host gives it: multipath and LVM, SCSI, NVMe
_IDENTITIES = ("dm/uuid", "device/wwid", "wwid")
_STAT = "%F|%t|%T|%s|%i|%n"
_STATFS = "%T|%n"
# What there may be of a guest's memory, the most telling first
_SAVES = {"used": "save.used", "ready": "save", "part": "save.part"}

# The same questions as below, for a host that is not this one: one connection, read by `sh` on its standard input.
_ASK = """\
LC_ALL=C; export LC_ALL
part() { echo "==hostwright $1"; }
part list; xl list -v -c || exit 3
part details; xl list -l || exit 3
part info; xl info || exit 3
part links; cd %(auto)s 2>/dev/null && for link in *; do test -L "$link" && echo "$link|$(readlink -f -- "$link")"; done
cd /
part save; for kind in '' .used .part; do test ! -e %(save)s$kind || echo "save$kind"; done
part bridges; ls /sys/class/net
set -- %(paths)s
part stat; stat -L -c '%(stat)s' -- "$@" 2>/dev/null
part statfs; stat -f -c '%(statfs)s' -- "$@" 2>/dev/null
part blocks; for path in "$@"; do
  test -b "$path" || continue
  block=/sys/dev/block/$(printf '%%d:%%d' $(stat -L -c '0x%%t 0x%%T' -- "$path"))
  echo "$(cat $block/size)|$(cat $block/dm/uuid $block/device/wwid $block/wwid 2>/dev/null | head -n 1)|$path"
done
part text; test ! -f %(config)s || { echo there; cat %(config)s; }
"""


def paths_of(settings: Settings | None) -> tuple[str, ...]:
    """The disks of a guest, and what it boots from, as far as they are paths."""
    if settings is None:
        return ()
    disks = [disk.target for disk in settings.disks if not disk.script]
    files = [settings.kernel, settings.ramdisk, settings.bootloader if "/" in (settings.bootloader or "") else None]
    return tuple(dict.fromkeys(path for path in (*disks, *files) if path and path.startswith("/")))


def bridges_of(settings: Settings | None) -> tuple[str, ...]:
    """The bridges that the guest's interfaces need. vif-openvswitch writes VLANs behind the name."""
    named = [(nic.bridge or "", nic.script or "") for nic in settings.nics] if settings else []
    plain = [re.split("[.:]", bridge)[0] if "openvswitch" in script else bridge for bridge, script in named]
    return tuple(dict.fromkeys(filter(None, plain)))


def read_site(host: Host, paths: t.Sequence[str]) -> Site:
    """What this host has."""
    stats = host.query(("stat", "-L", "-c", _STAT, "--", *paths), ok=machine.ANY).out if paths else ""
    systems = host.query(("stat", "-f", "-c", _STATFS, "--", *paths), ok=machine.ANY).out if paths else ""
    blocks = []
    for kind, major, minor, _size, _inode, path in _fields(stats, 6):
        if kind == "block special file":
            folder = f"/sys/dev/block/{int(major, 16)}:{int(minor, 16)}"
            told = [(host.read(f"{folder}/{name}") or "").strip() for name in _IDENTITIES]
            size = (host.read(f"{folder}/size") or "0").strip()
            blocks.append(f"{size}|{next(filter(None, told), '')}|{path}")
    return Site(
        info=read_info(machine.ask_xl(host, "info")),
        things=read_things(stats, systems, "\n".join(blocks)),
        bridges=frozenset(host.entries("/sys/class/net")),
    )


def read_info(out: str) -> tuple[tuple[str, str], ...]:
    """The lines ``key : value`` of ``xl info``."""
    pairs = (line.split(":", 1) for line in out.splitlines() if ":" in line)
    return tuple((key.strip(), value.strip()) for key, value in pairs)


def _fields(out: str, count: int) -> t.Iterator[list[str]]:
    """Lines of fields; the path comes last because it may hold anything."""
    for line in out.splitlines():
        fields = line.split("|", count - 1)
        if len(fields) == count:
            yield fields


def read_things(stats: str, systems: str, blocks: str) -> tuple[tuple[str, Thing], ...]:
    shared = {path: kind for kind, path in _fields(systems, 2) if kind in _SHARED or kind.startswith("fuse")}
    sizes = {path: (size, identity) for size, identity, path in _fields(blocks, 3)}
    things = {}
    for kind, _major, _minor, size, inode, path in _fields(stats, 6):
        if path in sizes:
            sectors, identity = sizes[path]
            things[path] = Thing("block device", int(sectors or 0) * 512, identity)
        else:
            things[path] = Thing(kind, int(size), f"{shared[path]}/{inode}" if path in shared else "")
    return tuple(sorted(things.items()))


def ask_target(host: Host, have: Have, destination: str, node: str, settings: Settings | None) -> Target:
    """What the target has, in one connection."""
    quote = shlex.quote
    script = _ASK % {
        "auto": AUTO,
        "save": quote(packed_file(have.name)),
        "paths": " ".join(quote(path) for path in paths_of(settings)) or "/dev/null",
        "config": quote(have.path),
        "stat": _STAT,
        "statfs": _STATFS,
    }
    try:
        reply = host.query(("ssh", *SSH, "--", destination, "sh"), ok=machine.ANY, stdin=script)
    except Problem as problem:
        raise Problem(f"{have.name}: {destination} does not say what it has: {problem}") from None
    parts = dict(re.findall(r"^==hostwright (\w+)\n(.*?)(?=^==hostwright |\Z)", reply.out, re.MULTILINE | re.DOTALL))
    if "text" not in parts:
        said = (reply.err or reply.out).strip().split("\n")[-1]
        raise Problem(f"{have.name}: {destination} does not say what it has (rc={reply.rc}): {said}")
    return read_target(have, destination, node, parts)


def read_target(have: Have, destination: str, node: str, parts: t.Mapping[str, str]) -> Target:
    domains = machine.read_rows(parts["list"], parts["details"])
    links = [(f"{AUTO}/{name}", target) for name, target in _fields(parts["links"], 2)]
    saves = parts["save"].split()
    return Target(
        destination=destination,
        node=node,
        guest=_find(have, domains),
        incoming=have.name + INCOMING in domains,
        text=parts["text"].partition("\n")[2] if parts["text"] else None,
        links=tuple(link for link, target in links if target == have.path),
        save=next((state for state, file in _SAVES.items() if file in saves), None),
        site=Site(
            info=read_info(parts["info"]),
            things=read_things(parts["stat"], parts["statfs"], parts["blocks"]),
            bridges=frozenset(parts["bridges"].split()),
        ),
    )


def _find(have: Have, domains: t.Mapping[str, Runtime]) -> Runtime | None:
    """The guest by its name, or by its UUID under another one."""
    uuid = have.runtime.uuid if have.runtime else have.settings.uuid if have.settings else None
    same = [run for name, run in domains.items() if uuid and run.uuid == uuid and not name.endswith(INCOMING)]
    return domains.get(have.name) or next(iter(same), None)
