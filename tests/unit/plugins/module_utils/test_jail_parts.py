# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces, mounts and rules of jails: no value adds a command, a line or a word; recorded output is read."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import threading
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail import (
    api,
    devfs,
    links,
    mounts,
    networks,
    ready,
    roots,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import parse_cpus, parse_jail_name
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "freebsd"
NASTY = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["a;b", "a b", "$(x)", "`x`", "a\nb", "-x", "..", "a/../../b", "é", "a" * 300, "'", '"', "#", "a|b"]
    ),
)
PLAIN = dict.fromkeys(("bridge", "parent", "interface", "vlan", "mac", "mtu", "ipv4", "ipv6", "gateway", "gateway6"))
# What our own lines of jail.conf have beside the values of a task.
OURS = re.compile(r"[A-Za-z0-9_.:/ -]+")
WORDS = r"2?>/dev/null|\|\| :|e=\$\(|\$\{e%a\}b|\$e|\|\| \{|\}|\)|;|&&|# hostwright\.virt network"


@given(NASTY, st.sampled_from(["bridge", "parent", "interface", "mac", "gateway", "gateway6", "ipv4", "ipv6"]))
def test_no_value_adds_a_command(text: str, field: str) -> None:
    value: t.Any = [text] if field in ("ipv4", "ipv6") else text
    item = {**PLAIN, "bridge": "bridge0", field: value}
    if field in ("parent", "interface"):
        item.update(bridge=None, vlan=5 if field == "parent" else None)
    try:
        found = networks.parse_networks("web1", [item])
    except Problem:
        return
    for lines in networks.lines_of("web1", found).values():
        for line in lines:
            assert OURS.fullmatch(re.sub(WORDS, "", line))


@given(NASTY, st.sampled_from(["src", "path", "fstype", "opts"]))
def test_no_value_adds_a_word_to_a_mount(text: str, field: str) -> None:
    item = {"src": "/data", "path": "/mnt", "fstype": "nullfs", "opts": None}
    item[field] = [text] if field == "opts" else text  # type: ignore[assignment]
    try:
        (mount,) = mounts.parse_mounts("web1", [item])
    except Problem:
        return
    line = mount.line("/jails/web1")
    assert len(line.split()) == 6
    assert "\n" not in line
    assert mount.point("/jails/web1").startswith("/jails/web1/")
    assert ".." not in mount.point("/jails/web1").split("/")
    parsed = mounts.parse_line(line)
    assert parsed is not None
    assert mounts.is_there(mount, parsed[1], {}) or mount.opts


def test_a_flag_that_is_taken_away_is_seen() -> None:
    """A nullfs tells only flags of its own (15.1: null_vfsops.c); a dataset has some by its properties."""
    rw, nosuid = frozenset({"rw"}), frozenset({"rw", "nosuid"})
    plain = mounts.Mount("/data", "/mnt")
    assert mounts.is_there(plain, mounts.Mounted("/data", "nullfs", rw), {})
    assert not mounts.is_there(plain, mounts.Mounted("/data", "nullfs", nosuid), {})
    assert mounts.is_there(mounts.Mount("tank/a", "/mnt", "zfs"), mounts.Mounted("tank/a", "zfs", nosuid), {})


def test_a_route_comes_back_with_an_interface_that_was_renamed_in_the_jail() -> None:
    """Seen on 15.1: destroying the end on the host takes the renamed one with it, and the default route."""
    (net,) = networks.parse_networks("web1", [{**PLAIN, "bridge": "bridge0", "gateway": "192.0.2.1"}])
    host = {"bridge0": links.Link(), net.outer: links.Link(up=True, bridge="bridge0")}
    seen = links.Links(host, {"foo0": links.Link(up=True)}, {"inet": "192.0.2.1"})
    last = links.live_steps("web1", seen, [net], [])[-1]
    assert last.summary == "route jail web1 by 192.0.2.1"


