# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on an initiator: the simulator is a node database, a kernel with sessions, a udev with rules."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import udev
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import Attachment, Disk, Record, Session
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal, parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.resource import RESOURCE
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Chap, WantVolume
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

NAME, IQN, M = "toto", "iqn.2026-01.org.example:bay", 1024**2
P, Q = Portal("10.0.0.1"), Portal("fd00::1", 3261)
TIMEOUT = "node.session.timeo.replacement_timeout"
QUIET = "node.conn[0].timeo.noop_out_interval"
OTHER = "node.session.queue_depth"  # never declared here
MINE, THEIRS = Disk("sda", 4, 64 * M, NAME, "LIO-ORG"), Disk("sdx", 9, 64 * M, "other", "LIO-ORG")


@st.composite
def sessions(draw: t.Any, portal: Portal, number: int) -> Session:
    values = (
        (TIMEOUT, draw(st.sampled_from(["120", "90"]))),
        ("node.session.auth.username", draw(st.sampled_from(["", "u"]))),
    )
    mine = dataclasses.replace(MINE, name=f"sda{number}", size=draw(st.sampled_from([64 * M, 128 * M])))
    disks = (mine, THEIRS) if draw(st.booleans()) else (THEIRS,)
    return Session(number, portal, "LOGGED_IN", values, disks)


@st.composite
def attachments(draw: t.Any) -> Attachment:
    portals = draw(st.sampled_from([(), (P,), (P, Q)]))
    records = tuple(
        Record(
            portal,
            "/somewhere",
            ((TIMEOUT, draw(st.sampled_from(["120", "90"]))), (OTHER, "32"), ("node.startup", "manual")),
        )
        for portal in portals
    )
    there = tuple(draw(sessions(portal, number)) for number, portal in enumerate(portals) if draw(st.booleans()))
    seen = [disk for session in there for disk in session.disks if disk.lun == MINE.lun]
    rule = udev.render_rule(NAME, IQN, portals, MINE.lun) if portals and draw(st.booleans()) else None
    link = seen[0].name if rule and seen else ""
    others = draw(st.sampled_from([(), ("other",)]))
    used = st.sampled_from([(), *(((disk.name, "mounted on /mnt"),) for disk in seen), (("sdx", "swap space"),)])
    return Attachment(NAME, IQN, records, there, (), rule, link, others, draw(used) if there else ())


def act(have: Attachment | None, action: model.Action, want: WantVolume) -> Attachment | None:
    have = have or Attachment(NAME, IQN)
    if isinstance(action, model.Run):
        have = run(have, action, want)
    elif isinstance(action, model.Write):
        have = dataclasses.replace(have, rule=action.content)
    elif isinstance(action, model.Remove):
        have = dataclasses.replace(have, rule=None)
    elif isinstance(action, model.Call):
        have = call(have, action)
    return link(have)


def link(have: Attachment) -> Attachment:
    """udev: the link is there as long as the rule and a disk that it speaks of are."""
    lun = udev.pinned_lun(have.rule)
    seen = [disk.name for session in have.sessions for disk in session.disks if disk.lun == lun]
    return dataclasses.replace(have, link=(have.link if have.link in seen else seen[0]) if seen else "")


