# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an initiator has: the node database, the kernel's sessions and disks, links and rules. Hardly a process."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import udev
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import (
    Attachment,
    Disk,
    Record,
    Session,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.in_use import find_uses
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal, parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.settings import RUNNING_SETTINGS
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume

# Debian 13 moved it; what an upgrade left in /etc is not read any more.
DATABASES = ("/var/lib/iscsi/nodes", "/etc/iscsi/nodes")
SESSIONS = "/sys/class/iscsi_session"
CONNECTIONS = "/sys/class/iscsi_connection"
RUNNING = {
    **RUNNING_SETTINGS,
    **{f"node.session.auth.{key}": key for key in ("username", "password", "username_in", "password_in")},
}


def observe_attachments(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, Attachment]:
    if not host.has("iscsiadm") and host.has("iscsictl"):
        raise Problem(
            f"{wants[0].name}: a volume is attached with open-iscsi, which Linux has; this host is FreeBSD, whose"
            " iscsictl is not supported"
        )
    sessions = read_sessions(host)
    rules = read_rules(host)
    offers = _discover(host, wants)
    found = {}
    for want in wants:
        mine = tuple(session for iqn, session in sessions if iqn == want.target)
        disks = [disk for session in mine for disk in session.disks]
        found[want.name] = Attachment(
            name=want.name,
            iqn=want.target,
            records=read_records(host, want.target),
            sessions=mine,
            offered=offers.get(want.name, ()),
            rule=rules.get(want.name),
            link=(host.link(want.link) or "").rsplit("/", 1)[-1],
            others=tuple(other_rules(rules, want)),
            claimed=tuple(other_rules(rules, want).values()),
            initiator=read_initiator(host),
            multipathd=host.exists("/run/multipathd.pid"),
        )
        found[want.name] = _with_uses(host, found[want.name], disks, want)
    return found


def _with_uses(host: Host, have: Attachment, disks: t.Sequence[Disk], want: WantVolume) -> Attachment:
    if not disks or (want.state == "attached" and want.restart_policy == "never"):
        return have
    return dataclasses.replace(have, uses=find_uses(host, disks))


def read_initiator(host: Host) -> str:
    match = re.search(r"^InitiatorName=(\S+)", host.read("/etc/iscsi/initiatorname.iscsi") or "", re.MULTILINE)
    return match.group(1) if match else ""


def read_rules(host: Host) -> dict[str, str]:
    """Our udev rules by volume."""
    return {
        entry[len(udev.PREFIX) : -len(".rules")]: host.read(f"{udev.FOLDER}/{entry}") or ""
        for entry in host.entries(udev.FOLDER)
        if entry.startswith(udev.PREFIX) and entry.endswith(".rules")
    }


def other_rules(rules: t.Mapping[str, str], want: WantVolume) -> dict[str, int]:
    """Other volumes of the target by what their rules say, with their LUNs."""
    luns = {
        name: udev.pinned_lun(text) for name, text in sorted(rules.items()) if udev.target_of_rule(text) == want.target
    }
    return {name: lun for name, lun in luns.items() if name != want.name and lun is not None}


def read_records(host: Host, iqn: str) -> tuple[Record, ...]:
    """Records are files ``ADDRESS,PORT`` (made by hand) or ``ADDRESS,PORT,GROUP/INTERFACE`` (found by discovery)."""
    records = []
    for database in DATABASES:
        folder = f"{database}/{iqn}"
        for entry in host.entries(folder):
            address, port = (entry.split(",") + [""])[:2]
            if not port.isdigit():
                continue
            path = f"{folder}/{entry}"
            inside = host.entries(path)
            path = f"{path}/{'default' if 'default' in inside else inside[0]}" if inside else path
            records.append(Record(parse_portal(address, int(port)), path, parse_record(host.read(path) or "")))
        if records:
            break
    return tuple(records)


def parse_record(text: str) -> tuple[tuple[str, str], ...]:
    rows = (line.partition(" = ") for line in text.splitlines() if " = " in line and not line.startswith("#"))
    return tuple((key, "" if value == "<empty>" else value) for key, _is, value in rows)


def read_sessions(host: Host) -> list[tuple[str, Session]]:
    """(target, session) for all sessions of this host."""
    found = []
    for entry in host.entries(SESSIONS):
        base, sid = f"{SESSIONS}/{entry}", entry[len("session") :]
        iqn, portal = _text(host, f"{base}/targetname"), _portal(host, sid)
        if not iqn or portal is None:
            continue
        values = tuple((key, _text(host, f"{base}/{file}")) for key, file in RUNNING.items())
        session = Session(
            int(sid), portal, _text(host, f"{base}/state"), values, tuple(_read_disks(host, f"{base}/device"))
        )
        found.append((iqn, session))
    return found


def _portal(host: Host, sid: str) -> Portal | None:
    for entry in host.entries(CONNECTIONS):
        if entry.startswith(f"connection{sid}:"):
            base = f"{CONNECTIONS}/{entry}"
            address = _text(host, f"{base}/persistent_address") or _text(host, f"{base}/address")
            port = _text(host, f"{base}/persistent_port") or _text(host, f"{base}/port")
            if address and port.isdigit():
                return parse_portal(address, int(port))
    return None


def _read_disks(host: Host, base: str) -> t.Iterator[Disk]:
    for scsi_target in host.entries(base):
        if not scsi_target.startswith("target"):
            continue
        for unit in host.entries(f"{base}/{scsi_target}"):
            if re.fullmatch(r"\d+:\d+:\d+:\d+", unit):
                folder = f"{base}/{scsi_target}/{unit}"
                for name in host.entries(f"{folder}/block"):
                    yield read_disk(host, name, int(unit.rsplit(":", 1)[-1]))


def read_disk(host: Host, name: str, lun: int) -> Disk:
    base = f"/sys/class/block/{name}"
    disk = Disk(
        name=name,
        lun=lun,
        size=int(_text(host, f"{base}/size") or 0) * 512,
        model=_text(host, f"{base}/device/model"),
        vendor=_text(host, f"{base}/device/vendor"),
        wwid=_text(host, f"{base}/device/wwid"),
    )
    for holder in host.entries(f"{base}/holders"):
        uuid = _text(host, f"/sys/class/block/{holder}/dm/uuid")
        if uuid.startswith("mpath-"):
            return dataclasses.replace(
                disk,
                map=holder,
                map_uuid=uuid,
                map_name=_text(host, f"/sys/class/block/{holder}/dm/name"),
                map_size=int(_text(host, f"/sys/class/block/{holder}/size") or 0) * 512,
            )
    return disk


def _text(host: Host, path: str) -> str:
    """A sysfs attribute; what is unset reads empty."""
    try:
        text = (host.read(path) or "").strip()
    except OSError:  # some attributes answer with an error while a session comes or goes
        return ""
    return "" if text == "(null)" else text


def _discover(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, tuple[Portal, ...]]:
    """Ask each portal once, and only for targets without a record, which of its portals lead to them."""
    answers: dict[Portal, list[tuple[str, Portal]]] = {}
    offers = {}
    for want in wants:
        if want.state != "attached" or not want.discover or read_records(host, want.target):
            continue
        portal = want.portals[0]
        if portal not in answers:
            answers[portal] = ask_portal(host, portal)
        offers[want.name] = tuple(sorted(found for iqn, found in answers[portal] if iqn == want.target))
        if not offers[want.name]:
            raise Problem(
                f"{want.name}: {portal} does not offer {want.target} to {read_initiator(host) or 'this host'}: "
                f"it offers {', '.join(sorted({iqn for iqn, _portal in answers[portal]})) or 'nothing'}"
            )
    return offers


def ask_portal(host: Host, portal: Portal) -> list[tuple[str, Portal]]:
    """SendTargets discovery that leaves no records behind."""
    argv = ("iscsiadm", "-m", "discovery", "-t", "sendtargets", "-p", str(portal), "-o", "nonpersistent")
    return parse_discovery(host.query(argv, ok=(0, 21)).out)


def parse_discovery(text: str) -> list[tuple[str, Portal]]:
    """Lines of ``ADDRESS:PORT,GROUP TARGET``."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"(\S+):([0-9]+),[0-9-]+ (\S+)", line.strip())
        if match:
            found.append((match.group(3), parse_portal(match.group(1), int(match.group(2)))))
    return found