@given(NASTY)
def test_no_value_adds_to_the_rules_of_devices(text: str) -> None:
    for rule_text in (text, f"path {text} unhide", f"path x unhide group {text}", f"include {text}"):
        try:
            rule = devfs.parse_rule(rule_text)
        except Problem:
            continue
        lines = devfs.edit_rules("[mine=50]\nadd hide\n", "web1", 60, [rule]).splitlines()
        assert lines[:3] == ["[mine=50]", "add hide", "[hostwright_web1=60]"]
        assert len(lines) == 4
        assert re.fullmatch(r"add [A-Za-z0-9_.*?/:\[\]$' -]+", lines[3])
        assert devfs.parse_rule(lines[3]) == rule


@given(NASTY)
def test_other_names_are_words(text: str) -> None:
    for parse in (parse_jail_name, lambda value: parse_cpus("web1", value)):
        try:
            assert re.fullmatch(r"[A-Za-z0-9_.,-]+", parse(text))
        except Problem:
            continue


def test_a_section_is_replaced_and_found_again() -> None:
    rules = [devfs.parse_rule("include $devfsrules_hide_all"), devfs.parse_rule("path 'tun*' unhide mode 0660")]
    text = devfs.edit_rules("[a=50]\nadd hide\n\n[hostwright_w=60]\nadd hide\n\n[b=51]\nadd hide\n", "w", 60, rules)
    assert text == (
        "[a=50]\nadd hide\n\n[hostwright_w=60]\nadd include $devfsrules_hide_all\nadd path 'tun*' unhide mode 660\n"
        "[b=51]\nadd hide\n"
    )
    assert devfs.edit_rules(text, "w", 60, rules) == text
    assert devfs.resolve(rules, ["[devfsrules_hide_all=1]\n"])[0] == (("include", "1"),)
    with pytest.raises(Problem, match="which is in neither"):
        devfs.resolve(rules, [])


def test_names_of_interfaces_fit() -> None:
    for jail in ("a", "web1", "a" * 11, "a" * 12, "a" * 63, "out.in"):
        for index in (0, 9, 10, 99):
            for letters in ("ea", "eb", "v"):
                name = networks.own_name(jail, letters, index)
                assert len(name) <= networks.LONGEST
                assert networks.is_own(jail, name)
                assert not networks.is_own("b" + jail, name)
    assert networks.outer_of("e0b_web1") == "e0a_web1"


def test_recorded_interfaces_are_read() -> None:
    text = (CAPTURES / "ifconfig-bridge-epair.txt").read_text(encoding="utf-8")
    shown = text.rsplit("$ ifconfig bridge0\n", 1)[1].split("[rc=", 1)[0]
    first = text.split("$ ifconfig -a\n", 1)[1].split("[rc=", 1)[0]
    epair = text.split("$ ifconfig epair0a\n", 1)[1].split("[rc=", 1)[0].replace("epair0a:", "e0a_web1:")
    found, filtering = links.parse_ifconfig(first + epair + shown)
    assert found["e0a_web1"] == links.Link("58:9c:fc:10:2e:59", 1500, up=False, bridge="bridge0")
    assert found["vtnet0"].addresses == {"10.0.2.15/24"}
    assert found["lo0"].addresses == {"127.0.0.1/8", "::1/128"}
    assert filtering == {}


def test_vlans_of_members_are_read_in_each_form() -> None:
    """As bridge_status() of sbin/ifconfig writes them: with a limit of addresses, a spanning tree, a default."""
    text = "\n".join(
        [
            "bridge0: flags=1008843<UP,BROADCAST> metric 0 mtu 1500",
            "\tbridge flags=1<VLANFILTER> defuntagged=7",
            "\tmember: a0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>",
            "\t        ifmaxaddr 10 port 4 priority 128 path cost 2000 vlan protocol 802.1q untagged 20",
            "\tmember: b0 flags=147<LEARNING,DISCOVER,STP,AUTOEDGE,AUTOPTP>",
            "\t        port 5 priority 128 path cost 2000 proto rstp",
            "\t        role designated state forwarding vlan protocol 802.1q untagged 7",
            *(f"{name}: flags=1008843<UP,BROADCAST> metric 0 mtu 1500" for name in ("a0", "b0")),
        ]
    )
    found, filtering = links.parse_ifconfig(text)
    assert {name: link.vlan for name, link in found.items()} == {"bridge0": None, "a0": 20, "b0": 7}
    assert filtering == {"bridge0": 7}
    [net] = networks.parse_networks("web1", [{**PLAIN, "bridge": "bridge0"}])
    seen = links.Links({"e0a_web1": links.Link(up=True, bridge="bridge0", vlan=7)}, {net.device: links.Link(up=True)})
    seen = dataclasses.replace(seen, filtering=filtering)
    assert links.live_steps("web1", seen, [net], []) == []