def run(have: Attachment, action: model.Run, want: WantVolume) -> Attachment:
    words = action.argv
    if words[0] == "udevadm":
        return have
    assert words[0] == "iscsiadm"
    if words[2] == "session":
        scanned = [scan(session, want) if session.sid == int(words[4]) else session for session in have.sessions]
        return dataclasses.replace(have, sessions=tuple(scanned))
    portal = parse_portal(words[words.index("-p") + 1])
    record = have.record(portal)
    records = tuple(each for each in have.records if each.portal != portal)
    rest = tuple(each for each in have.sessions if each.portal != portal)
    if words[-1] == "new":
        return dataclasses.replace(have, records=(*records, record or Record(portal, "/somewhere")))
    if words[-1] == "delete":
        return dataclasses.replace(have, records=records)
    if words[-1] == "--logout":
        gone = {disk.name for session in have.sessions if session.portal == portal for disk in session.disks}
        uses = tuple(use for use in have.uses if use[0] not in gone)
        return dataclasses.replace(have, sessions=rest, uses=uses)
    assert words[-1] == "--login"
    assert record is not None, "iscsiadm: No records found"
    if have.session(portal) is not None:
        return have
    values = tuple((key, value) for key, value in record.values if key == TIMEOUT or "auth" in key)
    session = scan(Session(len(rest), portal, "LOGGED_IN", values, (THEIRS,)), want)
    return dataclasses.replace(have, sessions=(*rest, session))


def scan(session: Session, want: WantVolume) -> Session:
    """The bay has the volume, as big as it was declared there."""
    old = next(
        (disk for disk in session.disks if disk.lun == MINE.lun), dataclasses.replace(MINE, name=f"sdn{session.sid}")
    )
    new = dataclasses.replace(old, size=max(old.size, want.size or 0))
    return dataclasses.replace(session, disks=(*(disk for disk in session.disks if disk.lun != MINE.lun), new))


def call(have: Attachment, action: model.Call) -> Attachment:
    if action.method == "set_record":
        _iqn, portal, values = action.args
        records = tuple(
            dataclasses.replace(record, values=tuple({**dict(record.values), **values}.items()))
            if str(record.portal) == portal
            else record
            for record in have.records
        )
        assert any(str(record.portal) == portal for record in records)
        return dataclasses.replace(have, records=records)
    if action.method == "write_rule":
        portals = [parse_portal(text) for text in action.args[0]["portals"]]
        return dataclasses.replace(have, rule=udev.render_rule(NAME, IQN, portals, MINE.lun))
    if action.method == "forget_disk":
        left = tuple(
            dataclasses.replace(session, disks=tuple(disk for disk in session.disks if disk.name != action.args[0]))
            for session in have.sessions
        )
        return dataclasses.replace(
            have, sessions=left, uses=tuple(use for use in have.uses if use[0] != action.args[0])
        )
    assert action.method in ("reach", "announce")
    return have


def declare(have: Attachment) -> WantVolume:
    assume(have.state != "partly attached")
    if have.state == "detached":
        return WantVolume(NAME, IQN, "detached")
    assume(all(any(disk.lun == MINE.lun for disk in session.disks) for session in have.sessions))
    assume(len(have.sessions) == len(have.records))
    return WantVolume(NAME, IQN, "attached", portals=tuple(record.portal for record in have.records))


def fields(have: Attachment) -> dict[str, t.Any]:
    return {
        "settings never declared": {"32", *(record.get(OTHER) or "32" for record in have.records)},
        "other volumes": have.others,
    }


def takes_away(action: model.Action) -> bool:
    """In use or not is a matter of the state; the switch is looked at by a test of its own."""
    return False


BACKEND = Backend(
    resource=RESOURCE,
    haves=attachments(),
    wants=st.builds(
        WantVolume,
        name=st.just(NAME),
        target=st.just(IQN),
        state=st.sampled_from(["attached", "attached", "detached"]),
        lun=st.sampled_from([None, MINE.lun]),
        size=st.sampled_from([None, 64 * M, 100 * M]),
        chap=st.sampled_from([None, NO_CHAP, Chap("u", "secret-one")]),
        portals=st.sampled_from([(P,), (P, Q)]),
        startup=st.sampled_from([None, "automatic"]),
        settings=st.sampled_from([(), ((TIMEOUT, "90"),), ((QUIET, "7"), (TIMEOUT, "60"))]),
        force=st.booleans(),
        restart_policy=st.sampled_from(["never", "if_needed"]),
    ),
    act=act,
    declare=declare,
    fields=fields,
    destroys=takes_away,
)
