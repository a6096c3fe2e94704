# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands against a move, and what the steps of one do in a real shell."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen import remote
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import parse_disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Site, Target, Thing
from ansible_collections.hostwright.virt.plugins.module_utils._xen.host_info import query
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import parse_nic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.preflight import (
    check_target,
    choose_mode,
    why_not_live,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.site import bridges_of, read_target, read_things
from ansible_collections.hostwright.virt.plugins.module_utils._xen.walk import clear_up, start_walk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils import laws_xen_move as lab
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "xen" / "4.20"
WANT = WantDomu("toto", host="dom0b", migration="auto", config_file=lab.CFG)


def make_target(**info: str) -> Target:
    site = dataclasses.replace(lab.SITE, info=tuple({**dict(lab.SITE.info), **info}.items()))
    return Target(lab.PEER, "dom0b", site=site)


def with_things(**things: Thing | None) -> Target:
    names = {"disk": "/dev/one", "kernel": "/k"}
    found = {**dict(lab.SITE.things), **{names[key]: thing for key, thing in things.items()}}
    kept = tuple((path, thing) for path, thing in found.items() if thing is not None)
    return Target(lab.PEER, "dom0b", site=dataclasses.replace(lab.SITE, things=kept))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (make_target(free_memory="68"), "it has 68 MiB of free memory, and the guest needs 69 MiB there"),
        (make_target(xen_minor="17"), "its Xen 4.17 is older than 4.20 here"),
        (make_target(hw_caps="fe:0f"), "its CPU lacks features of this one (00000001 of word 0 of hw_caps"),
        (Target("d", "dom0b", site=dataclasses.replace(lab.SITE, bridges=frozenset())), "it has no bridge br0"),
        (with_things(disk=None), "it has no /dev/one: attach the volume there"),
        (with_things(kernel=None), "it has no /k"),
        (with_things(disk=Thing("block device", 4096, "naa.2")), "/dev/one of disk xvda is another device there"),
        (with_things(disk=Thing("block device", 8192, "naa.1")), "4096 bytes here and 8192 there: rescan"),
        (with_things(disk=Thing("regular file", 4096)), "is a block device here and a regular file there"),
    ],
)
def test_what_stands_against_a_move(target: Target, said: str) -> None:
    have = lab.make_have(target, text=lab.TEXT, runtime=lab.make_runtime())
    with pytest.raises(Problem) as refused:
        check_target(have, WANT, target, lab.SETTINGS)
    assert "toto: cannot move to dom0b: " in str(refused.value)
    assert said in str(refused.value)


def test_everything_that_is_missing_is_said_at_once() -> None:
    target = Target(lab.PEER, "dom0b", site=Site(info=lab.SITE.info))
    with pytest.raises(Problem, match=r"no bridge br0; it has no /dev/one.*; it has no /k"):
        check_target(lab.make_have(target, text=lab.TEXT), WANT, target, lab.SETTINGS)


@pytest.mark.parametrize(("access", "shared"), [("rw", ""), ("rw", "nfs/12"), ("ro", "")])
def test_a_file_moves_only_when_both_see_it_or_nobody_writes(access: str, shared: str) -> None:
    things = (("/srv/d", Thing("regular file", 512, shared)), ("/k", Thing("regular file", 9)))
    site = dataclasses.replace(lab.SITE, things=things)
    settings = dataclasses.replace(
        lab.SETTINGS, disks=(parse_disk(f"format=raw,vdev=xvda,access={access},target=/srv/d"),)
    )
    have = lab.make_have(Target(lab.PEER, "dom0b", site=site), text=lab.TEXT)
    have = dataclasses.replace(have, around=dataclasses.replace(have.around, site=site))
    assert have.target is not None
    if access == "ro" or shared:
        check_target(have, WANT, have.target, settings)
    else:
        with pytest.raises(Problem, match="put it on a shared volume"):
            check_target(have, WANT, have.target, settings)


@pytest.mark.parametrize(
    ("caps", "changes", "reason"),
    [
        ("pv hvm hap", {}, None),
        ("pv hvm hap", {"type": "pv"}, "no shadow in virt_caps"),
        ("pv hvm hap shadow", {"type": "pv", "max_memory": 128}, None),
        ("pv hvm hap", {"max_memory": 128}, "its memory (64M) equals the max_memory (128M)"),
        ("pv hvm", {}, "neither hap nor shadow"),
    ],
)
def test_who_moves_live(caps: str, changes: dict[str, t.Any], reason: str | None) -> None:
    settings = dataclasses.replace(lab.SETTINGS, **changes)
    said = why_not_live(settings, Site(info=(("virt_caps", caps),)))
    assert (said is None) == (reason is None)
    assert (reason or "") in (said or "")


def test_a_guest_that_cannot_be_suspended_stays() -> None:
    have = lab.make_have(make_target(), text=lab.TEXT + "nomigrate = 1\n", runtime=lab.make_runtime())
    with pytest.raises(Problem, match="its configuration has nomigrate"):
        choose_mode(have, WANT, lab.SETTINGS)


def test_two_running_copies_are_nobody_s_to_choose_from() -> None:
    target = dataclasses.replace(make_target(), guest=lab.make_runtime())
    have = lab.make_have(target, text=lab.TEXT, runtime=lab.make_runtime())
    with pytest.raises(Problem, match="runs here and on dom0b at once"):
        clear_up(start_walk(have, WANT), WANT)


