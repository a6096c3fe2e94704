# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The twins answer as the real FreeBSD did: each capture is replayed, command by command, against them.

A command of a capture that is not replayed is listed with its reason, so that none is left out by accident.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.tests.twins.freebsd import __main__ as twins
from ansible_collections.hostwright.virt.tests.twins.freebsd.world import World, open_world

HERE = Path(__file__).resolve().parent
CAPTURES = HERE / "captures" / "freebsd"
INSTALL = HERE.parent / "twins" / "install"


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of a capture and what it said."""

    number: int
    line: str
    out: str
    err: str
    rc: int


@dataclasses.dataclass(frozen=True)
class Replay:
    """A capture, the state that it began with, and what of it is not compared.

    ``before``: files that a person wrote before a command; ``silent``: what a person ran before a command, and did not
    record. ``apart``: patterns of commands, with the reason. ``numbers``: commands whose numbers are measurements.
    """

    capture: str
    data: t.Mapping[str, t.Any]
    before: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)
    silent: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    apart: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    numbers: str = "$^"


def read_capture(name: str) -> list[Command]:
    commands = []
    text = (CAPTURES / name).read_text(encoding="utf-8")
    for number, block in enumerate(re.split(r"^\$ ", text, flags=re.MULTILINE)[1:], 1):
        line, _newline, rest = block.partition("\n")
        said, ended, code = rest.partition("\n[rc=") if not rest.startswith("[rc=") else ("", "x", rest[4:])
        assert ended, line
        lines = said.split("\n") if said else []
        errors = [text[8:] for text in lines if text.startswith("stderr| ")]
        out = [text for text in lines if not text.startswith("stderr|")]
        commands.append(Command(number, line, "\n".join(out), "\n".join(errors), int(code.split("]")[0])))
    return commands


REPLAYS = [
    Replay(
        "rctl.txt",
        {"racct_jails": ["db1", "web1"], "usage": {}},
        before={
            "service rctl onestart": {
                "/etc/rctl.conf": "# limits\nuser:nobody:maxproc:deny=10\njail:web1:memoryuse:deny=1G # web\n"
            }
        },
        silent={"rctl -a jail:db1:maxproc:deny=77": "rctl -r ::"},
        apart={
            r"jexec web1 ": "there are no processes in a twin's jail",
            r"jail ": "jails are no concern of this replay: the rules do not follow them",
        },
        numbers=r"rctl -h?u ",
    ),
]


def run_inside(world: World, line: str) -> tuple[str, str, int]:
    """Run a command that needs no shell in this process, which is fast."""
    found = re.fullmatch(r"su -m (\w+) -c '(.*)'", line)
    world.user = found.group(1) if found else "root"
    words = shlex.split(found.group(2) if found else line)
    out = io.StringIO()
    world.errors = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = twins.run(world, words[0], words[1:])
    return out.getvalue(), world.errors.getvalue(), code


def compare(replay: Replay, command: Command, got: tuple[str, str, int]) -> None:
    def plain(text: str) -> str:
        text = text.rstrip("\n")
        return re.sub(r"=\d+", "=N", text) if re.match(replay.numbers, command.line) else text

    out, err, code = got
    assert plain(out) == plain(command.out), f"{command.number}: {command.line}"
    assert (plain(err), code) == (plain(command.err), command.rc), f"{command.number}: {command.line}"


@pytest.mark.parametrize("replay", REPLAYS, ids=lambda replay: replay.capture)
def test_twins_answer_as_recorded(replay: Replay, tmp_path: Path) -> None:
    commands = read_capture(replay.capture)
    with open_world(tmp_path) as world:
        world.data.update(replay.data)
        compared = 0
        unused = {*replay.apart, *replay.before, *replay.silent}
        for command in commands:
            for path, text in replay.before.get(command.line, {}).items():
                world.file(path).parent.mkdir(parents=True, exist_ok=True)
                world.file(path).write_text(text, encoding="utf-8")
                unused.discard(command.line)
            if command.line in replay.silent:
                run_inside(world, replay.silent[command.line])
                unused.discard(command.line)
            apart = [pattern for pattern in replay.apart if re.match(pattern, command.line)]
            unused -= set(apart)
            if not apart:
                compare(replay, command, run_inside(world, command.line))
                compared += 1
    assert unused == set()
    assert compared >= len(commands) / 2


def test_installed_twins_are_commands(tmp_path: Path) -> None:
    subprocess.run([str(INSTALL), str(tmp_path), sys.executable], check=True)
    env = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    line = "rctl -a jail:web1:maxproc:deny=1k && rctl; rctl -r jail:nosuch"
    done = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "jail:web1:maxproc:deny=1024\n"
    assert done.stderr == "rctl: failed to remove rule 'jail:nosuch': No such process\n"
    assert done.returncode == 1
