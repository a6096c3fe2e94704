# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files in a guest's tree, on real trees: what a hostile guest leaves behind never leads out of its root."""

from __future__ import annotations

import os
import socket
import stat
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import Outcome, reconcile
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files import text, tree
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.api import root_api
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.plan import Tree
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.resource import GUEST_FILES
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.tables import check_params

HOST = LocalHost({}, {"root": root_api})
HOSTS_OWN = "the host's own\n"
Params = t.Dict[str, t.Any]


def facts_of(seen: os.stat_result) -> dict[str, t.Any]:
    return {key: getattr(seen, key) for key in dir(seen) if key.startswith("st_") and not key.startswith("st_atime")}


class Guest(t.NamedTuple):
    """A guest's tree, and beside it a folder of the host that must never change."""

    root: Path
    outside: Path

    def task(self, *files: Params, **more: t.Any) -> Params:
        return check_params(GUEST_FILES, {"root": str(self.root), "files": list(files), **more})

    def run(self, *files: Params, check: bool = False, **more: t.Any) -> Outcome[Tree]:
        (outcome,) = reconcile(GUEST_FILES, GUEST_FILES.wants(self.task(*files, **more)), HOST, check)
        return outcome

    def run_thrice(self, *files: Params, **more: t.Any) -> Outcome[Tree]:
        """Check, real, again: the first two give the same diff, the third changes nothing."""
        before = self.list_all()
        foretold = self.run(*files, check=True, **more)
        assert self.list_all() == before, "check mode did something"
        done = self.run(*files, **more)
        assert foretold.diff == done.diff
        assert foretold.steps == done.steps
        assert not self.run(*files, **more).changed
        return done

    def list_all(self) -> list[tuple[str, dict[str, t.Any]]]:
        """All that can be seen of each file, but not when it was last read: check mode reads."""
        return [(str(path), facts_of(path.lstat())) for path in sorted(self.root.rglob("*"))]

    def text(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8")


@pytest.fixture
def guest(tmp_path: Path) -> t.Iterator[Guest]:
    made = Guest(tmp_path / "guest", tmp_path / "outside")
    (made.root / "etc").mkdir(parents=True)
    (made.outside / "deeper").mkdir(parents=True)
    for path in (made.outside / "fstab", made.outside / "deeper" / "fstab", tmp_path / "fstab"):
        path.write_text(HOSTS_OWN, encoding="utf-8")
    yield made
    assert (made.outside / "fstab").read_text(encoding="utf-8") == HOSTS_OWN
    assert (tmp_path / "fstab").read_text(encoding="utf-8") == HOSTS_OWN
    assert sorted(os.listdir(made.outside)) == ["deeper", "fstab"]
    assert os.listdir(made.outside / "deeper") == ["fstab"]


FSTAB = {"path": "/etc/fstab", "content": "/dev/xvda / ext4\n", "mode": "0640"}


def test_files_folders_and_links_are_made_once(guest: Guest) -> None:
    done = guest.run_thrice(
        FSTAB,
        {"path": "/root/.ssh", "state": "directory", "mode": "0700"},
        {"path": "/root/.ssh/authorized_keys", "lines": ["key one", "key two"], "mode": "0600"},
        {"path": "/etc/localtime", "state": "link", "target": "/usr/share/zoneinfo/UTC"},
        {"path": "/etc/securetty", "lines": ["hvc0"], "create": False},
    )
    assert len(done.steps) == 4
    assert guest.text("/etc/fstab") == "/dev/xvda / ext4\n"
    assert stat.S_IMODE((guest.root / "etc/fstab").stat().st_mode) == 0o640
    assert stat.S_IMODE((guest.root / "root/.ssh").stat().st_mode) == 0o700
    assert guest.text("/root/.ssh/authorized_keys") == "key one\nkey two\n"
    assert os.readlink(guest.root / "etc/localtime") == "/usr/share/zoneinfo/UTC"
    assert not (guest.root / "etc/securetty").exists()


def test_nothing_is_left_beside_a_file(guest: Guest) -> None:
    guest.run(FSTAB)
    assert os.listdir(guest.root / "etc") == ["fstab"]


@pytest.mark.parametrize("target", ["{outside}", "../../../../../..{outside}", "../outside"])
def test_a_folder_that_is_a_link_is_resolved_inside(guest: Guest, target: str) -> None:
    (guest.root / "etc").rmdir()
    (guest.root / "etc").symlink_to(target.format(outside=guest.outside))
    guest.run_thrice(FSTAB)
    made = [path for path in guest.root.rglob("fstab") if path.is_file()]
    assert len(made) == 1
    assert made[0].read_text(encoding="utf-8") == FSTAB["content"]


def test_the_folder_of_a_link_may_exist_inside(guest: Guest) -> None:
    """As /var/run is to /run: an absolute target means the guest's own."""
    (guest.root / "run").mkdir()
    (guest.root / "var").mkdir()
    (guest.root / "var/run").symlink_to("/run")
    guest.run_thrice({"path": "/var/run/pid", "content": "1\n"})
    assert guest.text("/run/pid") == "1\n"


@pytest.mark.parametrize("target", ["{outside}/fstab", "../../outside/fstab", "/proc/1/root{outside}/fstab"])
def test_a_file_that_is_a_link_is_replaced(guest: Guest, target: str) -> None:
    (guest.root / "etc/fstab").symlink_to(target.format(outside=guest.outside))
    guest.run_thrice(FSTAB)
    assert not (guest.root / "etc/fstab").is_symlink()


def test_a_link_is_not_read_either(guest: Guest) -> None:
    (guest.root / "etc/fstab").symlink_to(guest.outside / "fstab")
    outcome = guest.run({"path": "/etc/fstab", "content": HOSTS_OWN})
    assert outcome.changed
    assert outcome.diff.before["/etc/fstab"] == {"state": "link", "target": str(guest.outside / "fstab")}


def test_lines_are_not_added_through_a_link(guest: Guest) -> None:
    (guest.root / "etc/securetty").symlink_to(guest.outside / "fstab")
    guest.run_thrice({"path": "/etc/securetty", "lines": ["hvc0"]})
    assert guest.text("/etc/securetty") == "hvc0\n"


def test_links_that_go_round_are_an_error(guest: Guest) -> None:
    (guest.root / "a").symlink_to("b")
    (guest.root / "b").symlink_to("a")
    with pytest.raises(Problem, match="too many symbolic links"):
        guest.run({"path": "/a/x", "content": ""})


def test_a_hard_link_keeps_the_hosts_content_and_mode(guest: Guest) -> None:
    os.link(guest.outside / "fstab", guest.root / "etc/fstab")
    mode = (guest.outside / "fstab").stat().st_mode
    guest.run_thrice({"path": "/etc/fstab", "mode": "0600"})
    assert (guest.outside / "fstab").stat().st_mode == mode
    guest.run_thrice(FSTAB)


@pytest.mark.parametrize("state", ["absent", "link"])
def test_removing_and_linking_touch_the_link_itself(guest: Guest, state: str) -> None:
    (guest.root / "etc/fstab").symlink_to(guest.outside / "fstab")
    guest.run_thrice({"path": "/etc/fstab", "state": state, **({"target": "other"} if state == "link" else {})})


def test_removing_below_a_link_stays_inside(guest: Guest) -> None:
    (guest.root / "out").symlink_to(guest.outside)
    assert not guest.run_thrice({"path": "/out/fstab", "state": "absent"}).changed


@pytest.mark.parametrize("name", ["etc", "etc/fstab"])
def test_a_directory_may_not_be_a_link(guest: Guest, name: str) -> None:
    """What is mounted on it would be mounted on the host's directory."""
    path = guest.root / name
    if path.is_dir():
        path.rmdir()
    path.symlink_to(guest.outside)
    with pytest.raises(Problem, match="is a symbolic link, not a directory"):
        guest.run({"path": "/" + name, "state": "directory"})


def make_hostile_archive(path: Path, outside: Path) -> None:
    """A root tree as an attacker would pack it: links first, then names that lead through them."""

    def link(name: str, target: str) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        return info

    with tarfile.open(path, "w") as archive:
        for name, target in (
            ("etc/fstab", str(outside / "fstab")),
            ("etc/hosts", "../../../../../../../.." + str(outside / "fstab")),
            ("home", str(outside)),
            ("root", "../outside"),
            ("loop", "loop"),
        ):
            archive.addfile(link(name, target))


def test_a_hostile_archive_is_tamed(guest: Guest, tmp_path: Path) -> None:
    make_hostile_archive(tmp_path / "hostile.tar", guest.outside)
    with tarfile.open(tmp_path / "hostile.tar") as archive:
        for member in archive.getmembers():
            archive._extract_member(member, str(guest.root / member.name))
    guest.run_thrice(
        FSTAB,
        {"path": "/etc/hosts", "content": "127.0.0.1 localhost\n"},
        {"path": "/home/admin/.profile", "content": "umask 077\n"},
        {"path": "/root/.ssh/authorized_keys", "lines": ["key"]},
    )
    with pytest.raises(Problem, match="too many"):
        guest.run({"path": "/loop/x", "content": ""})


def test_what_is_no_file_is_refused(guest: Guest) -> None:
    os.mkfifo(guest.root / "etc/pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(guest.root / "etc")  # the path of a socket is short
        listener.bind("socket")
        os.chdir(here)
    (guest.root / "etc/folder").mkdir()
    for name, kind in (("pipe", "a device, socket or pipe"), ("socket", "a device"), ("folder", "a directory")):
        with pytest.raises(Problem, match=f"/etc/{name} is {kind}"):
            guest.run({"path": f"/etc/{name}", "content": "x"})
    with pytest.raises(Problem, match="pipe on the way there is not a directory"):
        guest.run({"path": "/etc/pipe/x", "content": "x"})


def test_a_file_that_is_immutable_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of FreeBSD 15.1: root may not replace what has the flag schg."""

    def refuse(*_args: t.Any) -> t.NoReturn:
        raise PermissionError(1, "Operation not permitted", ".hostwright-1")

    monkeypatch.setattr(tree, "replace_file", refuse)
    extra = {"mode": None, "owner": None, "group": None, "content": "x"}
    with pytest.raises(Problem, match=r"^/etc/rc\.conf: Operation not permitted: it or its folder may be immutable"):
        root_api("write", str(tmp_path), "/etc/rc.conf", extra)


def test_a_folder_with_files_is_not_removed(guest: Guest) -> None:
    guest.run(FSTAB)
    with pytest.raises(Problem, match="not empty"):
        guest.run({"path": "/etc", "state": "absent"})
    guest.run_thrice({"path": "/etc/fstab", "state": "absent"})
    guest.run_thrice({"path": "/etc", "state": "absent"})


def test_what_is_kept_and_what_is_not_named(guest: Guest) -> None:
    path = guest.root / "etc/key"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o604)
    assert not guest.run_thrice({"path": "/etc/key", "content": "new", "keep": True}).changed
    guest.run_thrice({"path": "/etc/key", "content": "new"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    guest.run_thrice({"path": "/etc/key", "content": "newer", "keep": True, "mode": "0600"})
    assert guest.text("/etc/key") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert guest.run_thrice({"path": "/etc/key2", "content": "made", "keep": True}).changed


def test_a_source_is_a_file_of_the_host(guest: Guest, tmp_path: Path) -> None:
    (tmp_path / "made.key").write_bytes(b"\xff\x00 binary\r\n")
    done = guest.run_thrice({"path": "/etc/key", "source": str(tmp_path / "made.key"), "mode": "0600"})
    assert (guest.root / "etc/key").read_bytes() == b"\xff\x00 binary\r\n"
    assert done.diff.after == {"/etc/key": {"state": "present", "mode": "0600", "content": "as declared"}}
    with pytest.raises(Problem, match="is not on this host"):
        guest.run({"path": "/etc/key", "source": str(tmp_path / "nothing")})


SHADOW = "root:!:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"
HASH = "$6$rounds=656000$abcdefgh$" + "x" * 86


def test_the_password_is_a_hash_and_never_shown(guest: Guest) -> None:
    (guest.root / "etc/shadow").write_text(SHADOW, encoding="utf-8")
    (guest.root / "etc/shadow").chmod(0o640)
    done = guest.run_thrice(root_password=HASH)
    assert guest.text("/etc/shadow") == SHADOW.replace("root:!", "root:" + HASH)
    assert stat.S_IMODE((guest.root / "etc/shadow").stat().st_mode) == 0o640
    assert done.diff.before == {"root_password": "other"}
    assert done.diff.after == {"root_password": "as declared"}
    assert HASH not in str(GUEST_FILES.facts(done.have))
    assert GUEST_FILES.wants(guest.task(root_password=HASH))[0].secrets == {HASH}


def test_a_tree_without_passwords(guest: Guest) -> None:
    with pytest.raises(Problem, match="no line for root"):
        guest.run(root_password=HASH)
    (guest.root / "etc/shadow").symlink_to(guest.outside / "fstab")
    with pytest.raises(Problem, match="no line for root"):
        guest.run(root_password=HASH)


def test_secret_content_is_not_shown(guest: Guest) -> None:
    done = guest.run_thrice({"path": "/etc/secret", "secret_content": "hunter22", "mode": "0600"})
    assert guest.text("/etc/secret") == "hunter22"
    assert "hunter22" not in str(done.diff)
    assert "hunter22" not in str(GUEST_FILES.facts(done.have))


def test_a_large_file_is_not_read(guest: Guest) -> None:
    with open(guest.root / "etc/fstab", "wb") as stream:
        stream.truncate(tree.LARGEST + 1)
    with pytest.raises(Problem, match="too large to add lines"):
        guest.run({"path": "/etc/fstab", "lines": ["x"]})
    guest.run_thrice(FSTAB)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"root": "relative"}, "absolute path of the guest's root"),
        ({"root": "/a\nb"}, "cannot be used"),
        ({"files": [{"path": "etc/fstab"}]}, "absolute path that the guest sees"),
        ({"files": [{"path": "/etc/../../x"}]}, "without .."),
        ({"files": [{"path": "/"}]}, "cannot be used"),
        ({"files": [{"path": "/a\nb"}]}, "cannot be used"),
        ({"files": [{"path": "/a\x00b"}]}, "cannot be used"),
        ({"files": [{"path": "/" + "x" * 300}]}, "too long"),
        ({"files": [{"path": "/x/" * 3000 + "x"}]}, "too long"),
        ({"files": [{"path": "/x", "mode": 420}]}, "octal digits in quotes"),
        ({"files": [{"path": "/x", "mode": "u+x"}]}, "octal digits in quotes"),
        ({"files": [{"path": "/x", "mode": "0888"}]}, "octal digits in quotes"),
        ({"files": [{"path": "/x", "owner": -1}]}, "owner -1"),
        ({"files": [{"path": "/x", "lines": ["a\nb"]}]}, "one element a line"),
        ({"files": [{"path": "/x"}, {"path": "//x/"}]}, "/x is in files twice"),
        ({"files": [{"path": "/x", "state": "link", "target": "y"}, {"path": "/x/z"}]}, "/x/z is below /x"),
        ({"files": [{"path": "/x", "state": "link"}]}, "target"),
        ({"files": [{"path": "/x", "state": "link", "target": ""}]}, "target is empty"),
        ({"files": [{"path": "/x", "state": "absent", "content": "a"}]}, "content has no meaning"),
        ({"files": [{"path": "/x", "state": "link", "target": "y", "mode": "0644"}]}, "mode has no meaning"),
        ({"files": [{"path": "/x", "target": "y"}]}, "target has no meaning"),
        ({"files": [{"path": "/x", "content": "a", "lines": ["b"]}]}, "mutually exclusive"),
        ({"files": [{"path": "/x", "source": "y"}]}, "not an absolute path"),
        ({"files": [{"path": "/x", "contents": "y"}]}, "contents"),
        ({"root_password": "hunter22"}, "not a password hash"),
        ({"root_password": "$6$a:b$c"}, "not a password hash"),
        ({"root_password": "$6$a$c\n"}, "not a password hash"),
        ({"root_password": "*", "files": [{"path": "/etc/shadow"}]}, "give one of them"),
    ],
)
def test_what_cannot_be_is_refused(params: Params, message: str) -> None:
    with pytest.raises(Problem) as caught:
        GUEST_FILES.wants(check_params(GUEST_FILES, {"root": "/mnt", **params}))
    assert message in str(caught.value)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize("root", ["/", "/usr/.."])
def test_the_hosts_own_root_is_refused(root: str) -> None:
    (wanted,) = GUEST_FILES.wants(check_params(GUEST_FILES, {"root": root, "files": [{"path": "/x"}]}))
    with pytest.raises(Problem, match="host's own root"):
        reconcile(GUEST_FILES, [wanted], HOST, True)


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    (wanted,) = GUEST_FILES.wants(check_params(GUEST_FILES, {"root": str(tmp_path / "no"), "files": [{"path": "/x"}]}))
    with pytest.raises(Problem, match="is not a directory: mount or unpack"):
        reconcile(GUEST_FILES, [wanted], HOST, True)


def test_lines_and_hashes_in_texts() -> None:
    assert text.add_lines("a\nb", ["b", "c"]) == "a\nb\nc\n"
    assert text.add_lines("a\nb", ["b"]) == "a\nb"
    assert text.set_hash("rooty:x:1\nroot:old\n", "root", "new") == "rooty:x:1\nroot:new\n"
    assert text.get_hash("rooty:x:1\n", "root") is None
