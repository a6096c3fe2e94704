# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""jexec(8): runs a command of this machine in the root of the jail, which must hold what the command needs."""

from __future__ import annotations

import functools
import getopt
import os
from pathlib import Path

from . import kernel
from .world import Fail, World

USAGE = "usage: jexec [-l] [-d working-directory] [-u username | -U username] jail\n       [command ...]"
# As recorded in jail-lifecycle.txt, with the user's home, name and shell.
CLEAN = {
    "LANG": "C.UTF-8",
    "PATH": "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:{home}/bin",
    "USER": "{user}",
    "MAIL": "/var/mail/{user}",
    "HOME": "{home}",
    "SHELL": "{shell}",
    "MM_CHARSET": "UTF-8",
    "BLOCKSIZE": "K",
}


def main(world: World, words: list[str]) -> int:
    try:
        pairs, rest = getopt.getopt(words, "ld:u:U:")
    except getopt.GetoptError as error:
        raise Fail(f"jexec: illegal option -- {error.opt}\n{USAGE}") from None
    if not rest:
        raise Fail(USAGE)
    options = dict(pairs)
    jail = choose(world, rest[0])
    root = world.file(jail["path"])
    name, uid, gid, home, shell = find_user(root, options.get("-U", "root"))
    env = dict(os.environ)
    if "-l" in options:
        kept = {"TERM": env["TERM"]} if "TERM" in env else {}
        env = {key: value.format(user=name, home=home, shell=shell) for key, value in CLEAN.items()} | kept
    # jexec.c: only with a name the home is gone to
    folder = options.get("-d", home if "-l" in options and "-U" in options else "/")
    return world.spawn(rest[1:] or [shell], env, functools.partial(go_inside, root, folder, uid, gid))


def choose(world: World, name: str) -> kernel.Jail:
    found = [jail for jail in kernel.jails_of(world) if name in (jail["name"], jail["jid"])]
    alive = [jail for jail in found if not jail["dying"]]
    if not alive:
        spelled = name if name.isdigit() else f'"{name}"'
        raise Fail(f"jexec: jail {spelled} {'is dying' if found else 'not found'}")
    return alive[0]


def find_user(root: Path, name: str) -> tuple[str, int, int, str, str]:
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        words = line.split(":")
        if words[0] == name:
            return name, int(words[2]), int(words[3]), words[5], words[6]
    raise Fail(f"jexec: {name}: no such user")  # jexec.c


def go_inside(root: Path, folder: str, uid: int, gid: int) -> None:
    os.chroot(root)
    os.chdir(folder)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