def test_an_interface_of_another_vlan_is_made_anew() -> None:
    """With its default route, which goes with it."""
    [net] = networks.parse_networks(
        "web1", [{**PLAIN, "parent": "em0", "vlan": 3, "ipv4": ["192.0.2.1/24"], "gateway": "192.0.2.9"}]
    )
    link = links.Link(mac="02:00:5e:00:53:01", up=True, addresses=frozenset({"192.0.2.1/24"}), note="em0.2")
    seen = links.Links({}, {net.device: link}, {"inet": "192.0.2.9"})
    assert [step.summary for step in links.live_steps("web1", seen, [net], [])] == [
        "take v0_web1 from jail web1",
        "destroy v0_web1",
        "make v0_web1",
        "set up v0_web1",
        "give v0_web1 to jail web1",
        "put 192.0.2.1/24 on v0_web1",
        "turn v0_web1 on",
        "route jail web1 by 192.0.2.9",
    ]
    after = links.after(seen, [net], [], running=True)
    assert links.live_steps("web1", after, [net], []) == []


def test_the_shell_takes_our_lines(tmp_path: Path) -> None:
    nets = networks.parse_networks(
        "web1", [{**PLAIN, "bridge": "bridge0", "ipv4": ["192.0.2.1/24"]}, {**PLAIN, "parent": "em0", "vlan": 3}]
    )
    lines = [line for found in networks.lines_of("web1", nets).values() for line in found]
    assert len(lines) == 7
    for line in lines:
        subprocess.run(["/bin/sh", "-n", "-c", line], check=True, cwd=tmp_path)


def test_a_root_is_finished_or_marked(tmp_path: Path) -> None:
    root = str(tmp_path / "jail")
    assert api.survey({"/mnt": (root, "/mnt")}, [root], "")["states"] == {root: "missing"}
    api.begin(root)
    (tmp_path / "jail" / "etc").mkdir()
    assert api.survey({}, [root], "")["states"] == {root: "unfinished"}
    api.finish(root, ["/dev"])
    assert (tmp_path / "jail" / "dev").is_dir()
    os.symlink("/etc", tmp_path / "jail" / "out")
    spots = {path: (root, path) for path in ("/etc", "/out/x", "/new/deep")}
    said = api.survey(spots, [root], str(tmp_path / "none"))
    assert said["states"] == {root: "made"}
    assert said["kinds"] == {"/etc": "directory", "/out/x": "link", "/new/deep": "missing"}
    assert said["checksum"] is None
    api.make_folder(root, "/new/deep")
    assert (tmp_path / "jail" / "new" / "deep").is_dir()
    with pytest.raises(Problem, match="symbolic link on the way"):
        api.mount(root, "/out/x", "nullfs", "/data", "ro")


def test_an_unfinished_root_can_be_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "chflags"
    tool.write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/said\n', encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    api.begin(str(tmp_path / "jail"))
    assert (tmp_path / "said").read_text(encoding="utf-8") == f"-R noschg {tmp_path}/jail\n"


def test_what_holds_a_dying_jail_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By stand-ins that say what a FreeBSD 15.1 said of a jail in which something was mounted."""
    sockets = """Proto     Recv-Q Send-Q Local Address                  Foreign Address                (state)
