# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ctld(8) and the part of the kernel that it configures. What it says of a file was recorded (15.1); the
daemon and the kernel are written from the manuals and from the source of 14 and 15 (usr.sbin/ctld, sys/cam/ctl)."""

from __future__ import annotations

import getopt
import sys
import time
import typing as t
from pathlib import Path

from . import ctl_conf
from .world import Fail, World

PATH = "/etc/ctl.conf"  # of this machine: the module has no option for it
STDIN = "/dev/stdin"
IDENTITY = ("serial", "device-id")
LATE = 0.3  # seconds from the signal to the new configuration


def main(world: World, words: list[str]) -> int:
    """Only the check of a file; the daemon is for service(8)."""
    try:
        options = dict(getopt.getopt(words, "dtuf:R")[0])
    except getopt.GetoptError:
        options = {}
    if "-t" not in options:
        raise Fail("usage: ctld [-d][-u][-f config-file]\n       ctld -t [-u][-f config-file]")
    if read(world, options.get("-f", PATH)) is None:
        complain(world, "configuration error; exiting")
        return 1
    return 0


def read(world: World, path: str) -> dict[str, t.Any] | None:
    """The configuration of a file; complaints go to stderr and to the log."""
    try:
        conf = ctl_conf.parse(sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8"))
    except ctl_conf.Invalid as error:
        complain(world, str(error))
        return None
    mode = 0o666 if path == STDIN else Path(path).stat().st_mode
    if mode & 0o002 or mode & 0o004:
        complain(world, f"{path} is world-{'writable' if mode & 0o002 else 'readable'}")
    return conf


def complain(world: World, line: str) -> None:
    world.complain(f"ctld: {line}")
    with (world.folder / "messages").open("a", encoding="utf-8") as log:
        log.write(f"ctld[77]: {line}\n")


def start(world: World) -> bool:
    conf = read(world, PATH)
    if conf is None:
        complain(world, "configuration error; exiting")
        return False
    if configure(world, conf):
        complain(world, "failed to apply configuration; exiting")
        return False
    world.data.update(running=True)
    return True


def stop(world: World) -> None:
    """A graceful end removes the LUNs."""
    world.data.update(running=False, luns=[], conf=None, signalled=None)


def settle(world: World) -> None:
    """What the daemon has done since anybody looked."""
    due = world.data.get("signalled")
    if due is not None and world.data.get("running") and time.time() >= due:
        world.data["signalled"] = None
        conf = read(world, PATH)
        if conf is None:
            complain(world, "configuration error, continuing with old configuration")
        elif configure(world, conf):
            complain(world, "failed to reload configuration")


def signal(world: World) -> None:
    world.data["signalled"] = time.time() + LATE


def configure(world: World, conf: dict[str, t.Any]) -> int:
    """Bring the kernel there; the number of errors. Another path or identity is another LUN, another size is not."""
    errors = 0
    kept = []
    for lun in world.data.get("luns", []):
        goal = conf["luns"].get(lun["ctld_name"])
        if goal is not None and (goal["path"], *(goal.get(key) for key in IDENTITY)) == (lun["file"], *lun["given"]):
            kept.append(lun)
    known = {lun["ctld_name"]: lun for lun in kept}
    for name, goal in conf["luns"].items():
        size, why = measure(goal)
        if why:
            complain(world, f"error returned from LUN creation request: {why}")
            complain(world, f'failed to {"modify" if name in known else "add"} lun "{name}"')
            errors += 1
        elif name in known:
            known[name]["size"] = size // 512
        else:
            free = min(set(range(len(kept) + 1)) - {lun["id"] for lun in kept})
            made = {"id": free, "size": size // 512, "file": goal["path"], "ctld_name": name, **goal["options"]}
            # The kernel's own has the number of LUNs that there were in it (ctl_backend_block.c)
            own = {"serial_number": f"MYSERIAL{len(kept):04d}", "device_id": f"MYDEVID{len(kept):04d}"}
            made["given"] = [goal.get(key) for key in IDENTITY]
            made.update({key: said or other for said, (key, other) in zip(made["given"], own.items())})
            kept.append(made)
    world.data.update(luns=sorted(kept, key=lambda lun: int(lun["id"])), conf=conf)
    return errors + listen(world, conf)


def measure(lun: t.Any) -> tuple[int, str]:
    path = Path(lun["path"])
    if not path.exists():
        return 0, f"error opening {path}: No such file or directory"
    size = path.stat().st_size
    if size < 512:
        return 0, f"file {path} size {size} < blocksize 512"
    return int(lun.get("size", size)), ""


def listen(world: World, conf: dict[str, t.Any]) -> int:
    """Sockets of the portal groups that a target is in; an address can be bound once."""
    bound: set[str] = set()
    errors = 0
    for name in sorted({name for target in conf["targets"].values() for name in target["portals"]}):
        for address in conf["portals"][name]["listen"]:
            full = address if address.endswith(":3260") or ":" in address.rpartition("]")[2] else address + ":3260"
            if full in bound:
                complain(world, f"bind(2) failed for {address}: Address already in use")
                errors += 1
            bound.add(full)
    return errors
