# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and editing lxc.conf, limits, maps of users, and what the lxc tools print."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost
from ansible_collections.hostwright.virt.plugins.module_utils._lxc import (
    api,
    cgroups,
    conf,
    idmap,
    info,
    names,
    observe_files,
    parse,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Around, Neighbour
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "lxc" / "5.0"
COMMON = "/usr/share/lxc/config/common.conf"
INCLUDES = {
    COMMON: "lxc.tty.max = 4\nlxc.cap.drop = sys_time\nlxc.include = /usr/share/lxc/config/common.conf.d/\n",
    "/usr/share/lxc/config/common.conf.d/00-lxcfs.conf": "lxc.hook.mount = /usr/share/lxcfs/lxc.mount.hook\n",
    "/usr/share/lxc/config/common.conf.d/sub/x.conf": "lxc.tty.max = 99\n",
}
BUSYBOX = (CAPTURES / "busybox.conf").read_text(encoding="utf-8")


def values(text: str) -> conf.Effective:
    return conf.effective(text, INCLUDES)


def test_a_template_s_file() -> None:
    found = values(BUSYBOX)
    assert found["lxc.cap.drop"] == ("sys_module", "mac_admin", "mac_override", "sys_time")
    assert found["lxc.uts.name"] == ("c1",)
    assert len(found["lxc.mount.entry"]) == 7


def test_included_folders_are_read_in_their_place() -> None:
    found = values(f"lxc.tty.max = 1\nlxc.include = {COMMON}\n")
    assert found["lxc.tty.max"] == ("4",)
    assert found["lxc.hook.mount"] == ("/usr/share/lxcfs/lxc.mount.hook",)
    assert values(f"lxc.include = {COMMON}\nlxc.cap.drop =\nlxc.cap.drop = a\n")["lxc.cap.drop"] == ("a",)


def test_a_value_that_an_included_file_overrides_goes_behind_it() -> None:
    text = conf.edit(f"lxc.tty.max = 1\nlxc.include = {COMMON}\n", INCLUDES, [("set", "lxc.tty.max", ("2",))])
    assert text == f"lxc.include = {COMMON}\nlxc.tty.max = 2\n"
    assert conf.edit(text, INCLUDES, [("set", "lxc.tty.max", ("2",))]) == text


def test_a_key_is_replaced_not_added() -> None:
    """Setting a key back to its first value is where community.general's lxc_container loses."""
    text = "lxc.tty.max = 1\n# two\nlxc.tty.max = 2\n"
    assert conf.edit(text, {}, [("set", "lxc.tty.max", ("1",))]) == "lxc.tty.max = 1\n# two\n"
    assert conf.edit(text, {}, [("set", "lxc.tty.max", ())]) == "# two\n"


def test_a_key_is_no_pattern_and_no_prefix() -> None:
    text = "lxc.tty.max = 1\nlxc.ttyxmax = 5\n"
    assert conf.edit(text, {}, [("set", "lxc.tty.max", ("3",))]) == "lxc.tty.max = 3\nlxc.ttyxmax = 5\n"


def test_lists_are_owned_and_keep_their_place() -> None:
    text = "a = 1\nlxc.environment = A=1\nb = 2\nlxc.environment = B=2"
    edited = conf.edit(text, {}, [("set", "lxc.environment", ("C=3", "B=2"))])
    assert edited == "a = 1\nlxc.environment = C=3\nlxc.environment = B=2\nb = 2\n"


def test_names_of_lxc_2() -> None:
    text = "lxc.network.type = veth\nlxc.network.ipv4 = 10.0.0.2/24\nlxc.network.type=empty\nlxc.id_map = u 0 1 2\n"
    found = values(text)
    assert found["lxc.net.0.ipv4.address"] == ("10.0.0.2/24",)
    assert found["lxc.net.1.type"] == ("empty",)
    assert found["lxc.idmap"] == ("u 0 1 2",)
    assert conf.edit(text, {}, []) == text
    assert conf.edit(text, {}, [("modern", "", ())]).splitlines()[1] == "lxc.net.0.ipv4.address = 10.0.0.2/24"


def test_an_interface_of_another_type_loses_its_settings() -> None:
    text = "lxc.net.0.type = veth\nlxc.net.0.veth.pair = x\nlxc.net.1.type = empty\n"
    assert conf.edit(text, {}, [("net", "0", ("empty",))]) == "lxc.net.1.type = empty\nlxc.net.0.type = empty\n"
    assert conf.edit(text, {}, [("only", "", ("1",))]) == "lxc.net.1.type = empty\n"


def test_what_an_included_file_says_is_taken_back() -> None:
    text = conf.edit(f"lxc.include = {COMMON}\n", INCLUDES, [("without", "lxc.hook.mount", ("lxcfs",))])
    assert "lxc.hook.mount" not in values(text)
    assert conf.edit(text, INCLUDES, [("without", "lxc.hook.mount", ("lxcfs",))]) == text


def test_a_line_that_lxc_cannot_read() -> None:
    with pytest.raises(Problem, match="line 2: LXC cannot read 'nonsense'"):
        conf.parse("# x\nnonsense\n", "config")


LINES = st.sampled_from(
    [
        "# c",
        "",
        "lxc.tty.max = 1",
        "lxc.tty.max=2",
        "lxc.group = a",
        "lxc.mount.entry = /a a none bind 0 0",
        "lxc.x = \x85 1",
    ]
)
EDITS: list[conf.Edit] = [
    ("set", "lxc.tty.max", ("7",)),
    ("set", "lxc.group", ("a", "b")),
    ("add", "lxc.cap.drop", ("net_raw",)),
    ("mount", "a", ("/b a none bind 0 0",)),
    ("net", "0", ("veth",)),
    ("default", "lxc.net.0.name", ("eth0",)),
]


@given(st.lists(LINES).map("\n".join), st.sets(st.sampled_from(EDITS)).map(lambda some: sorted(some, key=EDITS.index)))
def test_edits_are_kept_and_the_rest_keeps_its_bytes(text: str, edits: list[conf.Edit]) -> None:
    edited = conf.edit(text, {}, edits)
    assert conf.edit(edited, {}, edits) == edited
    named = {key for _word, key, _values in edits} | {"lxc.mount.entry"}
    rest = [line.raw.rstrip("\n") for line in conf.parse(text, "c") if line.key not in named]
    assert [
        line.raw.rstrip("\n")
        for line in conf.parse(edited, "c")
        if line.key in {one.key for one in conf.parse(text, "c")} - named
    ] == rest
    if not edits:
        assert edited.rstrip("\n") == text.rstrip("\n")


def test_unknown_keys() -> None:
    assert names.check_key("lxc.utsname", "x") == "lxc.uts.name"
    assert names.check_key("lxc.limit.nofile", "x") == "lxc.prlimit.nofile"
    for key in ("lxc.nosuch", "lxc.tty.max\n", "tty.max", "lxc.net.0.nosuch", "lxc.network.type"):
        with pytest.raises(Problem):
            names.check_key(key, "x")


def test_what_lxc_ls_and_lxc_info_print() -> None:
    rows = parse.parse_ls((CAPTURES / "ls-f.txt").read_text(encoding="utf-8"))
    assert rows["c1"].state == "RUNNING"
    assert rows["c1"].pid > 1
    several = (
        "NAME STATE   PID IPV4               IPV6 \n"
        "web  RUNNING 7   10.0.0.1, 10.0.0.2 -    \n"
        "x    STOPPED -   -                  -    \n"
    )
    assert parse.parse_ls(several)["web"].addresses == ("10.0.0.1", "10.0.0.2")
    assert parse.parse_ls(several)["x"] == ("x", "STOPPED", 0, ())
    keys = ("lxc.tty.max", "lxc.nosuch", "lxc.cap.drop", "lxc.net.0.type", "lxc.idmap")
    found = parse.parse_info((CAPTURES / "info-c.txt").read_text(encoding="utf-8"), keys)
    assert found["lxc.cap.drop"] == "sys_module\nmac_admin\nmac_override\nsys_time"
    assert (found["lxc.net.0.type"], found["lxc.idmap"]) == ("empty", "")


def test_a_dot_of_a_name_is_no_wildcard() -> None:
    assert parse.ls_argv("/p", ["a.b", "c"])[-1] == "--filter=^(a[.]b|c)$"


def test_the_reason_comes_out_of_the_log() -> None:
    reason = api._reason((CAPTURES / "start-missing-bridge.log").read_text(encoding="utf-8"))
    assert reason.startswith('No such file or directory - Failed to attach "veth')
    assert "bridge interface doesn't exist" in reason


def test_cgroups_of_this_host() -> None:
    mounts = (CAPTURES / "mounts-v1.txt").read_text(encoding="utf-8")
    first = cgroups.read_cgroups(mounts, {"/sys/fs/cgroup/cpuset/cpuset.cpus": "0-1\n"}.get)
    assert (first.version, first.all_cpus, first.places["pids"]) == (1, "0-1", "/sys/fs/cgroup/pids")
    within = "4:memory:/lxc.payload.c1\n0::/lxc.payload.c1\n"
    assert (
        first.file_of("memory.limit_in_bytes", within) == "/sys/fs/cgroup/memory/lxc.payload.c1/memory.limit_in_bytes"
    )
    second = cgroups.read_cgroups(
        "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", {"/sys/fs/cgroup/cgroup.controllers": "cpu memory\n"}.get
    )
    assert second.file_of("memory.max", "0::/lxc.payload.c1/init.scope\n") == "/sys/fs/cgroup/lxc.payload.c1/memory.max"
    assert second.file_of("memory.max", "0::/system.slice/x\n") is None
    with pytest.raises(Problem, match="no controller pids"):
        cgroups.limit_keys({"pids": "4"}, second, None, "c1")


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("lxc.cgroup.memory.limit_in_bytes", "64M", "67108864"),
        ("lxc.cgroup.memory.limit_in_bytes", "9223372036854771712", "-1"),
        ("lxc.cgroup2.memory.max", "max", None),
        ("lxc.cgroup2.cpu.max", "max 100000", None),
        ("lxc.cgroup2.io.weight", "default 100", "100"),
        ("lxc.cgroup.cpuset.cpus", "0-1,3", "0,1,3"),
        ("lxc.cgroup2.cpuset.cpus", "", None),
    ],
)
def test_limits_compare_by_what_they_mean(key: str, one: str | None, other: str | None) -> None:
    assert cgroups.same(key, cgroups.Cgroups(all_cpus="0-3"), one, other)


