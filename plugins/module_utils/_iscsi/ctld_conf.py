# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/ctl.conf, after ctl.conf(5): one marked block for each target of ours, and what others wrote around it. Pure."""

from __future__ import annotations

import hashlib
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import DEFAULT_PORT, Portal, parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Acl, Lun, Target, missing_portals
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.tgt import chap_of
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import Chap, WantVolume

PATH = "/etc/ctl.conf"
# What ctld's scanner takes for one word: a quoted text may span lines, and a # in it begins no comment.
_WORD = re.compile(r'"[^"]+"|[A-Za-z0-9.\-@_/:\[\]]+|#[^\n]*|\S')


class Split(t.NamedTuple):
    """The file around our block of one target; ``block`` is empty when there is none."""

    head: str
    block: str
    tail: str


def _marks(iqn: str) -> tuple[str, str]:
    return f"# BEGIN hostwright {iqn}\n", f"# END hostwright {iqn}\n"


def split_conf(text: str, iqn: str) -> Split:
    begin, end = _marks(iqn)
    found = re.search(f"^{re.escape(begin)}", text, re.MULTILINE)
    if not found:
        return Split(text, "", "")
    closed = re.compile(f"^{re.escape(end[:-1])}$\n?", re.MULTILINE).search(text, found.end())
    if not closed:
        raise Problem(
            f"{PATH}: the line {end.strip()!r} is missing: put it back, or remove the block that begins with "
            f"{begin.strip()!r}"
        )
    return Split(text[: found.start()], text[found.end() : closed.start()], text[closed.end() :])


def join_conf(split: Split, iqn: str, block: str) -> str:
    """The file with another block, or without one: no other byte changes, but for an end of line that was missing."""
    if not block:
        return split.head + split.tail
    begin, end = _marks(iqn)
    gap = "\n" if split.head and not split.head.endswith("\n") else ""
    return f"{split.head}{gap}{begin}{block}{end}{split.tail}"


def read_blocks(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """(keyword, name, words inside) of every block at the top level."""
    blocks: list[tuple[str, str, tuple[str, ...]]] = []
    head, inside, depth = ["", ""], [""], 0
    for word in _WORD.findall(text):
        if word.startswith("#"):
            continue
        depth += {"{": 1, "}": -1}.get(word, 0)
        if word == "}" and depth == 0:
            blocks.append((head[-2], head[-1].strip('"'), tuple(inside)))
            head, inside = ["", ""], [""]
        elif depth == 0:
            head.append(word)
        elif (word, depth) != ("{", 1):
            inside.append(word.strip('"'))
    return blocks


def read_groups(text: str) -> dict[str, tuple[Portal, ...]]:
    """Portal groups with the addresses at which they listen; names of hosts are left out."""
    groups = {}
    for keyword, name, words in read_blocks(text):
        if keyword == "portal-group":
            portals = []
            for before, word in zip(words, words[1:]):
                try:
                    portals += [parse_portal(word)] if before == "listen" else []
                except Problem:
                    continue
            groups[name] = tuple(portals)
    return groups


def choose_group(groups: t.Mapping[str, tuple[Portal, ...]], want: WantVolume, current: str) -> str:
    """The portal group of a target; empty for ctld's own, which listens on all addresses.

    A second group that listens on all addresses keeps ctld from starting, so one that is there is joined.
    """
    if current in groups:
        return current
    for name, portals in groups.items():
        if want.portals and not missing_portals(Target(portals=portals), want):
            return "" if name == "default" else name
    if "default" not in groups:
        for name, portals in groups.items():
            if any(portal.wildcard and portal.port == DEFAULT_PORT for portal in portals):
                return name
    return ""


def group_of(block: str) -> str:
    found = re.search(r'^\tportal-group "([^"]*)"$', block, re.MULTILINE)
    return found.group(1) if found else ""


def render_block(iqn: str, target: Target, group: str) -> str:
    """An auth-group of the target's initiators, and the target with its LUNs."""
    chap = chap_of(target)
    lines = [f'auth-group "hostwright-{iqn}" {{']
    if chap.user_in:
        lines.append(f'\tchap-mutual "{chap.user}" "{chap.password}" "{chap.user_in}" "{chap.password_in}"')
    elif chap.user:
        lines.append(f'\tchap "{chap.user}" "{chap.password}"')
    else:
        # Without a name in it, a group of type none would let everyone in
        lines.append("\tauth-type none" if target.acls else "\tauth-type deny")
    lines += [f'\tinitiator-name "{acl.initiator}"' for acl in target.acls]
    lines += ["}", f"target {iqn} {{", f'\tauth-group "hostwright-{iqn}"']
    lines += [f'\tportal-group "{group}"'] if group else []
    for lun in target.luns:
        lines += [f"\tlun {lun.number} {{", f'\t\tpath "{lun.path}"', f'\t\toption product "{lun.name[:16]}"']
        lines += [f"\t\t# volume {lun.name}", *_identity(iqn, lun), "\t}"]
    return "\n".join([*lines, "}"]) + "\n"


def _identity(iqn: str, lun: Lun) -> list[str]:
    """By these an initiator knows a disk again, and multipathd takes two disks with one identity for one disk.

    The kernel's own are MYSERIAL and the number of LUNs that there were, which a second LUN or bay has as well
    (sys/cam/ctl/ctl_backend_block.c, FreeBSD 15.1).
    """
    digest = hashlib.sha256(f"{iqn} {lun.name or lun.path}".encode()).hexdigest()
    return [f'\t\tserial "{digest[:16]}"', f'\t\tdevice-id "{digest[:32]}"']


def parse_block(block: str) -> Target | None:
    """A block that ``render_block`` wrote."""
    if not block:
        return None
    words = re.search(r"^\tchap(?:-mutual)? (.*)$", block, re.MULTILINE)
    chap = Chap(*(re.findall(r'"([^"]*)"', words.group(1))[:4] if words else ()))
    names = re.findall(r'^\tinitiator-name "([^"]*)"$', block, re.MULTILINE)
    pattern = r'^\tlun (\d+) \{\n\t\tpath "([^"]*)"\n\t\toption product "[^"]*"\n\t\t# volume (\S+)$'
    luns = tuple(Lun(int(number), path, name) for number, path, name in re.findall(pattern, block, re.MULTILINE))
    return Target(luns, (), tuple(Acl(name, (), chap) for name in sorted(names)), True, True)
