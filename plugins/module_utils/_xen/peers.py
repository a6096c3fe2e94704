# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks other Dom0s whether a guest runs there, before it is started here or moved. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe_host as machine
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have, Peer
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu

# ssh hands these words to the peer's login shell; they are fixed.
QUESTION = "uname -n && xl list -v -c && xl list -l"
# A busy host may need more than 10 s until ssh is through; a connection that is cut in a transfer ends after a minute
SSH = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4")


def needs_start(have: Have, want: WantDomu) -> bool:
    if want.state not in ("started", "restarted", "paused") and not (have.restarting and want.state == "present"):
        return False
    return have.runtime is None or have.power == "shutdown"


def ask_peers(host: Host, found: t.Mapping[str, Have], wants: t.Sequence[WantDomu]) -> dict[str, Have]:
    """Each peer is asked once, and only when a guest that it may hold is about to start."""
    starting = {want.name: want for want in wants if needs_start(found[want.name], want)}
    peers = {peer: ask_peer(host, peer) for want in starting.values() for peer in want.peers}
    asked = dict(found)
    for name, want in starting.items():
        around = dataclasses.replace(found[name].around, peers=tuple(peers[peer] for peer in want.peers))
        asked[name] = dataclasses.replace(found[name], around=around)
    return asked


def ask_peer(host: Host, destination: str) -> Peer:
    try:
        reply = host.query(("ssh", *SSH, "--", destination, QUESTION), ok=machine.ANY)
    except Problem as problem:
        return Peer(destination, problem=str(problem))
    if reply.rc:
        said = (reply.err or reply.out).strip().split("\n")[-1]
        return Peer(destination, problem=f"rc={reply.rc}: {said}")
    node, _end, listed = reply.out.partition("\n")
    rows, bracket, details = listed.partition("\n[")
    try:
        table = read_output(machine.LIST, rows, machine.parse_list)
        disks = read_output(machine.DETAILS, bracket.strip() + details, _read_disks)
    except Problem as problem:
        return Peer(destination, problem=str(problem))
    guests = tuple((row["name"], row["uuid"]) for row in table if row["id"] != "0")
    return Peer(destination, node=node.strip(), guests=guests, disks=disks)


def _read_disks(listed: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (entry["config"]["c_info"]["name"], disk.get("pdev_path") or "", "rw" if disk.get("readwrite") else "ro")
        for entry in machine.parse_details(listed)
        for disk in entry["config"].get("disks", ())
    )