tcp4       81920      0 10.0.2.15.9999                 127.0.3.2.56011                ESTABLISHED
tcp4           0  49032 127.0.3.2.56011                10.0.2.15.9999                 FIN_WAIT_1
tcp4           0      0 *.22                           *.*                            LISTEN
ff01000002943000 stream      0      0                0 ff01000002944c80                0                0"""
    said = {"jls": "41", "mount": "tmpfs\t/jails/dm/mnt\ttmpfs\trw\t0 0", "ps": "  77 sleep 9", "netstat": sockets}
    for tool, text in said.items():
        path = tmp_path / tool
        addresses = "case $* in *ip4.addr*) echo '127.0.3.2,127.0.3.1 -'; exit;; esac\n" if tool == "jls" else ""
        path.write_text(f"#!/bin/sh\n{addresses}cat <<'E'\n{text}\nE\n", encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Problem) as caught:
        api.await_gone("dm", "/jails/dm", 0)
    assert str(caught.value) == (
        "jail dm (number 41) is stopped but still dying after 0 s; what may hold it: a file system on /jails/dm/mnt;"
        " process 77 sleep 9; socket tcp4 0 49032 127.0.3.2.56011 10.0.2.15.9999 FIN_WAIT_1"
    )
    (tmp_path / "jls").write_text("#!/bin/sh\necho - -\n", encoding="utf-8")  # it has the host's addresses
    assert api.holders("41", "/")[-1] == "socket tcp4 0 49032 127.0.3.2.56011 10.0.2.15.9999 FIN_WAIT_1"
    assert len(api.holders("41", "/")) == 2


def test_a_jail_that_is_not_ready_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By stand-ins; sockstat of FreeBSD 15.1 ends with 0 and prints nothing where nothing listens."""
    said = {"sockstat": 'case $6 in 80) echo "root nc 7 3 tcp4 *:80 *:*"; esac', "jexec": 'shift 2; exec "$@"'}
    for tool, text in said.items():
        (tmp_path / tool).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    flag = tmp_path / "flag"
    assert ready.is_ready("web1", 80, ())
    assert not ready.is_ready("web1", 81, ())
    assert not ready.is_ready("web1", 80, ("test", "-e", str(flag)))
    with pytest.raises(Problem, match="jail web1 runs, but after 0 s nothing in it listens on TCP port 81: look at"):
        ready.await_ready("web1", 81, (), 0)
    with pytest.raises(
        Problem, match=r"after 0 s `ls /nowhere` ends with 2 in it \(.*No such file or directory\): look"
    ):
        ready.await_ready("web1", None, ("ls", "/nowhere"), 0)
    threading.Timer(0.2, flag.touch).start()
    assert ready.await_ready("web1", 80, ("test", "-e", str(flag)), 20) == ""
    assert flag.exists()


