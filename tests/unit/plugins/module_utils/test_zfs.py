# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ZFS: what the tables cannot say."""

from __future__ import annotations

import dataclasses
import json
import shlex
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Run
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import allow, info, output, plan
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset, Snap
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop, matches, spell
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.resource import DATASET
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset, WantSnapshot
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.tables import check_params

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "zfs"
LIST = "zfs list -Hp -d 0 -t filesystem,volume,snapshot,bookmark -o name,type"
KEY = "0f" * 32


def read(name: str) -> str:
    return (CAPTURES / name).read_text(encoding="utf-8")


def encrypted(name: str, status: str, root: str) -> dict[str, Prop]:
    told = {"type": "filesystem", "keystatus": status, "encryptionroot": root, "encryption": "aes-256-gcm"}
    told.update(keyformat="hex", keylocation="prompt", mounted="no", mountpoint=f"/{name}", canmount="on")
    return {key: Prop(value, "-") for key, value in told.items()}


def commands_of(have: Dataset | None, want: WantDataset) -> list[str]:
    runs = [step.action for step in plan.plan(have, want)]
    return [shlex.join(run.argv) for run in runs if isinstance(run, Run)]


def test_json_and_table_say_the_same() -> None:
    """`zfs get -jp --json-int` of a pool's root, and `zfs get -Hp` written from it line by line."""
    found = output.parse_json(read("2.3.9-linux/get-all-int.json"))
    assert found["tank"]["recordsize"] == Prop("131072", "default")
    lines = "".join(f"tank\t{key}\t{prop.value}\t{prop.source}\n" for key, prop in found["tank"].items())
    assert output.parse_table(lines, ["tank"]) == found


def test_a_table_of_freebsd_and_of_linux() -> None:
    linux = output.parse_table(read("2.3.9-linux/get-all.txt"), ["tank/a/b/c"])["tank/a/b/c"]
    freebsd = output.parse_table(read("2.4.2-freebsd/get-all.txt"), ["tank"])["tank"]
    assert linux["custom:prop"] == Prop("hello", "local")
    assert len(linux) == 77
    assert ("zoned" in linux, "jailed" in linux) == (True, False)
    assert ("zoned" in freebsd, "jailed" in freebsd) == (False, True)


def test_sources_of_json() -> None:
    source = {"type": "INHERITED", "data": "tank/a"}
    text = json.dumps({"datasets": {"tank/a/b": {"properties": {"quota": {"value": 1, "source": source}}}}})
    assert output.parse_json(text) == {"tank/a/b": {"quota": Prop("1", "inherited from tank/a")}}


def test_a_value_cannot_forge_a_line() -> None:
    """A user property may hold line breaks and tabs; what it says of a native property does not count."""
    text = "tank\tquota\t0\tdefault\ntank\ta:b\tone\ntwo\ttabs\ntank\tquota\t5\tlocal\tlocal\n"
    found = output.parse_table(text, ["tank"])["tank"]
    assert found["quota"] == Prop("0", "default")


def test_allow_is_read_for_this_dataset_only() -> None:
    text = read("2.3.9-linux/allow.txt")
    assert allow.parse_allow(text, "tank/a/below") == ()
    grants = {grant.key: sorted(grant.permissions) for grant in allow.parse_allow(text, "tank/a")}
    assert grants["user", "alice", "local"] == ["compression"]
    assert grants["everyone", "", "both"] == ["@backup"]
    assert grants["create", "", "both"] == ["destroy"]
    assert grants["set", "@backup", "both"] == ["hold", "send", "snapshot"]


@pytest.mark.parametrize(
    ("name", "wanted", "stored"),
    [
        ("quota", "10G", "10737418240"),
        ("quota", "10240M", "10737418240"),
        ("quota", 10737418240, "10737418240"),
        ("quota", "none", "0"),
        ("quota", "", "0"),
        ("reservation", 0, "none"),
        ("quota", "1.5T", "1649267441664"),
        ("recordsize", "4k", "4096"),
        ("copies", 2, "2"),
        ("snapshot_limit", 0, "none"),
        ("atime", True, "on"),
        ("atime", False, "off"),
        ("compression", True, "on"),
        ("compression", "gzip-6", "gzip"),
        ("acltype", "posixacl", "posix"),
        ("mountpoint", "/srv//a/", "/srv/a"),
        ("mountpoint", "/", "/"),
        ("sharenfs", "sync,rw", "rw,sync"),
        ("encryption", True, "aes-256-gcm"),
        ("refreservation", "auto", "36175872"),
        ("groupquota@1000", "1G", "1073741824"),
        ("xattr", "sa", "on"),
        ("xattr", True, "sa"),
    ],
)
def test_spellings_that_are_one(name: str, wanted: t.Any, stored: str) -> None:
    assert matches(name, spell(name, wanted, "tank"), Prop(stored))


