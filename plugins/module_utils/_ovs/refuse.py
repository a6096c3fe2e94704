# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations that cannot come about on this host, or that Open vSwitch would take and not carry out. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import PortError, Record, Site, find_port
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.values import DEVICE_NAME
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import WantBridge, WantPort

# Ports without a kernel device of the port's name, so that the name may be longer than the kernel's 15 characters.
TUNNELS = ("vxlan", "gre", "geneve", "erspan", "ip6gre", "ip6erspan", "lisp", "stt", "gtpu", "bareudp")
# Tunnels that Open vSwitch 3.1 refuses without remote_ip.
POINT_TO_POINT = tuple(kind for kind in TUNNELS if kind != "bareudp")


def refuse_unfit(before: Site, after: Site, want: WantBridge) -> None:
    """Raise Problem for what the database would take although it cannot work."""
    if not want.present:
        return
    _refuse_names(before, after, want)
    kind = want.fields.values.get("datapath_type")
    known = before.status.get("datapath_types", ())
    if kind and known and kind not in known:
        raise Problem(f"{want.name}: there is no datapath_type {kind!r} here: it has {', '.join(known)}")
    bridge = after.bridges[want.name]
    for port in want.present_ports:
        for name, face in bridge.ports[port.name].interfaces.items():
            _refuse_interface(f"{want.name}: port {port.name}", name, face, port, before)
    _refuse_mirrors(after, want)
    for column in want.exports:
        if column in bridge.exports and not bridge.exports[column].columns["targets"]:
            raise Problem(f"{want.name}: {column} needs targets: name the collectors, or clear {column}")


def _refuse_names(before: Site, after: Site, want: WantBridge) -> None:
    found = find_port(before, want.name)
    if found is not None and found[0] != want.name:
        raise Problem(f"{want.name}: bridge {found[0]} has a port of that name: choose another name for the bridge")
    for port in want.present_ports:
        if port.name != want.name and port.name in after.bridges:
            raise Problem(f"{want.name}: port {port.name} has the name of a bridge: use a patch port to join bridges")


def _refuse_interface(where: str, name: str, face: Record, port: WantPort, site: Site) -> None:
    kind, options = face.columns["type"], face.columns["options"]
    known = [*site.status.get("iface_types", ()), "system"]
    if "type" in port.face.names and kind and len(known) > 1 and kind not in known:
        raise Problem(f"{where}: this Open vSwitch has no interface type {kind!r}{nearest(kind, known)}")
    if len(name) > DEVICE_NAME and not face.uuid and kind not in (*TUNNELS, "patch"):
        raise Problem(f"{where}: interface {name} has {len(name)} characters, a device's name at most {DEVICE_NAME}")
    if port.face.values.get("mac") and kind not in ("internal", "tap"):
        raise Problem(f"{where}: mac can be set for an internal port only; set that of a device with the host's tools")
    if "type" not in port.face.names and "options" not in port.face.names:
        return
    if kind == "patch" and options.get("peer", name) == name:
        raise Problem(f"{where}: a patch port needs options.peer, the name of the patch port at the other end")
    if kind in POINT_TO_POINT and "remote_ip" not in options:
        hint = next((f" ({key}?)" for key in options if nearest(key, ["remote_ip"])), "")
        raise Problem(f"{where}: a {kind} port needs options.remote_ip, an address or `flow`{hint}")


def _refuse_mirrors(after: Site, want: WantBridge) -> None:
    bridge = after.bridges[want.name]
    for mirror in want.mirrors:
        if not mirror.present:
            continue
        columns = mirror.fields.values
        named: list[str] = [*columns.get("select_src_port", ()), *columns.get("select_dst_port", ())]
        for port in (*named, *([columns["output_port"]] if columns.get("output_port") else [])):
            if port not in bridge.ports:
                hint = nearest(port, bridge.ports)
                raise Problem(f"{want.name}: mirror {mirror.name}: the bridge has no port {port}{hint}")
        made = bridge.mirrors[mirror.name].columns
        if made["output_port"] is None and made["output_vlan"] is None:
            raise Problem(f"{want.name}: mirror {mirror.name} leads nowhere: name its output_port or output_vlan")
        if made["output_port"] and made["output_port"] in named:
            raise Problem(f"{want.name}: mirror {mirror.name}: {made['output_port']} cannot be mirrored to itself")


def explain_errors(name: str, errors: t.Sequence[PortError]) -> str:
    said = "; ".join(f"port {e.port}: {e.interface}: {e.error}" for e in errors[:10])
    more = f"; and {len(errors) - 10} more ports" if len(errors) > 10 else ""
    return (
        f"{name}: Open vSwitch could not open {said}{more}. Make the device or correct the port; "
        "if the device comes later, set ignore_port_errors=true"
    )