@pytest.mark.parametrize(
    ("now", "before", "after", "written"),
    [
        ("a b", ("a", "b"), ("a", "b", "c"), "a b c"),
        ("a b d", ("a", "b"), ("a", "b", "c"), "a b d c"),  # another task came first
        ("b", ("a", "b"), ("b", "a", "c"), "b c"),
        ("a b d", ("a", "b"), ("a",), "a d"),
        ("d", (), ("x", "c"), "d x c"),
        ("a d", ("a",), (), "d"),
        ("a", ("a", "b"), ("b",), ""),  # the last two are taken off at once
    ],
)
def test_the_list_of_the_boot_keeps_what_other_tasks_put_there(
    now: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
    written: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = tmp_path / "said"
    tool = tmp_path / "sysrc"
    tool.write_text(f'#!/bin/sh\n[ "$1" = -n ] && echo "{now}" || echo "$1" >>{said}\n', encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    api.set_boot(before, after)
    assert said.read_text(encoding="utf-8") == f"jail_list={written}\njail_enable={'YES' if written else 'NO'}\n"


def test_a_jail_is_restarted_once_in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tools(LocalHost):
        def query(self, argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
            return Reply(1 if self.down else 0, "", "")

        def perform(self, action: model.Action) -> str:
            assert isinstance(action, model.Run)
            Tools.down = "-r" in action.argv
            return ""

        down = False

    monkeypatch.setattr(api, "LocalHost", Tools)
    monkeypatch.setattr(api, "_seen", {})
    assert [api.is_fresh("up", 3), api.is_fresh("up", 3), api.is_fresh("up", 4)] == [False, False, True]
    assert [api.is_fresh("down", 0), api.is_fresh("down", 5)] == [False, True]
    assert not api.is_fresh("fixed", 9)
    api.restart("/etc/jail.conf", "fixed", 5, ())
    assert api.is_fresh("fixed", 9)  # its file says jid = 9


def test_an_archive_that_changed_is_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "base.txz"
    archive.write_bytes(b"other")
    with pytest.raises(Problem, match="changed while the task ran"):
        api.unpack(str(tmp_path), str(archive), "0" * 64)


def test_a_thin_root_is_made_of_a_base_and_a_skeleton() -> None:
    given = {"type": "thin", "base": "/base", "skeleton": "/skel", "data": "/data/w"}
    root = roots.parse_root("w", given, "/jails/w/")
    assert [mount.line(root.path) for mount in root.mounts] == [
        "/base /jails/w nullfs ro 0 0",
        "/data/w /jails/w/skeleton nullfs rw 0 0",
    ]
    steps = roots.steps_of("w", root, roots.RootState(place="missing", path="missing"), [])
    assert [step.summary for step in steps] == [
        "make the folder /data/w",
        "copy /skel to /data/w",
        "finish the root /data/w",
        "make the folder /jails/w",
    ]
    with pytest.raises(Problem, match="base or skeleton of its root is not there"):
        roots.steps_of("w", root, roots.RootState(place="missing", snapshot=False), [])

    kinds = {"/skeleton": "directory", "/dev": "missing", "/skeleton/srv": "missing", "/etc": "link"}
    [step] = roots.folder_steps(root, root.path, ["/skeleton/srv"], kinds)
    assert step.summary == "make the folder /data/w/srv"
    with pytest.raises(Problem, match="/base/dev is not there, and a thin root has its base read only"):
        roots.folder_steps(root, root.path, ["/dev"], kinds)
    with pytest.raises(Problem, match="/base/skeleton is not there"):
        roots.folder_steps(root, root.path, [], {})
    with pytest.raises(Problem, match="/base/etc is no folder"):
        roots.folder_steps(root, root.path, ["/etc"], kinds)


def test_packages_come_of_a_repository_that_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for pkg, which shows what it was told: its repositories in order, and the keys in the new root."""
    keys, etc, root = tmp_path / "keys", tmp_path / "etc", tmp_path / "root"
    for path in (keys / "pkg" / "trusted" / "a", etc / "FreeBSD.conf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("FreeBSD-base: { enabled: no }\n", encoding="utf-8")
    monkeypatch.setattr(api, "KEYS", str(keys))
    monkeypatch.setattr(api, "REPOSITORIES", (str(etc), str(tmp_path / "none")))
    pkg = tmp_path / "pkg"
    pkg.write_text(
        f"#!/bin/sh\n[ $3 != info ] || {{ [ $5 != gone ]; exit; }}\n"
        f'echo "$*" >{tmp_path}/said; cat "$4"/*.conf >>{tmp_path}/said; echo The most recent versions\n',
        encoding="utf-8",
    )
    pkg.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    api.begin(str(root))
    api.install(str(root), "FreeBSD-base", ["FreeBSD-set-minimal-jail"])
    words, *repositories = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert words.startswith(f"--rootdir {root} --repo-conf-dir ")
    assert words.endswith(" -o IGNORE_OSVERSION=yes install -y -r FreeBSD-base FreeBSD-set-minimal-jail")
    assert repositories == ["FreeBSD-base: { enabled: no }", '"FreeBSD-base": { enabled: yes }']
    assert (root / str(keys)[1:] / "pkg" / "trusted" / "a").is_file()
    with pytest.raises(Problem, match=f"pkg did not install gone in {root}: The most recent versions"):
        api.install(str(root), "FreeBSD-base", ["FreeBSD-set-minimal-jail", "gone"])
