# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Not a tool of FreeBSD: what an initiator is told that logs in, by what the daemon has read (ctld/login.cc)."""

from __future__ import annotations

import argparse

from . import ctld
from .world import World


def main(world: World, words: list[str]) -> int:
    ctld.settle(world)
    parser = argparse.ArgumentParser(prog="ctl_login")
    for option in ("initiator", "target", "portal", "user", "secret", "user-in", "secret-in"):
        parser.add_argument("--" + option, default="")
    asked = parser.parse_args(words)
    why = refuse(world, asked)
    print(why or "luns " + " ".join(str(number) for number in sorted(luns_of(world, asked.target))))
    return 1 if why else 0


def luns_of(world: World, target: str) -> list[int]:
    served = {lun["ctld_name"] for lun in world.data["luns"]}
    return [int(number) for number, name in world.data["conf"]["targets"][target]["luns"].items() if name in served]


def refuse(world: World, asked: argparse.Namespace) -> str:
    conf = world.data.get("conf") or {"targets": {}}
    target = conf["targets"].get(asked.target)
    if target is None or not world.data.get("running"):
        return "requested target not found"
    listens = [address for name in target["portals"] for address in conf["portals"][name]["listen"]]
    if asked.portal and asked.portal not in listens:
        return "connection refused"
    auth = target["auth"]
    if auth.get("names") and asked.initiator not in auth["names"]:
        return "initiator not allowed to connect"
    if auth["type"] in ("none", "deny", ""):
        return "" if auth["type"] == "none" else "auth-type is deny"
    known = auth["users"].get(asked.user)
    if known is None or known[0] != asked.secret:
        return "CHAP authentication failed"
    if asked.user_in and known[1:] != [asked.user_in, asked.secret_in]:
        return "the target does not know its secret"
    return ""
