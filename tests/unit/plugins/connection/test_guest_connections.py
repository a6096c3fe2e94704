# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""The connections into guests, as far as they need no guest; the target connection_guests enters real ones."""

from __future__ import annotations

import importlib
import shlex
import shutil
import subprocess
import typing as t

import pytest
import yaml
from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.connection import ssh
from ansible.template import Templar
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.doc_fragments import _guest_connection as fragment
from ansible_collections.hostwright.virt.plugins.plugin_utils import _guest_connection as core

KINDS = ("chroot", "jail", "lxc", "nspawn")
NAMED = {"chroot": "ansible_chroot_path"}
SHELLS = [path for path in map(shutil.which, ("sh", "bash", "tcsh", "bsd-csh", "fish")) if path]
# What a connection of Ansible's to the host answers: code, output, errors.
Answer = t.Callable[[str, bytes | None, bool], core.Result]


class Way:
    """A way to the host that keeps what it was asked, and answers what a test says."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.asked, self.become = answer, [], None  # type: ignore[var-annotated]
        self.options: dict[str, t.Any] = {}

    def has_option(self, name: str) -> bool:
        return False

    def get_option(self, name: str) -> t.Any:
        return self.options.get(name)

    def set_option(self, name: str, value: t.Any) -> None:
        self.options[name] = value

    def exec_command(self, line: str, in_data: bytes | None = None, sudoable: bool = False) -> core.Result:
        plain = subprocess.run(
            ["/bin/sh", "-c", line.replace('eval "$(printf %b "$0")"', 'printf %b "$0"')],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        self.asked.append((plain, in_data, sudoable, self.become))
        return self.answer(plain, in_data, sudoable)


def mark_of(line: str) -> str:
    return line.split("echo hostwright-", 1)[1].split(" ", 1)[0]


def enter_all(line: str, _in_data: bytes | None = None, _sudoable: bool = False) -> core.Result:
    """A host whose guests can all be entered."""
    return 0, b"out\n", f"motd\nhostwright-{mark_of(line)}\nerr\n".encode() if "hostwright-" in line else b""


def load(kind: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.hostwright.virt.plugins.connection.{kind}")


def read_options(kind: str) -> dict[str, t.Any]:
    shared: dict[str, t.Any] = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]
    return {**shared, **yaml.safe_load(load(kind).DOCUMENTATION)["options"]}


def variables_of(option: t.Mapping[str, t.Any]) -> list[str]:
    return [variable["name"] for variable in option.get("vars", ())]


def make(kind: str, answer: Answer = enter_all, **variables: t.Any) -> tuple[t.Any, Way]:
    """A connection with these variables of the inventory, whose way to the host is no real one."""
    variables = {"inventory_hostname": "/srv/root" if kind == "chroot" else "web1", **variables}
    variables.setdefault(f"ansible_{kind}_host", "fy")
    connection, way = load(kind).Connection(PlayContext()), Way(answer)
    connection._ways = {"ssh": way, "local": way}
    connection._options = {
        name: next(
            (variables[key] for key in reversed(variables_of(option)) if key in variables), option.get("default")
        )
        for name, option in read_options(kind).items()
    }
    return connection, way


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=15)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_every_login_shell_reads_a_line_alike(shell: str, text: str) -> None:
    line = core.hide_from_shells(f"printf %s {shlex.quote(text)}")
    done = subprocess.run([shell, "-c", line], capture_output=True, check=True)
    assert done.stdout == text.encode()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("jail", "jexec -l -U root web1 /bin/sh -c"),
        ("lxc", "lxc-attach -n web1 --clear-env -- /bin/sh -c"),
        ("chroot", "chroot /srv/root /usr/bin/env -i PATH=/usr/local/sbin"),
        ("nspawn", "systemd-run --machine=web1 --quiet --pipe --wait --collect"),
    ],
)
def test_a_command_enters_and_comes_back(kind: str, words: str) -> None:
    connection, way = make(kind)
    assert connection.exec_command("id") == (0, b"out\n", b"motd\nerr\n")
    ((line, in_data, _sudoable, _become),) = way.asked
    assert f"$as {words}" in line
    assert "</dev/null" in line
    assert in_data is None
    assert way.options["host"] == "fy"
    assert way.options["use_tty"] is False


def test_the_names_that_other_plugins_have_for_jails() -> None:
    variables: dict[str, t.Any] = {
        "ansible_jail_name": "3",
        "ansible_jail_user": "www",
        "ansible_jail_privilege_escalation": "doas",
    }
    connection, way = make("jail", **variables)
    connection.exec_command("id")
    assert "as='doas -n -u root --'; " in way.asked[0][0]
    assert "jexec -l -U www 3 " in way.asked[0][0]


def test_a_user_without_a_home_enters_elsewhere() -> None:
    """Seen on FreeBSD 15.1 with nobody; an older jexec does not know -d, and what it said first is said."""

    def answer(line: str, *_more: t.Any) -> core.Result:
        if "jexec -l -d / " in line:
            return enter_all(line) if new else (1, b"", b"usage: jexec [-l] [-u username | -U username] jail\n")
        if "jls" in line:
            return 0, b"running\n", b""
        return 1, b"", b"jexec: chdir: /nonexistent: No such file or directory\n"

    new = True
    connection, way = make("jail", answer, ansible_jail_user="nobody")
    assert connection.exec_command("id") == (0, b"out\n", b"motd\nerr\n")
    assert connection.exec_command("id") == (0, b"out\n", b"motd\nerr\n")
    assert ["-d / " in line for line, *_more in way.asked] == [False, True, True]
    new = False
    connection, _way = make("jail", answer, ansible_jail_user="nobody")
    with pytest.raises(AnsibleConnectionFailure, match="nobody cannot enter it"):
        connection.exec_command("id")


def say(code: int, text: str) -> Answer:
    """A guest whose command ends so; MARK is the one of this call."""
    return lambda line, *_more: (
        code,
        b"",
        f"hostwright-{mark_of(line)}\n{text}".replace("MARK", f"hostwright-{mark_of(line)}").encode(),
    )


def test_255_of_the_guest_is_not_the_255_of_ssh() -> None:
    connection, _way = make("lxc", say(254, "x\nMARK-255\n"))
    assert connection.exec_command("exit 255") == (255, b"", b"x\n")
    connection, _way = make("lxc", say(254, "x\n"))
    assert connection.exec_command("exit 254") == (254, b"", b"x\n")


def test_a_password_of_the_host_is_never_in_a_command() -> None:
    connection, way = make("lxc", ansible_host_become_password="geheim", ansible_user="admin")
    connection.exec_command("id", in_data=b"module")
    ((line, in_data, sudoable, become),) = way.asked
    assert "geheim" not in line
    assert "sudo -H -S" in line
    assert (in_data, sudoable) == (b"module", True)
    assert become.get_option("become_pass") == "geheim"


def test_files_go_through_the_guest(tmp_path: t.Any) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"\0\xff")
    connection, way = make("lxc", lambda line, *_: (0, b"\0\xfe", f"hostwright-{mark_of(line)}\n".encode()))
    connection.put_file(str(source), "/tmp/it's")
    assert way.asked[0][1] == b"\0\xff"
    assert "umask 077; cat > " in way.asked[0][0]
    connection.fetch_file("/tmp/x", str(tmp_path / "b"))
    assert (tmp_path / "b").read_bytes() == b"\0\xfe"
    source.write_bytes(b"")
    connection.put_file(str(source), "/tmp/x")
    assert "umask 077; : > /tmp/x" in way.asked[2][0]


def test_a_transfer_that_fails_is_an_error_and_leaves_nothing(tmp_path: t.Any) -> None:
    connection, _way = make("lxc", say(1, "no space\n"))
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(AnsibleError, match="was not sent to /tmp/x of web1: no space"):
        connection.put_file(str(tmp_path / "a"), "/tmp/x")
    with pytest.raises(AnsibleError, match="was not fetched"):
        connection.fetch_file("/tmp/x", str(tmp_path / "b"))
    assert not (tmp_path / "b").exists()
    with pytest.raises(AnsibleError, match="There is no file"):
        connection.put_file(str(tmp_path / "nosuch"), "/tmp/x")


def test_a_guest_is_started_only_when_that_is_wanted() -> None:
    state = {"up": False}

    def answer(line: str, *_more: t.Any) -> core.Result:
        if "$as lxc-start " in line:
            state["up"] = True
            return 0, b"", b""
        if "lxc-attach -n web1" in line:
            return enter_all(line) if state["up"] else (1, b"", b"lxc-attach: web1: no init pid\n")
        return 0, b"STOPPED\n", b""

    connection, _way = make("lxc", answer)
    with pytest.raises(AnsibleConnectionFailure, match="defined on fy but stopped: start it with `lxc-start -n web1`"):
        connection.exec_command("id")
    connection, _way = make("lxc", answer, ansible_guest_autostart=True)
    assert connection.exec_command("id")[0] == 0


@pytest.mark.parametrize("value", ["", "-x", "a\nb", "a\x1bb"])
@pytest.mark.parametrize("kind", KINDS)
def test_names_that_would_be_options_or_lines_are_refused(kind: str, value: str) -> None:
    for variable in (NAMED.get(kind, f"ansible_{kind}_name"), f"ansible_{kind}_host", f"ansible_{kind}_user"):
        connection, way = make(kind, enter_all, **{variable: value})
        with pytest.raises(AnsibleError, match="cannot be"):
            connection.exec_command("id")
        assert way.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_sets_variables_that_are_read(kind: str) -> None:
    (group,) = yaml.safe_load(load(kind).EXAMPLES).values()
    options = [*read_options(kind).values(), *yaml.safe_load(ssh.DOCUMENTATION)["options"].values()]
    known = {"ansible_connection", *(name for option in options for name in variables_of(option))}
    used = set(group["vars"]).union(*(host or {} for host in group["hosts"].values()))
    assert used - known == set()
    assert group["vars"]["ansible_connection"] == f"hostwright.virt.{kind}"


def set_up(kind: str, keys: t.Any = None, **variables: t.Any) -> t.Any:
    """A connection as Ansible sets it up for a task with these variables and keywords."""
    connection = load(kind).Connection(PlayContext())
    connection._load_name = f"hostwright.virt.{kind}"
    C.config.initialize_plugin_configuration_definitions("connection", connection._load_name, read_options(kind))
    templar = Templar(loader=DataLoader(), variables=variables)
    found = connection._resolve_option_variables({"inventory_hostname": "web1", **variables}, templar)
    connection.set_options(task_keys=keys, var_options=found)
    return connection


VALUES: t.Mapping[str, t.Any] = {
    "bool": True,
    "boolean": True,
    "int": 17,
    "integer": 17,
    "str": "x y",
    "string": "x y",
    "list": ["x"],
}
SSH_OPTIONS = {
    name: option for name, option in yaml.safe_load(ssh.DOCUMENTATION)["options"].items() if option.get("vars")
}
OURS = {"host", "use_tty", "pipelining", "remote_user"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_ssh_reaches_the_way_to_the_host(kind: str) -> None:
    """By each of its variables; the user of ssh is the one on the host, and not that in the guest."""
    counted = 0
    for name, option in SSH_OPTIONS.items():
        for variable in variables_of(option):
            if name in OURS - {"remote_user"}:
                continue
            value = next(iter(option.get("choices", ())), VALUES[option.get("type", "str")])
            way = set_up(kind, **{variable: value})._ways["ssh"]
            assert way.get_option(name) == value, variable
            counted += 1
    assert counted > 30
    connection = set_up(kind, ansible_user="admin", **{f"ansible_{kind}_user": "bob"})
    assert connection._ways["ssh"].get_option("remote_user") == "admin"
    assert connection.user == "bob"


@pytest.mark.parametrize("kind", KINDS)
def test_keywords_and_the_configuration_reach_the_way_too(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_SSH_RETRIES", "7")
    connection = set_up(kind, {"port": 2222, "remote_user": "admin", "timeout": 9})
    found = {name: connection._ways["ssh"].get_option(name) for name in ("port", "remote_user", "timeout")}
    assert found == {"port": 2222, "remote_user": "admin", "timeout": 9}
    assert connection._ways["ssh"].get_option("reconnection_retries") == 7
    assert connection.user == "root"
