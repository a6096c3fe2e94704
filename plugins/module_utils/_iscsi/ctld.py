# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ctld of FreeBSD: what /etc/ctl.conf says, what the kernel's target layer (CTL) exports, and how both are changed.

Who may log in is known to the daemon alone and cannot be read back; for that the file speaks for what runs.
"""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t
from html import unescape

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Call, Change, Problem, Run, Step, Write
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import ctld_conf
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.ctld_conf import PATH
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Backstore, Bay, Lun, Side, Target
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost

LIST = ("ctladm", "devlist", "-x")
# `reload` without ctld_enable=YES does nothing and ends with 0; `onereload` asks for no such setting.
RELOAD = ("service", "ctld", "onereload")
STATUS = ("service", "ctld", "onestatus")
TEST = ("ctld", "-t", "-f")
START = f"enable and start it (sysrc ctld_enable=YES, service ctld start; it wants {PATH}, an empty one will do)"
RC_FILES = ("/etc/rc.conf", "/etc/rc.conf.local", "/etc/rc.conf.d/ctld")
PATIENCE = 15.0


class Served(t.NamedTuple):
    """A LUN that the kernel exports, with its size in bytes."""

    path: str
    size: int


def observe_ctld(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, Bay]:
    """Both truths of every volume: one file, one check of it, one question whether ctld runs and one list."""
    if host.query(STATUS, ok=(0, 1)).rc:
        raise Problem(f"ctld does not run: {START}")
    _refuse_ucl(host)
    text = host.read(PATH)
    if text is not None:
        reply = host.query((*TEST, PATH), ok=(0, 1))
        if reply.rc:
            raise Problem(f"{PATH} is not valid, so ctld would not read it: {_said(reply.err)}; repair it first")
    served = list_served(host)
    private = not (host.mode(PATH) or 0) & 0o077
    return {want.name: _bay(want, text or "", served, private) for want in wants}


def _refuse_ucl(host: Host) -> None:
    """With -u ctld takes another grammar for the same file."""
    for path in RC_FILES:
        flags = re.findall(r"^\s*ctld_flags=([^#\n]*)", host.read(path) or "", re.MULTILINE)
        if flags and re.search(r"(^|[\s\"'])-[a-z]*u", flags[-1]):
            raise Problem(
                f"{path} has -u in ctld_flags, so {PATH} is in UCL, and this module writes the grammar of ctl.conf(5):"
                " rewrite the file and take -u away"
            )


def list_served(host: Host) -> dict[str, dict[int, Served]]:
    """LUNs of all targets that ctld configured, by target and number."""
    return parse_devlist(host.query(LIST).out)


def parse_devlist(text: str) -> dict[str, dict[int, Served]]:
    found: dict[str, dict[int, Served]] = {}
    for row in re.findall(r'<lun id="\d+">(.*?)</lun>', text, re.DOTALL):
        values = {key: unescape(value) for key, value in re.findall(r"<(\w+)>(.*?)</\1>", row, re.DOTALL)}
        # ctld names LUNs that are written inside of a target after it
        named = re.fullmatch(r"(.+),lun,(\d+)", values.get("ctld_name", ""))
        if named:
            size = int(values.get("size", 0)) * int(values.get("blocksize", 0))
            found.setdefault(named.group(1), {})[int(named.group(2))] = Served(values.get("file", ""), size)
    return found


def _said(text: str) -> str:
    """What ctld complains of, without the word of the file that it stumbled over: that may be a secret."""
    lines = (re.sub(r" near '.*?':", ":", line).strip() for line in text.splitlines())
    return "; ".join(line for line in lines if line) or "no message"


def _bay(want: WantVolume, text: str, served: t.Mapping[str, t.Mapping[int, Served]], private: bool) -> Bay:
    split = ctld_conf.split_conf(text, want.target)
    rest = split.head + split.tail
    for keyword, name, _words in ctld_conf.read_blocks(rest):
        if (keyword, name.lower()) == ("target", want.target):
            raise Problem(
                f"{want.name}: {PATH} has {want.target} outside of our marks: take another target, or remove it there"
            )
    current = ctld_conf.group_of(split.block)
    group = ctld_conf.choose_group(ctld_conf.read_groups(rest), want, current)
    saved = ctld_conf.parse_block(split.block)
    if saved is not None:
        whole = private and split.block == ctld_conf.render_block(want.target, saved, group)
        saved = dataclasses.replace(saved, enabled=whole)  # else it is written anew
    live = live_target(served.get(want.target, {}), saved)
    sizes = {number: lun.size for number, lun in served.get(want.target, {}).items()}
    return Bay(
        name=want.name,
        iqn=want.target,
        provider="ctld",
        live=Side(live, _backstore(live, want, sizes)),
        saved=Side(saved, _backstore(saved, want, {})),
        spare=group,
        masked=False,
        listens=False,
        folder=text,
    )


def live_target(luns: t.Mapping[int, Served], saved: Target | None) -> Target | None:
    if not luns:
        return None
    names = {(lun.number, lun.path): lun.name for lun in saved.luns} if saved else {}
    found = tuple(Lun(number, lun.path, names.get((number, lun.path), "")) for number, lun in sorted(luns.items()))
    return Target(found, (), saved.acls if saved else (), saved is not None, True)


def _backstore(target: Target | None, want: WantVolume, sizes: t.Mapping[int, int]) -> Backstore | None:
    path = want.backing.path_of(want.name) if want.backing else ""
    for lun in target.luns if target else ():
        if want.name == lun.name or (not lun.name and lun.path == path):
            return Backstore(lun.path, sizes.get(lun.number, 0))
    return None


def ctld_steps(have: Bay, goal: Bay) -> list[Step]:
    """Everything but the storage. ``folder`` holds the file's text, ``spare`` the portal group."""
    steps: list[Step] = []
    old, new = have.live or Side(), goal.live or Side()
    if have.saved != goal.saved:
        target = goal.saved.target
        split = ctld_conf.split_conf(have.folder, have.iqn)
        block = ctld_conf.render_block(have.iqn, target, have.spare) if target else ""
        text = ctld_conf.join_conf(split, have.iqn, block)
        test = Run((*TEST, "/dev/stdin"), stdin=text)
        steps.append(Step(test, f"have ctld check what {PATH} will be"))
        write = Write(PATH, text, 0o600, secret=True)
        steps.append(Step(write, f"write the block of {have.iqn} in {PATH}", changes=_changes(have, goal)))
    elif old == new:
        return []
    steps.append(Step(Run(RELOAD), "have ctld read it", how="reload"))
    lun = goal.lun_in(new)
    number = lun.number if lun else have.lun
    if number is not None:
        size = new.backstore.size if new.backstore else 0
        call = Call("ctld", "settle", (have.iqn, number, lun.path if lun else "", size))
        steps.append(Step(call, "wait until the kernel exports what the file says", how="reload"))
    return steps


def _changes(have: Bay, goal: Bay) -> tuple[Change, ...]:
    was, now = have.lun_in(have.saved), goal.lun_in(goal.saved)
    if was == now:
        return ()
    return (Change("lun", was.number if was else None, now.number if now else None),)


def call(method: str, *args: t.Any) -> str:
    """Resource API: ``settle`` with the target, the number, and path and size, which are empty for a LUN that goes."""
    if method != "settle":
        raise Problem(f"ctld has no method {method}")
    settle(LocalHost({}, {}), *args)
    return ""


def settle(host: Host, iqn: str, number: int, path: str, size: int) -> None:
    """ctld reads its file some time after the signal, and says only in the log what it did not like."""
    goal = Served(path, size) if path else None
    deadline = time.monotonic() + PATIENCE
    while True:
        served = list_served(host).get(iqn, {}).get(number)
        if served == goal:
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    there = f"{served.path} of {served.size} bytes" if served else "nothing"
    wanted = f"{path} of {size} bytes" if path else "nothing"
    raise Problem(
        f"ctld was told to read {PATH}, and after {PATIENCE:g} s LUN {number} of {iqn} is {there} and not {wanted}: "
        "ctld says why in /var/log/messages"
    )