@pytest.mark.parametrize(
    ("name", "wanted", "stored"),
    [
        ("quota", "10G", "10000000000"),
        ("quota", "none", "1"),
        ("compression", "lz4", "on"),
        ("compression", "gzip-1", "gzip"),
        ("encryption", True, "off"),
        ("org.example:size", "1K", "1024"),
        ("org.example:list", "b,a", "a,b"),
        ("mountpoint", "none", "/none"),
    ],
)
def test_values_that_differ(name: str, wanted: t.Any, stored: str) -> None:
    assert not matches(name, spell(name, wanted, "tank"), Prop(stored))


def test_xattr_that_nobody_set_may_be_dir() -> None:
    assert not matches("xattr", "sa", Prop("on", "default"))


def test_a_hundred_datasets_are_two_reads() -> None:
    listed = [f"tank/d{number:03}" for number in range(100)]
    props = {"quota": {"value": "1024", "source": {"type": "LOCAL", "data": "-"}}}
    host = FakeHost(
        commands={
            f"{LIST} {' '.join(['tank', *listed])}": Reply(
                0, "".join(f"{name}\tfilesystem\n" for name in ["tank", *listed]), ""
            ),
            f"zfs get -jp all {' '.join(listed)}": Reply(
                0, json.dumps({"datasets": {name: {"properties": props} for name in listed}}), ""
            ),
        }
    )
    params = {"datasets": [{"name": name} for name in listed], "properties": {"quota": "1K"}}
    outcomes = reconcile(DATASET, DATASET.wants(check_params(DATASET, params)), host, check=True)
    assert len(outcomes) == 100
    assert not any(outcome.changed for outcome in outcomes)
    assert len(host.queries) == 2


def test_parents_in_one_task_are_made_once_and_first() -> None:
    params = {"datasets": [{"name": "tank/a/b"}, {"name": "tank/a", "properties": {"atime": False}}]}
    wants = DATASET.wants(check_params(DATASET, params))
    assert [want.name for want in wants] == ["tank/a", "tank/a/b"]
    child = Dataset("tank/a/b", missing_parents=("tank/a",))
    assert commands_of(child, wants[1]) == ["zfs create tank/a/b"]
    both = DATASET.wants(check_params(DATASET, {"datasets": [{"name": "tank/v/a"}, {"name": "tank/v/b"}]}))
    made = [commands_of(Dataset(want.name, missing_parents=("tank/v",)), want) for want in both]
    assert made == [["zfs create tank/v", "zfs create tank/v/a"], ["zfs create tank/v/b"]]
    gone = DATASET.wants(check_params(DATASET, {**params, "state": "absent"}))
    assert [want.name for want in gone] == ["tank/a/b", "tank/a"]


def test_key_of_a_locked_dataset() -> None:
    have = Dataset("tank/e", "filesystem", "tank/e", encrypted("tank/e", "unavailable", "tank/e"), key_fits=True)
    want = WantDataset("tank/e", key=KEY, key_state="loaded", mounted=True)
    steps = plan.plan(have, want)
    assert commands_of(have, want) == ["zfs load-key -L prompt tank/e", "zfs mount tank/e"]
    assert isinstance(steps[0].action, Run)
    assert steps[0].action.stdin == KEY + "\n"
    wrong = dataclasses.replace(have, key_fits=False)
    with pytest.raises(Problem, match="the key does not open it"):
        plan.plan(wrong, want)
    with pytest.raises(Problem, match="its key is not loaded and in no file"):
        plan.plan(have, WantDataset("tank/e", key_state="loaded"))
    with pytest.raises(Problem, match="cannot be mounted while its key is not loaded"):
        plan.plan(have, WantDataset("tank/e", mounted=True))


def test_a_key_is_changed_with_the_old_one() -> None:
    have = Dataset("tank/e", "filesystem", "tank/e", encrypted("tank/e", "unavailable", "tank/e"), key_fits=False)
    want = WantDataset("tank/e", key=KEY, old_key="1e" * 32, key_state="unloaded", switches=frozenset({"change_key"}))
    commands = ["zfs load-key -L prompt tank/e", "zfs change-key tank/e", "zfs unload-key tank/e"]
    assert commands_of(have, want) == commands
    to_file = dataclasses.replace(
        want, key=None, key_state=None, properties={"keyformat": "raw", "keylocation": "file:///root/k"}
    )
    assert commands_of(have, to_file)[1:] == [
        "zfs change-key -o keyformat=raw -o keylocation=file:///root/k tank/e",
    ]
    below = Dataset("tank/e/x", "filesystem", "tank/e/x", encrypted("tank/e/x", "available", "tank/e"), key_fits=False)
    with pytest.raises(Problem, match="has no key of its own"):
        plan.plan(below, dataclasses.replace(want, name="tank/e/x"))


