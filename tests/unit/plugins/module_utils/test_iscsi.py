# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iSCSI: what the tables cannot say."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import (
    configfs,
    ctld,
    ctld_conf,
    initiator_api,
    lio_observe,
    tgt,
    tgt_api,
    udev,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import Disk
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.in_use import find_uses
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal, parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.resource import RESOURCE
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Acl, Lun, Target
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Chap, WantVolume
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "iscsi"
IQN = "iqn.2026-01.org.example:bay"
SDA = Disk("sda", 0, 64 * 1024**2)
KERNEL = {
    "/sys/class/block/sda/dev": "8:0\n",
    "/sys/class/block/sda/sda1/partition": "1",
    "/sys/class/block/sda1/dev": "8:1",
}


@pytest.mark.parametrize(
    ("text", "portal"),
    [
        ("10.0.0.1", Portal("10.0.0.1")),
        ("10.0.0.1:3261", Portal("10.0.0.1", 3261)),
        ("fd00:0:0::1", Portal("fd00::1")),
        ("[fd00::1]", Portal("fd00::1")),
        ("[fd00::1]:3261", Portal("fd00::1", 3261)),
    ],
)
def test_portals(text: str, portal: Portal) -> None:
    assert parse_portal(text) == portal
    assert parse_portal(str(portal)) == portal


def test_lun_1_is_not_lun_10_and_no_target_is_the_begin_of_another() -> None:
    rule = udev.render_rule("vol1", IQN + ":vol1", [Portal("10.0.0.1")], 1)
    assert f'ENV{{ID_PATH}}=="ip-10.0.0.1:3260-iscsi-{IQN}:vol1-lun-1"' in rule, "the whole value is matched"
    assert "*" not in rule.replace('KERNEL=="sd*"', "")
    listed = (CAPTURES / "by-path.txt").read_text(encoding="utf-8")
    assert udev.id_path(Portal("127.0.0.1"), "iqn.2026-01.test.lab:store", 0) in listed
    assert (udev.target_of_rule(rule), udev.pinned_lun(rule)) == (IQN + ":vol1", 1)


@pytest.mark.parametrize(
    ("files", "links", "use"),
    [
        ({"/proc/self/mountinfo": "30 1 8:1 / /mnt/a\\040b rw - ext4 /dev/sda1 rw\n"}, {}, "mounted on /mnt/a b"),
        (
            {"/proc/7/mountinfo": "30 1 0:40 / /data rw - btrfs /dev/iscsi_toto rw\n"},
            {"/proc/7/ns/mnt": "mnt:[2]", "/dev/iscsi_toto": "sda"},
            "mounted on /data (in the namespace of process 7)",
        ),
        ({"/proc/swaps": "Filename Type Size Used Priority\n/dev/sda partition 1 0 -2\n"}, {}, "swap space"),
        (
            {
                "/sys/class/block/sda1/holders/dm-3/x": "",
                "/sys/class/block/dm-3/dm/name": "vg0-root\n",
                "/sys/class/block/dm-3/dm/uuid": "LVM-x\n",
            },
            {},
            "held by LVM vg0-root",
        ),
        ({"/sys/bus/xen-backend/devices/vbd-5-51712/physical_device": "8:0\n"}, {}, "used by the running Xen domain 5"),
        ({"/proc/9/comm": "qemu-system-x86\n"}, {"/proc/9/fd/12": "/dev/sda"}, "open in qemu-system-x86 (process 9)"),
    ],
)
def test_what_uses_a_disk(files: dict[str, str], links: dict[str, str], use: str) -> None:
    host = FakeHost(files={**KERNEL, **files}, links=links, missing=frozenset({"zpool"}))
    assert find_uses(host, [SDA]) == (("sda", use),)


def test_a_pool_uses_its_disks_and_watchers_do_not() -> None:
    status = Reply(
        0, "  pool: tank\n state: ONLINE\nconfig:\n\n\tNAME  STATE\n\ttank  ONLINE\n\t  /dev/sda1  ONLINE 0 0 0\n", ""
    )
    host = FakeHost(
        commands={"zpool status -LP": status},
        files={**KERNEL, "/proc/9/comm": "multipathd\n"},
        links={"/proc/9/fd/3": "/dev/sda"},
    )
    assert find_uses(host, [SDA]) == (("sda", "part of ZFS pool tank"),)


