# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talking to a machine over ssh."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from labkit import places, process
from labkit.machines import MACHINES, Machine
from labkit.report import LabError, check_stopping

if TYPE_CHECKING:
    from pathlib import Path

# All Dom0s and bay are asked the same way; what Xen alone has is asked on Dom0s only.
HEALTH = "systemctl is-active --quiet ssh openvswitch-switch && ovs-vsctl --timeout=20 show >/dev/null"
HEALTH_XEN = "xenstore-read domid >/dev/null && xl list >/dev/null && pidof xenconsoled >/dev/null"


def ssh_config() -> Path:
    return places.state() / "ssh_config"


def control_path(machine: Machine) -> Path:
    return places.sockets() / f"{machine.name}.ssh"


def key(machine: Machine) -> Path:
    """A copy of the image's key: a running machine stays reachable when the image is rebuilt."""
    return places.machine_dir(machine.name) / "key"


def write_ssh_config(ports: dict[str, int]) -> None:
    """One file for `ssh -F`: by hand and by the lab itself."""
    text = ""
    for machine in MACHINES:
        if machine.name in ports:
            text += f"Host {machine.name}\n  HostName 127.0.0.1\n  Port {ports[machine.name]}\n"
            text += f"  IdentityFile {key(machine)}\n  ControlPath {control_path(machine)}\n"
    # The host key is the image's, known to nobody beforehand; the way there never leaves this host.
    text += "Host *\n  User root\n  IdentitiesOnly yes\n  BatchMode yes\n  LogLevel ERROR\n"
    text += "  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
    # A new connection costs an emulated CPU a second, one over an open one nearly nothing.
    text += "  ControlMaster auto\n  ControlPersist 600\n  ConnectTimeout 60\n"
    partial = ssh_config().with_suffix(".partial")
    partial.write_text(text)
    partial.rename(ssh_config())


def ssh_argv(machine: Machine, *command: str) -> list[str]:
    return ["ssh", "-F", str(ssh_config()), machine.name, *command]


def ask(machine: Machine, command: str, patience: float = 120) -> str:
    """Run a shell line on the machine and return what it wrote; a failure is an error with its words."""
    with tempfile.TemporaryFile() as output:
        # A file, not a pipe: the ssh that stays behind to share its connection would hold a pipe open.
        child = subprocess.Popen(
            ssh_argv(machine, command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        code = process.wait(child, patience)
        output.seek(0)
        words = output.read().decode(errors="replace").strip()
    if code is None:
        raise LabError(f"{machine.name} did not finish in {patience:.0f} s: {command}")
    if code != 0:
        raise LabError(f"{machine.name}: rc {code} from: {command}\n    {words[-500:] or 'no output'}")
    return words


def wait_for_ssh(machine: Machine, port: int, record: Path, patience: float) -> None:
    """Wait until sshd greets. QEMU itself accepts the connection long before, so only the greeting counts."""
    end = time.monotonic() + patience
    log = places.machine_dir(machine.name)
    while time.monotonic() < end:
        check_stopping()
        if process.running(record) is None:
            raise LabError(f"{machine.name}: QEMU ended", log / "qemu.log")
        if _greets(port):
            return
        time.sleep(0.2)
    raise LabError(f"{machine.name}: no ssh after {patience:.0f} s", log / "console.log")


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            return link.recv(4) == b"SSH-"
    except OSError:
        return False


def set_clock(machine: Machine) -> None:
    """A restored machine thinks it is still the time of its snapshot."""
    ask(machine, "true")  # opens the connection, which may take a second
    ask(machine, f"date --utc --set=@{time.time():.3f}")


def check_health(machine: Machine) -> None:
    ask(machine, HEALTH if machine.kind == "plain" else f"{HEALTH} && {HEALTH_XEN}")


def hang_up(machine: Machine) -> None:
    """Close a shared connection: after a reset it would lead to a machine that is no more."""
    if control_path(machine).exists():
        argv = ("ssh", "-F", str(ssh_config()), "-O", "exit", machine.name)
        subprocess.run(argv, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        control_path(machine).unlink(missing_ok=True)
