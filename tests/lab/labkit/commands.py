# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of tests/lab/lab."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING

from labkit import console, guest, inventory, machines, packages, places, power, process
from labkit.report import LabError, heartbeat, say, show_error, stopping

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return int(arguments.run(arguments) or 0)
    except LabError as error:
        show_error(error)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains again at its end
        return 1
    except OSError as error:
        say(f"error: {error}")  # a full disk, a directory that is not ours: the text names the file
        return 1
    except KeyboardInterrupt:
        say("interrupted; machines that were ready before still run")
        return 130


def _interrupt(_number: int, _frame: object) -> None:
    if stopping.is_set():
        return  # asked again: we are cleaning up already
    stopping.set()
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="Xen hosts and their storage as virtual machines")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: object, text: str, names: str | None = None) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        if names:
            command.add_argument("machine", nargs=names, metavar="MACHINE")
        return command

    known = ", ".join(m.name for m in machines.MACHINES)
    add("up", _up, f"start machines (of {known}; default: {' '.join(machines.DEFAULT)})", "*")
    add("down", _down, "stop machines (default: all that run)", "*")
    add("reset", _reset, "put machines back to their ready snapshot", "+")
    ssh = add("ssh", _ssh, "log in, or run a command")
    ssh.add_argument("machine", metavar="MACHINE")
    ssh.add_argument("command", nargs=argparse.REMAINDER, metavar="CMD")
    add("console", _console, "the serial console; ctrl-] leaves it").add_argument("machine", metavar="MACHINE")
    add("status", _status, "what runs, and where")
    add("inventory", _inventory, "print the path of the Ansible inventory, of all machines or of these alone", "*")
    add("packages", _packages, "install the Debian packages that the lab needs on this host")
    add("clean", _clean, "delete the images and snapshots of all checkouts")
    return parser


def _chosen(names: Sequence[str], otherwise: Sequence[str]) -> list[machines.Machine]:
    return [machines.find(name) for name in dict.fromkeys(names or otherwise)]


def _up(arguments: argparse.Namespace) -> None:
    with heartbeat():
        power.up(_chosen(arguments.machine, machines.DEFAULT))


def _down(arguments: argparse.Namespace) -> None:
    power.down(_chosen(arguments.machine, [m.name for m in machines.MACHINES]))


def _reset(arguments: argparse.Namespace) -> None:
    with heartbeat():
        power.reset(_chosen(arguments.machine, ()))


def _running(name: str) -> machines.Machine:
    machine = machines.find(name)
    if power.running(machine) is None:
        raise LabError(f"{name} does not run: `lab up {name}`")
    return machine


def _ssh(arguments: argparse.Namespace) -> None:
    argv = guest.ssh_argv(_running(arguments.machine), *arguments.command)
    os.execvp(argv[0], argv)


def _console(arguments: argparse.Namespace) -> None:
    machine = _running(arguments.machine)
    console.attach(places.sockets() / f"{machine.name}.console")


def _status(_arguments: argparse.Namespace) -> None:
    ports = power.known_ports()
    for machine in machines.MACHINES:
        pid = power.running(machine)
        text = f"running  pid {pid}  ssh 127.0.0.1:{ports.get(machine.name)}" if pid else "stopped"
        print(f"{machine.name:6} {text}")
    print(f"state  {places.state()}\ncache  {places.cache()}")


def _inventory(arguments: argparse.Namespace) -> None:
    names = [_running(name).name for name in arguments.machine]
    if not inventory.path().exists():
        raise LabError("no inventory yet: `lab up` writes it")
    print(inventory.write(power.known_ports(), names) if names else inventory.path())


def _packages(_arguments: argparse.Namespace) -> None:
    packages.install()


def _clean(_arguments: argparse.Namespace) -> None:
    power.down(machines.MACHINES)
    for record in places.cache().glob("run/*/*/qemu.json"):
        if process.running(record):
            raise LabError(f"a machine of another checkout still runs ({record.parent}): `lab down` there first")
    shutil.rmtree(places.cache(), ignore_errors=True)
    say(f"deleted {places.cache()}")


if __name__ == "__main__":
    sys.exit(main())