def test_a_record_is_edited_and_nothing_else_in_it() -> None:
    before = (CAPTURES / "node-record.out").read_text(encoding="utf-8")
    after = initiator_api.edit_record(
        before, {"node.session.auth.password": "a-secret", "node.startup": "automatic", "new.key": ""}
    )
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert changed == ["node.startup = automatic", "node.session.auth.password = a-secret", "new.key = <empty>"]
    assert after.splitlines()[-1] == "# END RECORD"


def test_an_account_is_asked_for_as_tgtadm_does() -> None:
    """The bytes that tgtadm 1.0.85 wrote for ``--op new --user alice --password secretsecret12``."""
    expected = bytearray(120)
    expected[0:4], expected[8:13], expected[72:76] = b"\x07\0\0\0", b"iscsi", b"\x9b\0\0\0"
    expected[76:80], expected[88:96] = b"\xff" * 4, b"\xff" * 8
    assert tgt_api.request(tgt_api.NEW, "user=alice,password=secretsecret12") == bytes(expected) + (
        b"user=alice,password=secretsecret12\0"
    )


def test_tgt_without_its_daemon_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tgt_api, "SOCKET", "/nonexistent/socket")
    with pytest.raises(Problem, match="does the service tgt run"):
        tgt_api.call("set_account", "u", "p")


TARGET = Target(
    (Lun(1, "/dev/vg0/toto", "toto"), Lun(2, "/srv/a b/tata.img", "tata")),
    (),
    (Acl("iqn.1993-08.org.debian:01:a", (), Chap("u", "one-word", "v", "two-words")),),
)


def test_what_tgt_restores_at_boot_is_read_back() -> None:
    assert tgt.parse_conf(tgt.render_conf(IQN, TARGET)) == (TARGET, {1: "toto", 2: "tata"})


def test_a_tgt_target_of_nobody_lets_nobody_in() -> None:
    """Without any initiator-address, tgt-admin 1.0.85 binds ALL, and names keep nobody out then."""
    text = tgt.render_conf(IQN, Target((), (), ()))
    assert "initiator-address 192.0.2.1" in text
    assert tgt.parse_conf(text) == (Target((), (), ()), {})


def test_a_ctld_block_is_read_back() -> None:
    for chap in (NO_CHAP, Chap("u", "one-word"), Chap("u", "one-word", "v", "two-words")):
        target = dataclasses.replace(TARGET, acls=(dataclasses.replace(TARGET.acls[0], chap=chap),))
        assert ctld_conf.parse_block(ctld_conf.render_block(IQN, target, "pg0")) == target
    assert ctld_conf.group_of(ctld_conf.render_block(IQN, TARGET, "pg0")) == "pg0"


def test_each_volume_of_ctld_has_an_identity_of_its_own() -> None:
    """FreeBSD 15.1 gave MYSERIAL0001 to both LUNs of a target whose first one had been made anew."""
    target = dataclasses.replace(TARGET, luns=(Lun(0, "/a", "toto"), Lun(1, "/b", "titi")))
    text = "".join(ctld_conf.render_block(iqn, target, "") for iqn in (IQN, IQN + "2"))
    for key, longest in (("serial", 16), ("device-id", 64)):
        found = re.findall(f'^\t\t{key} "([0-9a-f]+)"$', text, re.MULTILINE)
        assert len(set(found)) == 4
        assert max(map(len, found)) <= longest


@pytest.mark.parametrize("before", ["", "a\n", "a"])
@pytest.mark.parametrize("after", ["", "c\n", "c"])
def test_only_our_part_of_ctl_conf_changes(before: str, after: str) -> None:
    text = ctld_conf.join_conf(ctld_conf.Split(before, "", after), "x", "b\n")
    split = ctld_conf.split_conf(text, "x")
    assert split.block == "b\n"
    assert ctld_conf.join_conf(split, "x", "other\n") == text.replace("b\n", "other\n")
    assert ctld_conf.join_conf(split, "x", "").split() == [
        word for word in (before, after) if word for word in word.split()
    ]


def test_marks_of_ctl_conf_are_whole_lines() -> None:
    assert ctld_conf.split_conf("# no # BEGIN hostwright x\n", "x").block == ""
    with pytest.raises(Problem, match="is missing"):
        ctld_conf.split_conf("# BEGIN hostwright x\n# END hostwright xy\n", "x")


