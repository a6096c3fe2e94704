# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""service(8) with the rc.d scripts that our modules use."""

from __future__ import annotations

from . import ctld, devfs, kernel, rctl
from .world import Fail, World

DAEMONS = ("auditd", "cron", "hastd", "nginx", "ntpd")


def main(world: World, words: list[str]) -> int:
    jail = ""
    if words[:1] == ["-j"]:
        found = kernel.find(world, words[1])
        if found is None:
            raise Fail(f"jail: {words[1]}: no such jail")
        jail, words = found["name"], words[2:]
    if words[:1] and words[0] in DAEMONS:
        return run_daemon(world, jail, words[0], words[1])
    if len(words) < 2 or words[0] not in SCRIPTS:
        raise Fail(f"{words[0] if words else ''} does not exist in /etc/rc.d or the local startup")
    return SCRIPTS[words[0]](world, words[1], words[2:])


def run_rctl(world: World, verb: str, _more: list[str]) -> int:
    if verb == "onestart":
        path = world.file("/etc/rctl.conf")
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            words = line.split(None, 1)
            if words and not words[0].startswith("#"):
                rctl.main(world, ["-a", words[0]])
        return 0
    if verb == "onestop":
        return rctl.main(world, ["-r", ":"])
    if verb == "rcvar":
        print('# rctl : Manage resource limits\n#\nrctl_enable="YES"\n#   (default: "")\n')
    return 0


def run_ctld(world: World, verb: str, _more: list[str]) -> int:
    """What rc.subr(8) makes of a daemon: without ctld_enable a verb does nothing, and that is no failure."""
    ctld.settle(world)
    if verb in ("enable", "disable"):
        world.data["ctld_enable"] = verb == "enable"
        print(f"ctld {verb}d in /etc/rc.conf")
        return 0
    if not verb.startswith("one") and not world.data.get("ctld_enable"):
        print(f"Cannot '{verb}' ctld. Set ctld_enable to YES in /etc/rc.conf or use 'one{verb}' instead of '{verb}'.")
        return 0
    verb, running = verb[3:] if verb.startswith("one") else verb, world.data.get("running")
    if verb == "status":
        print("ctld is running as pid 77." if running else "ctld is not running.")
        return 0 if running else 1
    if verb == "start":
        world.data["loaded"] = True  # required_modules
        print("Starting ctld.")
        if not ctld.start(world):
            raise Fail("/etc/rc.d/ctld: WARNING: failed to start ctld")
        return 0
    if not running:
        raise Fail("ctld not running? (check /var/run/ctld.pid).")
    {"reload": ctld.signal, "stop": ctld.stop}[verb](world)
    return 0


def run_daemon(world: World, jail: str, name: str, verb: str) -> int:
    """A daemon of rc.subr(8), as cron was recorded: whether its variable is set is no concern of this twin."""
    running = world.data.setdefault("daemons", [])
    mine, verb = f"{jail}/{name}", verb[3:] if verb.startswith("one") else verb
    if verb == "status":
        print(f"{name} is running as pid 77." if mine in running else f"{name} is not running.")
        return 0 if mine in running else 1
    if verb == "start" and mine in running:
        raise Fail(f"{name} already running?  (pid=77).")
    if verb in ("start", "restart", "reload"):
        print(f"Starting {name}.")
        world.data["daemons"] = sorted({*running, mine})
    return 0


def run_devfs(world: World, verb: str, _more: list[str]) -> int:
    """rc.d/devfs: each ruleset of the file is emptied, and filled again."""
    if verb.endswith("start"):
        devfs.read_file(world)
    return 0


SCRIPTS = {"devfs": run_devfs, "ctld": run_ctld, "rctl": run_rctl}
