# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initiator's side of the resource: what to do to attach or detach a volume, and what comes of it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Await,
    Call,
    Change,
    Plan,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import udev
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import (
    Attachment,
    Disk,
    Record,
    Session,
    disks_of,
    portals_of,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.settings import AUTH, RUNNING_SETTINGS
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, WantVolume

UNKNOWN = "unknown"  # in predictions: a device that the kernel has yet to name


def declared_values(want: WantVolume) -> dict[str, str]:
    """What the records should say, of what is declared."""
    values = dict(want.settings)
    if want.startup is not None:
        values.update({"node.startup": want.startup, "node.conn[0].startup": want.startup})
    if want.chap is not None:
        words = dataclasses.asdict(want.chap)
        keys = {"user": "username", "password": "password", "user_in": "username_in", "password_in": "password_in"}
        values.update({AUTH + keys[field]: word for field, word in words.items()})
        values[AUTH + "authmethod"] = "None" if want.chap == NO_CHAP else "CHAP"
    return values


def running_values(want: WantVolume) -> dict[str, str]:
    """Of the declared values those that a session took over at login and that the kernel shows."""
    values = declared_values(want)
    shown = [*RUNNING_SETTINGS, *(AUTH + key for key in ("username", "password", "username_in", "password_in"))]
    return {key: values[key] for key in shown if key in values}


def lun_of(have: Attachment, want: WantVolume) -> int | None:
    """The volume's LUN, when it is declared or can be seen."""
    for disk in disks_of(have, want).values():
        return disk.lun
    return want.lun


def expects_map(have: Attachment, want: WantVolume) -> bool:
    """Whether the volume is to be used through its multipath device."""
    if want.multipath is not None:
        return want.multipath
    several = have.multipathd and len(portals_of(have, want)) > 1
    return several or any(disk.map for disk in disks_of(have, want).values())


def rule_for(have: Attachment, want: WantVolume) -> str | None:
    """The udev rule, when everything that it says is known."""
    lun, disks = lun_of(have, want), disks_of(have, want)
    uuid = ""
    if expects_map(have, want):
        uuid = next((disk.map_uuid for disk in disks.values() if disk.map_uuid), "")
        if not uuid:
            return None
    return None if lun is None else udev.render_rule(want.name, want.target, portals_of(have, want), lun, uuid)


def iscsiadm(want: WantVolume, portal: Portal, *words: str) -> tuple[str, ...]:
    return ("iscsiadm", "-m", "node", "-T", want.target, "-p", str(portal), *words)


def plan_attach(have: Attachment, want: WantVolume) -> Plan:
    rule = rule_for(have, want)
    steps = [step for portal in portals_of(have, want) for step in _record_steps(have, want, portal)]
    if rule is not None and rule != have.rule:
        steps.append(Step(Write(udev.rule_path(want.name), rule), f"write the udev rule of {want.link}"))
        steps.append(Step(Run(udev.RELOAD), "have udev read it"))
    missing = [portal for portal in portals_of(have, want) if have.session(portal) is None]
    for portal in missing:
        steps += _login_steps(have, want, portal)
    steps += _relogin_steps(have, want)
    steps += _rescan_steps(have, want)
    if rule is None:
        words = [str(portal) for portal in portals_of(have, want)]
        data = {"lun": want.lun, "name": want.name, "target": want.target, "portals": words, "timeout": want.timeout}
        data["map"] = expects_map(have, want)
        steps.append(
            Step(Call("initiator", "write_rule", (data,)), f"find the LUN and write the udev rule of {want.link}")
        )
        steps.append(Step(Run(udev.RELOAD), "have udev read it"))
    steps += _link_steps(have, want, rule is None or rule != have.rule, rule is None)
    return tuple(steps)


def _record_steps(have: Attachment, want: WantVolume, portal: Portal) -> list[Step]:
    record, steps = have.record(portal), []
    if record is None:
        change = Change("portals", None, str(portal))
        steps.append(
            Step(Run(iscsiadm(want, portal, "-o", "new")), f"make a node record for {portal}", changes=(change,))
        )
    values = {key: value for key, value in declared_values(want).items() if record is None or record.get(key) != value}
    if values:
        changes = tuple(
            Change(key, record.get(key) if record else None, value)
            for key, value in values.items()
            if not key.startswith(AUTH)
        )
        call = Call("initiator", "set_record", (want.target, str(portal), values))
        steps.append(Step(call, f"set {', '.join(sorted(values))} in the record of {portal}", changes=changes))
    return steps


def _login_steps(have: Attachment, want: WantVolume, portal: Portal) -> list[Step]:
    hint = (
        f"authorization failure means that the bay gives {have.initiator or 'this initiator'} no access to "
        f"{want.target} or has other CHAP words; not found, that it has no such target"
    )
    login = Run(iscsiadm(want, portal, "--login"), ok=(0, 15), timeout=want.timeout, hint=hint)  # 15: is logged in
    reach = Call("initiator", "reach", (portal.address, portal.port, min(want.timeout, 10)))
    return [
        Step(reach, f"reach {portal}"),
        Step(login, f"log in to {want.target} at {portal}", changes=(Change("sessions", None, str(portal)),)),
    ]


def outdated(session: Session, want: WantVolume) -> bool:
    """Whether the session was made with other settings than the declared ones."""
    there = dict(session.values)
    return any(there.get(key, "") != value for key, value in running_values(want).items())


def _relogin_steps(have: Attachment, want: WantVolume) -> list[Step]:
    steps = []
    for portal in portals_of(have, want):
        session = have.session(portal)
        if session is not None and outdated(session, want):
            uses = uses_of(have, session.disks)
            words = f" although {uses}" if uses else ""
            out = Run(iscsiadm(want, portal, "--logout"), timeout=want.timeout)
            summary = f"log out of {portal} to take over the settings{words}"
            steps.append(Step(out, summary, how="restart", switch="force" if uses else None))
            steps += [dataclasses.replace(step, how="restart") for step in _login_steps(have, want, portal)[1:]]
            steps.append(Step(Await(want.link, timeout=want.timeout), f"wait for {want.link}", how="restart"))
    return steps


def uses_of(have: Attachment, disks: t.Iterable[Disk]) -> str:
    names = {disk.name for disk in disks}
    return ", ".join(f"{disk} is {use}" for disk, use in have.uses if disk in names)


def _rescan_steps(have: Attachment, want: WantVolume) -> list[Step]:
    """Only when the LUN is not there or smaller than declared."""
    steps: list[Step] = []
    found = disks_of(have, want)
    for session in have.sessions:
        disk = found.get(session.portal)
        if session.portal not in portals_of(have, want):
            continue
        why = ""
        if disk is None:
            why = "the LUN is not there"
        elif want.size is not None and disk.size < want.size:
            why = f"{disk.name} has {render_size(disk.size)} and not {render_size(want.size)}"
        if why:
            scan = Run(("iscsiadm", "-m", "session", "-r", str(session.sid), "--rescan"), timeout=want.timeout)
            steps.append(Step(scan, f"scan session {session.sid} again: {why}"))
    maps = {disk.map_name: disk for disk in found.values() if disk.map_name}
    for name, disk in sorted(maps.items()):
        if disk.map_size < max(disk.size, want.size or 0) and expects_map(have, want):
            steps.append(Step(Run(("multipathd", "resize", "map", name)), f"resize the multipath device {name}"))
    return steps


def _link_steps(have: Attachment, want: WantVolume, new_rule: bool, late: bool) -> list[Step]:
    """Wait for the link; disks that came before the rule (``late``) are announced to udev again."""
    devices = {
        disk.map if disk.map and expects_map(have, want) else disk.name for disk in disks_of(have, want).values()
    }
    if have.link and have.link in devices and not new_rule:
        return []
    announce = Step(Call("initiator", "announce", (want.name, want.target)), "announce the disk to udev again")
    steps = [announce] if devices or late else []
    hint = f"log in worked, but LUN {want.lun} is not there" if want.lun is not None else "the LUN did not come"
    hint += ": is it mapped to this initiator on the bay, and does udev run?"
    return [*steps, Step(Await(want.link, timeout=want.timeout, hint=hint), f"wait for {want.link}")]


def plan_detach(have: Attachment, want: WantVolume) -> Plan:
    if have.state == "detached":
        return ()
    found = disks_of(have, want)
    steps = _flush_steps(found.values())
    if keeps_sessions(have, found):
        uses = uses_of(have, found.values())
        for disk in {disk.name: disk for disk in found.values()}.values():
            summary = f"take {disk.name} away (the session stays for other volumes)" + (
                f" although {uses}" if uses else ""
            )
            steps.append(
                Step(Call("initiator", "forget_disk", (disk.name,)), summary, switch="force" if uses else None)
            )
    else:
        steps += _leave_steps(have, want)
    if have.rule is not None:
        steps.append(Step(Remove(udev.rule_path(want.name)), f"remove the udev rule of {want.link}"))
        steps.append(Step(Run(udev.RELOAD), "have udev forget it"))
    if have.link:
        steps.append(Step(Await(want.link, present=False, timeout=want.timeout), f"wait until {want.link} is gone"))
    return tuple(steps)


def _flush_steps(disks: t.Iterable[Disk]) -> list[Step]:
    maps = sorted({disk.map_name for disk in disks if disk.map_name})
    return [Step(Run(("multipath", "-f", name)), f"remove the multipath device {name}") for name in maps]


def keeps_sessions(have: Attachment, found: t.Mapping[Portal, Disk]) -> bool:
    """Other volumes of the target are attached here, or other disks of its sessions are in use."""
    mine = {disk.name for disk in found.values()}
    return bool(have.others) or any(disk not in mine for disk, _use in have.uses)


def _leave_steps(have: Attachment, want: WantVolume) -> list[Step]:
    steps = []
    for session in have.sessions:
        uses = uses_of(have, session.disks)
        summary = f"log out of {want.target} at {session.portal}" + (f" although {uses}" if uses else "")
        half = session.state != "LOGGED_IN"  # a login that iscsid still tries: it may refuse (9) and gives up by itself
        ok = (0, 9, 21) if half else (0, 21)  # 21: no such session
        out = Run(iscsiadm(want, session.portal, "--logout"), ok=ok, timeout=want.timeout)
        change = Change("sessions", str(session.portal), None)
        steps.append(Step(out, summary, switch="force" if uses else None, changes=(change,)))
        if half:
            patience = max(want.timeout, _login_patience(have.record(session.portal)))
            gone = Await(f"/sys/class/iscsi_session/session{session.sid}", present=False, timeout=patience)
            steps.append(Step(gone, f"wait until session {session.sid} is gone"))
    for record in have.records:
        delete = Run(iscsiadm(want, record.portal, "-o", "delete"), ok=(0, 21))
        steps.append(Step(delete, f"delete the node record of {record.portal}"))
    return steps


def _login_patience(record: Record | None) -> float:
    """Seconds after which iscsid 2.1 gives a first login up: its tries times the time of one, and some for the rest."""
    times = []
    for key, default in (("node.session.initial_login_retry_max", 8), ("node.conn[0].timeo.login_timeout", 15)):
        text = record.get(key) if record else ""
        times.append(int(text) if text.isdigit() else default)
    return times[0] * times[1] + 15


def predict_detach(have: Attachment, want: WantVolume) -> Attachment:
    found = disks_of(have, want)
    if have.state == "detached":
        return have
    if not keeps_sessions(have, found):
        return dataclasses.replace(have, records=(), sessions=(), rule=None, link="", uses=())
    mine = {disk.name for disk in found.values()}
    sessions = tuple(
        dataclasses.replace(session, disks=tuple(disk for disk in session.disks if disk.name not in mine))
        for session in have.sessions
    )
    uses = tuple((disk, use) for disk, use in have.uses if disk not in mine)
    return dataclasses.replace(have, sessions=sessions, rule=None, link="", uses=uses)


def predict_attach(have: Attachment, want: WantVolume) -> Attachment:
    values = declared_values(want)
    records = {record.portal: record for record in have.records}
    sessions = {session.portal: session for session in have.sessions}
    for portal in portals_of(have, want):
        old = records.get(portal, Record(portal))
        records[portal] = dataclasses.replace(old, values=tuple({**dict(old.values), **values}.items()))
        sessions[portal] = _predict_session(
            have, want, sessions.get(portal) or Session(0, portal, values=tuple(running_values(want).items()))
        )
    after = dataclasses.replace(have, records=tuple(records.values()), sessions=tuple(sessions.values()))
    found = disks_of(after, want)
    disk = next(iter(found.values()))
    link = disk.map if disk.map and expects_map(after, want) else disk.name
    old_link = have.link if have.link in {word for disk in found.values() for word in (disk.name, disk.map)} else ""
    return dataclasses.replace(after, rule=rule_for(after, want), link=old_link or link)


def _predict_session(have: Attachment, want: WantVolume, session: Session) -> Session:
    disks = list(session.disks)
    mine = disks_of(dataclasses.replace(have, sessions=(session,)), want).get(session.portal)
    if mine is None:
        number = lun_of(have, want)
        mine = Disk(UNKNOWN, 0 if number is None else number, 0, model=want.name[:16])
        disks.append(mine)
    size = max(mine.size, want.size or 0)
    grown = dataclasses.replace(mine, size=size)
    if expects_map(have, want):
        uuid = mine.map_uuid or "mpath-" + UNKNOWN
        grown = dataclasses.replace(
            grown, map=mine.map or UNKNOWN, map_name=mine.map_name or UNKNOWN, map_uuid=uuid, map_size=size
        )
    disks[disks.index(mine)] = grown
    values = dict(session.values)
    if want.restart_policy != "never":
        values.update(running_values(want))
    return dataclasses.replace(session, values=tuple(values.items()), disks=tuple(disks))