def test_blocks_of_ctl_conf_are_found_in_any_spelling() -> None:
    text = (
        "# target commented {\nportal-group pg0 { listen 0.0.0.0:3261; listen [::]; listen bay.example }"
        'target "iqn.x:y"\n{alias "} target iqn.no {"\nlun 0 { path /a # }\n} } auth-group ag {}\n'
    )
    assert [block[:2] for block in ctld_conf.read_blocks(text)] == [
        ("portal-group", "pg0"),
        ("target", "iqn.x:y"),
        ("auth-group", "ag"),
    ]
    assert ctld_conf.read_groups(text) == {"pg0": (Portal("0.0.0.0", 3261), Portal("::"))}


@pytest.mark.parametrize(
    ("groups", "portals", "chosen"),
    [
        ({}, (), ""),
        ({"pg0": (Portal("0.0.0.0"),)}, (), "pg0"),
        ({"pg0": (Portal("0.0.0.0", 3261),)}, (), ""),
        ({"pg0": (Portal("10.0.0.1"),), "default": (Portal("10.0.0.2"),)}, (), ""),
        ({"pg0": (Portal("0.0.0.0"),), "pg1": (Portal("10.0.0.1", 3261),)}, (Portal("10.0.0.1", 3261),), "pg1"),
    ],
)
def test_a_target_of_ctld_joins_the_portal_group_that_fits(
    groups: dict[str, tuple[Portal, ...]], portals: tuple[Portal, ...], chosen: str
) -> None:
    assert ctld_conf.choose_group(groups, WantVolume("v", IQN, portals=portals), "gone") == chosen
    assert ctld_conf.choose_group({"kept": (), **groups}, WantVolume("v", IQN, portals=portals), "kept") == "kept"


def test_ctld_that_does_not_take_the_file_over_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctld, "PATIENCE", 0.05)
    host = FakeHost(commands={"ctladm devlist -x": Reply(0, "<ctllunlist>\n</ctllunlist>\n", "")})
    ctld.settle(host, IQN, 0, "", 0)
    with pytest.raises(Problem, match="is nothing and not /dev/zvol/a of 512 bytes: ctld says why in"):
        ctld.settle(host, IQN, 0, "/dev/zvol/a", 512)


def test_a_recorded_saveconfig_is_understood() -> None:
    saved = json.loads((CAPTURES / "saveconfig.json").read_text(encoding="utf-8"))
    stores = lio_observe.saved_backstores(saved)
    target = lio_observe.saved_target(saved, "iqn.2026-01.test.lab:store", stores)
    assert target is not None
    assert target.luns == (Lun(0, "/dev/vg0/lun0", "lun0"),)
    assert target.acls == (Acl("iqn.1993-08.org.debian:01:8f62efa036d", ((0, 0),)),)
    assert (target.portals, target.ours, target.enabled) == ((Portal("0.0.0.0"),), False, True)


def test_configfs_stops_at_the_first_error_and_makes_no_attributes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(configfs, "ROOT", str(tmp_path))
    (tmp_path / "core").mkdir()
    rows = [["mkdir", "core/a", ""], ["write", "core/a/enable", "1"], ["mkdir", "core/b", ""]]
    with pytest.raises(Problem, match="core/a/enable: No such file"):
        configfs.change("apply", rows)
    assert [path.name for path in tmp_path.glob("core/*")] == ["a"]
    (tmp_path / "core" / "a" / "userid").write_text("", encoding="utf-8")
    configfs.change("apply", [["write", "core/a/userid", "dom0a"], ["write_if_there", "core/a/none", "x"]])
    assert (tmp_path / "core" / "a" / "userid").read_text(encoding="utf-8") == "dom0a", "LIO would keep a line break"


def test_two_hundred_volumes_take_as_many_commands_as_one() -> None:
    host = FakeHost(commands={}, missing=frozenset({"zpool"}))
    wants = [
        WantVolume(f"v{number}", IQN, "attached", lun=number, portals=(Portal("10.0.0.1"),)) for number in range(200)
    ]
    outcomes = reconcile(RESOURCE, wants, host, check=True)
    assert len(outcomes) == 200
    assert host.queries == []


def test_a_secret_is_in_no_command_and_in_no_diff() -> None:
    host = FakeHost(missing=frozenset({"zpool"}))
    want = WantVolume(
        "v", IQN, "attached", lun=0, portals=(Portal("10.0.0.1"),), chap=Chap("u", "hush-hush-1", "v", "hush-hush-2")
    )
    (outcome,) = reconcile(RESOURCE, [want], host, check=True)
    commands = [shlex.join(step.action.argv) for step in outcome.steps if hasattr(step.action, "argv")]
    assert len(commands) >= 3
    assert "hush" not in " ".join(commands) + repr(outcome.diff) + repr(want) + " ".join(
        step.summary for step in outcome.steps
    )
