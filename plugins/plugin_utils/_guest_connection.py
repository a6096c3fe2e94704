# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""Connections into guests: each command is one command on the host, which enters the guest and runs it there.

The way to the host is a connection of Ansible's own, ssh or local, kept beside this one with all of its options. So
whatever Ansible knows of hosts - jump hosts, passwords, timeouts, retries - is true of guests too.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import time
import typing as t

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import become_loader, connection_loader

Result = t.Tuple[int, bytes, bytes]

# The login shell on the host may be csh: within single quotes it still sees a history in "!", and no end at a newline.
ESCAPES = {ord(char): f"\\0{ord(char):03o}" for char in "\\'!\n"}
# Commands that only root has are not in the PATH of others on Debian.
HOST_PATH = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH; "
# sudo and doas as a prefix in $as; the first test is true of whoever is that user already.
BECOME = {
    "none": "as=; ",
    "sudo": "as='sudo -n -u %(user)s --'; ",
    "doas": "as='doas -n -u %(user)s --'; ",
    "auto": (
        'if [ "$(id -un)" = %(user)s ]; then as=; '
        "elif [ -e /etc/doas.conf ] || [ -e /usr/local/etc/doas.conf ]; then as='doas -n -u %(user)s --'; "
        "else as='sudo -n -u %(user)s --'; fi; "
    ),
}
# Guests have no login that would set these; "~root" is what the guest's own passwd says.
AS_ROOT = (
    "HOME=~root; case $HOME in /*) ;; *) HOME=/ ;; esac; USER=root LOGNAME=root SHELL=/bin/sh; "
    "export HOME USER LOGNAME SHELL; "
)
GO_HOME = "cd 2>&- || cd /; "
# Takes what is left of a password that nobody asked for, up to the mark that follows it.
DRAIN = "while read -r word; do case $word in %s) break ;; esac; done"
PAUSES = (0, 1, 2, 4, 8)


class NotEnteredError(Exception):
    """The command ended on the host; this is what was said there, or what Ansible says of it."""

    def __init__(self, said: str, error: AnsibleError | None = None) -> None:
        super().__init__(said)
        self.said, self.error = said.strip(), error


def hide_from_shells(line: str) -> str:
    """A command that sh runs as this line, and that sh, csh and fish read alike."""
    return f"/bin/sh -c 'eval \"$(printf %b \"$0\")\"' '{line.translate(ESCAPES)}'"


def cut_line(data: bytes, mark: bytes) -> tuple[bytes, bool]:
    """The data without the line that is this mark, and whether it was there."""
    before, found, after = data.partition(mark + b"\n")
    return before + after, bool(found)


