# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of the role ha_pair that copies: what it decides, with commands that say what the case says."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "roles" / "ha_pair" / "files" / "hostwright-replicate"
# The other host is SIDE=there. What is listed of each side is a file.
COMMANDS = {
    "ifconfig": 'echo "	carp: $CARP vhid 7 advbase 1 advskew 0"',
    "logger": 'echo "logger $*" >>"$WORK/log"',
    "mktemp": 'mkdir -p "$WORK/tmp" && echo "$WORK/tmp"',
    "ssh": 'while [ "$1" != -- ]; do shift; done; shift 2; echo "ssh $*" >>"$WORK/log"; SIDE=there exec sh -c "$*"',
    "zfs": """side=${SIDE:-here}
        case "$1 $*" in
        get*) echo "$READONLY" ;;
        *' -d 1 '*) cat "$WORK/$side" ;;
        *'-rH'*) [ -z "$ARRIVED" ] || cat "$WORK/taken" ;;
        list*) [ "$RECEIVED" = 0 ] ;;
        receive*) cat >/dev/null; exit "$RECEIVED" ;;
        snapshot*) echo "$4" >"$WORK/taken" ;;
        *) echo "$side zfs $*" | sed 's/20[0-9]*/NEW/g' >>"$WORK/log" ;;
        esac""",
}


class Done(t.NamedTuple):
    rc: int
    out: str
    log: list[str]


@pytest.fixture
def replicate(tmp_path: Path) -> t.Callable[..., Done]:
    for name, body in COMMANDS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    def run(*words: str, here: str = "", there: str = "", **env: str) -> Done:
        for name, text in {"here": here, "there": there, "log": ""}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        env = {"CARP": "MASTER", "READONLY": "off", "RECEIVED": "0", "ARRIVED": "", **env, "WORK": str(tmp_path)}
        path = f"{tmp_path}:{os.environ['PATH']}"
        argv = ["/bin/sh", str(SCRIPT), *words, "tank/a", "other", "tank/a"]
        done = subprocess.run(argv, env={**env, "PATH": path}, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, (tmp_path / "log").read_text(encoding="utf-8").splitlines())

    return run


@pytest.mark.parametrize("env", [{"CARP": "BACKUP"}, {"READONLY": "on"}])
def test_neither_the_backup_nor_a_copy_is_sent(replicate: t.Callable[..., Done], env: dict[str, str]) -> None:
    """A backup that had the address for a moment made the dataset of the master read only (FreeBSD 15.1)."""
    assert replicate("-i", "em0", "-v", "7", **env) == Done(0, "", [])


@pytest.mark.parametrize(
    ("here", "there", "common"),
    [
        ("1 tank/a@ha-1\n2 tank/a@ha-2\n", "1 tank/a@ha-1\n", "ha-1"),
        # The clock of one of them is behind: the newest is the one that was made last
        ("1 tank/a@ha-9\n2 tank/a@ha-5\n", "1 tank/a@ha-9\n2 tank/a@ha-5\n", "ha-5"),
        # Both took one in the same second
        ("1 tank/a@ha-1\n2 tank/a@ha-2\n", "1 tank/a@ha-1\n3 tank/a@ha-2\n", "ha-1"),
        ("1 tank/a@ha-1\n", "", ""),
        ("1 tank/a@by-hand\n", "1 tank/a@by-hand\n", ""),
    ],
)
def test_the_common_snapshot_is_the_one_that_was_made_last(
    replicate: t.Callable[..., Done], here: str, there: str, common: str
) -> None:
    assert replicate("-c", here=here, there=there)[:2] == (0, common + "\n")
    sent = f"here zfs send -R -I @{common} -- tank/a@ha-NEW" if common else "here zfs send -R -- tank/a@ha-NEW"
    assert sent in replicate(here=here, there=there).log


@pytest.mark.parametrize(("arrived", "stays"), [("", False), ("everything", True)])
def test_a_copy_that_fails_leaves_no_snapshots(replicate: t.Callable[..., Done], arrived: str, stays: bool) -> None:
    """Unless a part of it has arrived: the next one goes on from there."""
    done = replicate(here="1 tank/a@ha-1\n", there="1 tank/a@ha-1\n", RECEIVED="1", ARRIVED=arrived)
    assert done.rc == 1
    assert ("here zfs destroy -r -- tank/a@ha-NEW" in done.log) != stays
    assert done.log[-1] == "logger -s -t hostwright-replicate -p daemon.err tank/a was not copied to tank/a of other"


def test_the_newest_stay_on_both_sides(replicate: t.Callable[..., Done]) -> None:
    rows = "".join(f"{number} tank/a@ha-{10 - number}\n" for number in range(1, 4))
    log = replicate("-k", "2", here=rows, there=rows).log
    assert [line for line in log if "destroy" in line and "ssh" not in line] == [
        "here zfs destroy -r -- tank/a@ha-9",
        "there zfs destroy -r -- tank/a@ha-9",
    ]