def test_maps_of_users_do_not_meet() -> None:
    near = (Neighbour("a", ("u 0 100000 65536", "g 0 100000 65536")), Neighbour("b", ("b 0 170000 10",)))
    around = Around(subuid="root:100000:1000000\nother:1:2\n", subgid="root:100000:1000000\n", neighbours=near)
    assert idmap.allocate(around, "c") == ("u 0 231072 65536", "g 0 231072 65536")
    with pytest.raises(Problem, match="overlaps with the container a"):
        idmap.check_idmap(("u 0 165535 1", "g 0 300000 1"), around, False, "c")
    with pytest.raises(Problem, match="no 65536 free users"):
        idmap.allocate(Around(subuid="root:5:10\n", subgid=""), "c")


def test_roots_are_measured_with_one_command_for_each_kind() -> None:
    host = FakeHost(
        commands={
            "du -sxB1 -- /c/a/rootfs /c/d/rootdev /c/o/delta": Reply(
                1, "4096\t/c/a/rootfs\n81920\t/c/d/rootdev\n512\t/c/o/delta\n", "du: cannot access '/c/b'\n"
            ),
            "stat --printf '%s\\t%n\\n' -- /c/d/rootdev": Reply(0, "99\t/c/d/rootdev\n", ""),
            "zfs list -Hp -o used,refquota,name -- tank/z": Reply(0, "24576\t0\ttank/z\n", ""),
            "lvs --noheadings --nosuffix --units b --separator '\t' -o lv_size,lv_path -- /dev/v/l": Reply(
                0, "  4194304\t/dev/v/l\n", ""
            ),
        }
    )
    roots = {
        "a": "dir:/c/a/rootfs",
        "d": "loop:/c/d/rootdev",
        "o": "overlay:/c/a/rootfs:/c/o/delta",
        "z": "zfs:tank/z",
        "l": "lvm:/dev/v/l",
    }
    assert info.read_sizes(host, roots) == {
        "a": {"rootfs_used": 4096},
        "d": {"rootfs_used": 81920, "rootfs_size": 99},
        "o": {"rootfs_used": 512},
        "z": {"rootfs_used": 24576, "rootfs_size": 0},
        "l": {"rootfs_size": 4194304},
    }
    assert info.read_sizes(FakeHost(), {}) == {}


def test_an_included_folder_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "one").write_text("lxc.tty.max = 1\n")
    host = LocalHost({}, {})
    text = f"lxc.include = {tmp_path}/conf.d/\nlxc.include = {tmp_path}/one\nlxc.include = {tmp_path}/nosuch\n"
    assert observe_files.read_includes(host, [text]) == {f"{tmp_path}/one": "lxc.tty.max = 1\n"}