def test_a_mounted_dataset_keeps_its_key() -> None:
    props = {**encrypted("tank/e", "available", "tank/e"), "mounted": Prop("yes", "-")}
    have = Dataset("tank/e", "filesystem", "tank/e", props)
    with pytest.raises(Problem, match="while it is mounted"):
        plan.plan(have, WantDataset("tank/e", key_state="unloaded"))
    both = WantDataset("tank/e", key_state="unloaded", mounted=False)
    assert commands_of(have, both) == ["zfs unmount tank/e", "zfs unload-key tank/e"]


@pytest.mark.parametrize("change", [{"mountpoint": "none"}, {"mountpoint": "legacy"}, {"canmount": "off"}])
def test_what_loses_its_place_cannot_stay_mounted(change: dict[str, str]) -> None:
    """`zfs set` unmounts it, so a task that also asks for mounted=true contradicts itself."""
    have = Dataset("t/e", "filesystem", "t/e", encrypted("t/e", "available", "t/e")).with_properties(mounted="yes")
    with pytest.raises(Problem, match="cannot be mounted"):
        plan.plan(have, WantDataset("t/e", properties=change, mounted=True))
    after = plan.predict(have, WantDataset("t/e", properties=change))
    assert after is not None
    assert not after.mounted


def test_a_first_mountpoint_mounts_it_before_its_key_is_unloaded() -> None:
    have = Dataset("t/e", "filesystem", "t/e", encrypted("t/e", "available", "t/e")).with_properties(mountpoint="none")
    want = WantDataset("t/e", properties={"mountpoint": "/e"}, key_state="unloaded")
    with pytest.raises(Problem, match="cannot be unloaded while it is mounted"):
        plan.plan(have, want)
    steps = commands_of(have, dataclasses.replace(want, mounted=False))
    assert steps == ["zfs set mountpoint=/e t/e", "zfs unmount t/e", "zfs unload-key t/e"]


def test_snapshots_of_several_datasets_are_one_command() -> None:
    have = Dataset("tank/a", "filesystem", "tank/a", also={"tank/b": frozenset()})
    want = WantDataset("tank/a", snapshots=(WantSnapshot("s", also=("tank/b",)),))
    assert commands_of(have, want) == ["zfs snapshot tank/a@s tank/b@s"]
    half = dataclasses.replace(have, also={"tank/b": frozenset({"s"})})
    with pytest.raises(Problem, match="not be of one instant"):
        plan.plan(half, want)
    done = dataclasses.replace(half, snapshots=(Snap("s", 1),))
    assert commands_of(done, want) == []


def test_retention_spares_what_is_held_or_cloned() -> None:
    snaps = (
        Snap("d-1", 1, held=True),
        Snap("d-2", 2),
        Snap("d-3", 3, clones=("tank/c",)),
        Snap("d-4", 4),
        Snap("e", 5),
    )
    have = Dataset("tank/a", "filesystem", "tank/a", snapshots=snaps)
    want = WantDataset("tank/a", snapshots=(WantSnapshot(prefix="d-", keep=1, recursive=True),))
    assert commands_of(have, want) == ["zfs destroy -r tank/a@d-2"]


def test_a_clone_is_what_its_origin_is() -> None:
    have = Dataset("tank/c", origin_kind="volume")
    want = WantDataset("tank/c", type="volume", volsize=1 << 30, origin="tank/v@s", promoted=True)
    assert commands_of(have, want) == [
        "zfs clone tank/v@s tank/c",
        "zfs set volsize=1073741824 tank/c",
        "zfs promote tank/c",
    ]
    with pytest.raises(Problem, match="is a filesystem, not a volume"):
        plan.plan(dataclasses.replace(have, origin_kind="filesystem"), want)
    with pytest.raises(Problem, match="its origin tank/v@s does not exist"):
        plan.plan(Dataset("tank/c"), want)


def test_info_lists_what_is_asked_for() -> None:
    tree = "tank\tfilesystem\t1\t-\t-\ntank/v\tvolume\t5\t-\t-\ntank@s\tsnapshot\t7\t0\t\n"
    props = {"volsize": {"value": "1048576", "source": {"type": "LOCAL", "data": "-"}}}
    host = FakeHost(
        commands={
            f"zfs list -Hp -r -t filesystem,volume,snapshot,bookmark -o {output.TREE_COLUMNS}": Reply(0, tree, ""),
            "zfs get -jp all tank/v": Reply(0, json.dumps({"datasets": {"tank/v": {"properties": props}}}), ""),
        }
    )
    (found,) = info.query(host, {"names": [], "recursive": False, "types": ["volume"]})["datasets"]
    assert found["devices"] == ["/dev/zvol/tank/v"]
    assert found["config"]["properties"]["volsize"] == {"value": 1048576, "source": "local"}