class GuestConnection(ConnectionBase):
    """What all kinds of guests share; a kind says how it is entered, looked at and started."""

    has_pipelining = True
    kind = noun = tool = package = named = ""
    # Characters that a name cannot have, besides those that cannot be printed.
    forbidden = "/"
    # What to do about a guest in other states than running and stopped.
    remedies: t.ClassVar[t.Mapping[str, str]] = {}

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._ways = {
            name: connection_loader.get(name, self._play_context, shell=self._shell) for name in ("ssh", "local")
        }

    # Of a kind

    def enter(self, script: str) -> t.Sequence[str]:
        """The command on the host that runs a script of sh in the guest."""
        raise NotImplementedError

    def look(self) -> str:
        """A line of sh for the host, which says the state of the guest in a word when there is such a guest."""
        raise NotImplementedError

    def guard(self) -> str:
        """What stands before the command that enters, in sh, where entering must not even be tried."""
        return ""

    def start(self) -> t.Sequence[str]:
        """The command on the host that starts the guest, where there is one."""
        return ()

    # Options

    def _resolve_option_variables(self, variables: t.Any, templar: t.Any) -> dict[str, t.Any]:
        found: dict[str, t.Any] = {}
        for way in self._ways.values():
            found.update(way._resolve_option_variables(variables, templar))
        found.update(super()._resolve_option_variables(variables, templar))
        return found

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        # The keyword remote_user, also of ansible.cfg, is the user on the host; our option of that name is not it.
        own = {key: value for key, value in (task_keys or {}).items() if key != "remote_user"}
        super().set_options(task_keys=own, var_options=var_options, direct=direct)
        for way in self._ways.values():
            way.set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    @property
    def guest(self) -> str:
        return self._take("remote_addr", self.forbidden)

    @property
    def host(self) -> str:
        return self._take("host", "")

    @property
    def user(self) -> str:
        return self._take("remote_user", "/:")

    def _take(self, option: str, forbidden: str) -> str:
        value = str(to_text(self.get_option(option)))
        if not value or value.startswith("-") or not value.isprintable() or set(value) & set(forbidden):
            raise AnsibleError(f"{self.transport}: {option} cannot be {value!r}")
        return value

    def _way(self) -> t.Any:
        """The connection to the host, told what only this plugin knows."""
        kind = self.get_option("host_connection")
        if kind == "auto":
            kind = "local" if self.host == "localhost" else "ssh"
        way = self._ways[kind]
        way._play_context = self._play_context
        way.set_option("pipelining", True)
        if self._keeps_all():
            # Our mark would be stripped with it.
            self._ways["local"].set_option("become_strip_preamble", False)
        if kind == "ssh":
            way.set_option("host", self.host)
            # A terminal would change what goes through it, whatever the other arguments ask for.
            way.set_option("use_tty", False)
            extra = way.get_option("ssh_extra_args") or ""
            if not extra.endswith("-T"):
                way.set_option("ssh_extra_args", f"{extra} -T".strip())
        return way

    def _keeps_all(self) -> bool:
        return bool(self._ways["local"].has_option("become_strip_preamble"))

    # On the host

    def _host_user(self) -> str:
        user = to_text(self.get_option("host_become_user"))
        if not re.fullmatch(r"[A-Za-z0-9_.][\w.@$-]*", user):
            raise AnsibleError(f"{self.transport}: host_become_user cannot be {user!r}")
        return shlex.quote(user)

    def _make_sudo(self) -> t.Any:
        """Ansible's sudo for the host when it needs a password, else nothing."""
        password = self.get_option("host_become_password")
        method = self.get_option("host_become")
        if not password or method == "none":
            return None
        if method == "doas":
            raise AnsibleError(
                f"{self.transport}: doas takes a password from a terminal only: permit nopass, or use sudo"
            )
        sudo = become_loader.get("sudo")
        sudo.set_options(
            direct={
                "become_user": self.get_option("host_become_user"),
                "become_pass": password,
                "become_flags": "-H -S",
                "become_exe": "sudo",
            }
        )
        return sudo

    def _run_on_host(self, line: str, in_data: bytes | None = None, sudoable: bool = False) -> Result:
        """Run a line of sh, with $as as the prefix of what only a user who may enter the guest can do."""
        way, sudo = self._way(), self._make_sudo()
        if sudo is None:
            way.become = self.become if sudoable else None
            line = HOST_PATH + BECOME[self.get_option("host_become")] % {"user": self._host_user()} + line
        else:
            way.become = sudo
            line = sudo.build_become_command(HOST_PATH + BECOME["none"] + line, self._shell)
        line = hide_from_shells(line)
        try:
            result: Result = way.exec_command(line, in_data=in_data, sudoable=sudoable or sudo is not None)
        except AnsibleConnectionFailure as error:
            message = f"The host {self.host} of the {self.noun} {self.guest} was not reached: {to_text(error)}"
            raise AnsibleConnectionFailure(message) from error
        except AnsibleError as error:
            if sudo is None:
                raise
            message = f"{self._cannot()}: host_become fails on {self.host}: {to_text(error)}"
            raise AnsibleAuthenticationFailure(message) from error
        return result

    def _cannot(self) -> str:
        return f"The {self.noun} {self.guest} cannot be entered"

    # In the guest

    def as_user(self, script: str) -> str:
        """The script of sh as the user, for tools that enter as root of the guest and set nothing up."""
        if self.user == "root":
            return AS_ROOT + script
        return f"exec su -s /bin/sh -c {shlex.quote(script)} {shlex.quote(self.user)}"

    def _attempt(self, command: str, in_data: bytes | None, sudoable: bool) -> Result:
        become = self.become if sudoable else None
        asks = become is not None and bool(become.expect_prompt())
        mark = f"hostwright-{secrets.token_hex(8)}"
        feed = b""
        if become is not None and asks and self._make_sudo() is not None:
            # Ansible is busy with the password of the host, so the guest's goes ahead of the data.
            feed = to_bytes(become.get_option("become_pass", playcontext=self._play_context)) + f"\n{mark}\n".encode()
            command = command.replace(become.success, f"{become.success} ; {DRAIN % mark}", 1)
        words = self.enter(f"echo {mark} >&2; {GO_HOME}{command}")
        # ssh says 255 of itself, so a 255 of the guest goes by another name.
        line = (
            f"{self.guard()}$as {shlex.join(words)}{'' if in_data or asks else ' </dev/null'}; e=$?; "
            f"[ $e = 255 ] && {{ echo {mark}-255 >&2; e=254; }}; exit $e"
        )
        try:
            code, out, err = self._run_on_host(line, feed + (in_data or b"") or None, sudoable)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as error:
            raise NotEnteredError(to_text(error), error) from error
        err, odd = cut_line(err, f"{mark}-255".encode())
        err, entered = cut_line(err, mark.encode())
        # Before ansible-core 2.19, local keeps to itself what was said up to the prompt for a password.
        if not entered and not (asks and self._ways["local"] is self._way() and not self._keeps_all()):
            raise NotEnteredError(to_text(err))
        if become is not None and asks:
            if code and become.check_incorrect_password(err):
                raise AnsibleError(f"Incorrect {become.name} password in the {self.noun} {self.guest}")
            err = err.replace(to_bytes(become.prompt), b"")
        return 255 if odd else code, out, err

    def _enter(self, command: str, in_data: bytes | None = None, sudoable: bool = False) -> Result:
        try:
            return self._attempt(command, in_data, sudoable)
        except NotEnteredError as caught:
            failure = caught
        state = self._look()
        if state == "running" and failure.error is not None:
            raise failure.error
        if state != "stopped" or not self.start() or not self.get_option("autostart"):
            raise AnsibleConnectionFailure(self._explain(state, failure.said))
        code, _out, err = self._run_on_host(f"$as {shlex.join(self.start())} </dev/null")
        said = to_text(err).strip()
        for pause in () if code else PAUSES:
            time.sleep(pause)
            try:
                return self._attempt(command, in_data, sudoable)
            except NotEnteredError as caught:
                said = caught.said
        raise AnsibleConnectionFailure(f"The {self.noun} {self.guest} of {self.host} does not start: {said}")

    def _look(self) -> str:
        """The state of the guest in a word, and nothing when there is none."""
        tool = shlex.quote(self.tool)
        line = f"command -v {tool} >/dev/null 2>&1 || {{ echo toolless; exit 0; }}; {{ {self.look()} ; }} </dev/null"
        try:
            _code, out, _err = self._run_on_host(line)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError:
            return ""
        return str(to_text(out)).strip().lower()

    def _explain(self, state: str, said: str) -> str:
        here, guest = f"on {self.host}", f"The {self.noun} {self.guest}"
        refusal = re.search(r"^.*\b(?:sudo|doas): .*", said, re.MULTILINE)
        if refusal:
            return f"{self._cannot()}: host_become fails {here}: {refusal[0].strip()}"
        if state == "toolless":
            return f"{self._cannot()}: there is no {self.tool} {here}: {self.package}"
        if state == "stopped":
            return (
                f"{guest} is defined {here} but stopped: start it with `{shlex.join(self.start())}`, or set autostart"
            )
        said = f". {self.tool} said: {said}" if said else ""
        if state == "running":
            return f"{guest} is ready {here}, but {self.user} cannot enter it{said}"
        if state:
            return f"{guest} is {state} {here}: {self.remedies.get(state, 'wait for it')}{said}"
        seen = ", as far as this user sees without host_become" if self.get_option("host_become") == "none" else ""
        options = f"ansible_{self.kind}_host and {self.named}"
        return f"There is no {self.noun} {self.guest} {here}{seen}: see {options}{said}"

    # What Ansible calls

    def _connect(self) -> t.Any:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Result:
        self._connect()
        return self._enter(cmd, in_data, sudoable)

    def put_file(self, in_path: str, out_path: str) -> None:
        self._connect()
        if not os.path.exists(to_bytes(in_path)):
            raise AnsibleFileNotFound(f"There is no file {in_path} to send")
        with open(to_bytes(in_path), "rb") as file:
            data = file.read()
        code, _out, err = self._enter(f"umask 077; {'cat' if data else ':'} > {shlex.quote(out_path)}", data)
        if code:
            raise AnsibleError(f"{in_path} was not sent to {out_path} of {self.guest}: {to_text(err).strip()}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        self._connect()
        code, out, err = self._enter(f"cat -- {shlex.quote(in_path)}")
        if code:
            raise AnsibleError(f"{in_path} was not fetched from {self.guest}: {to_text(err).strip()}")
        with open(to_bytes(out_path), "wb") as file:
            file.write(out)

    def reset(self) -> None:
        self._way().reset()
        self.close()

    def close(self) -> None:
        self._connected = False