def test_bridges_and_paths_as_the_tools_write_them() -> None:
    nics = [
        parse_nic(f"bridge={bridge},script={script}")
        for bridge, script in (("br0.5:7", "vif-openvswitch"), ("br1.9", ""))
    ]
    assert bridges_of(dataclasses.replace(lab.SETTINGS, nics=tuple(nics))) == ("br0", "br1.9")
    stats = "block special file|8|10|0|9|/dev/a|b\nregular file|0|0|7|33|/nfs/d\nnonsense\n"
    things = dict(read_things(stats, "nfs|/nfs/d\n", "8|naa.5|/dev/a|b\n"))
    assert things == {"/dev/a|b": Thing("block device", 4096, "naa.5"), "/nfs/d": Thing("regular file", 7, "nfs/33")}


@pytest.fixture
def other_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which ssh and scp reach a real shell on this machine, and xl notes what it is told."""
    tools = {
        "ssh": 'while [ "$1" != -- ]; do shift; done; shift 2; exec "$@"',
        "scp": 'while [ "$1" != -- ]; do shift; done; exec cp -p -- "$2" "${3#*:}"',
        "xl": f'echo "$@" >> {tmp_path}/said; test ! -e {tmp_path}/broken',
    }
    for name, script in tools.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(remote, "_QUIETLY", f">{tmp_path}/quiet 2>&1")
    monkeypatch.setattr(remote, "_SAY", f"cat {tmp_path}/quiet >&2")
    return tmp_path


def test_files_and_links_arrive_whatever_their_names(other_host: Path) -> None:
    path = other_host / 'it\'s $(touch pwned) "x"' / "-rf.cfg"
    path.parent.mkdir()
    path.write_bytes(b"name = 'x' # \xff\n")
    path.chmod(0o640)
    remote.remote_api("place", "root@b", str(path))
    assert path.stat().st_mode & 0o777 == 0o640
    remote.remote_api("link", "root@b", str(other_host / "auto" / "a b"), str(path))
    assert (other_host / "auto" / "a b").read_bytes() == b"name = 'x' # \xff\n"
    remote.remote_api("undefine", "root@b", str(path), str(other_host / "auto" / "a b"))
    assert not path.exists()
    assert not list((other_host / "auto").iterdir())
    assert not list(other_host.rglob("pwned"))


def test_memory_is_used_once(other_host: Path) -> None:
    memory = other_host / "toto.save"
    memory.write_bytes(b"\0" * 4096)
    remote.remote_api("restore", "root@b", "toto", str(memory))
    assert not list(other_host.glob("toto.save*"))
    with pytest.raises(Problem):
        remote.remote_api("restore", "root@b", "toto", str(memory))


def test_memory_that_was_not_used_keeps_its_name(other_host: Path) -> None:
    memory = other_host / "toto.save"
    memory.write_bytes(b"\0" * 4096)
    (other_host / "broken").touch()
    with pytest.raises(Problem):
        remote.remote_api("restore", "root@b", "toto", str(memory))
    assert memory.exists()


def test_nothing_of_memory_that_is_given_up_stays(other_host: Path) -> None:
    for ending in ("", ".used", ".part"):
        (other_host / f"toto.save{ending}").touch()
    remote.remote_api("drop_save", "root@b", str(other_host / "toto.save"))
    assert not list(other_host.glob("toto.save*"))


NO_DOMAINS = {"list": "Name ID\n", "details": "[]"}


@pytest.mark.parametrize(
    ("files", "save"), [("", None), ("save.part", "part"), ("save\nsave.part", "ready"), ("save.used\nsave", "used")]
)
def test_how_much_of_the_memory_is_there(files: str, save: str | None) -> None:
    parts = dict.fromkeys(("links", "info", "stat", "statfs", "blocks", "bridges", "text"), "")
    target = read_target(lab.make_have(make_target()), lab.PEER, "dom0b", {**parts, **NO_DOMAINS, "save": files})
    assert target.save == save


def test_a_copy_that_has_started_is_no_copy_to_drop(other_host: Path) -> None:
    with pytest.raises(Problem, match="toto has started on this host meanwhile"):
        remote.remote_api("drop_incoming", "root@b", "toto")
    assert "destroy toto--incoming" in (other_host / "said").read_text(encoding="utf-8")


def test_a_host_in_numbers() -> None:
    files = {"info": "info-n", "list -v -c": "list-v-c", "list -l": "list-l", "cpupool-list": "cpupool-list"}
    commands = {
        **{f"xl {words}": (CAPTURES / f"{name}.txt").read_text(encoding="utf-8") for words, name in files.items()},
        "xl dmesg": "(XEN) one\n(XEN) two\n(XEN) three\n",
    }
    host = FakeHost(commands={line: Reply(0, out, "") for line, out in commands.items()})
    found = query(host, {"dmesg_lines": 2})
    assert found["dmesg"] == ["(XEN) two", "(XEN) three"]
    assert found["pools"] == [{"name": "Pool-0", "cpus": 1, "scheduler": "credit2", "domains": 2}]
    assert found["live_migration"] == {"pv": False, "pvh": True}
    assert found["domains"] == 2
    assert found["memory"]["total"] == int(found["info"]["total_memory"])
    with pytest.raises(Problem, match="dmesg_lines must be from 0"):
        query(host, {"dmesg_lines": -1})
