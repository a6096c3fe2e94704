# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ctld of FreeBSD: one marked block of /etc/ctl.conf for each target, after ctl.conf(5). Only the file is looked at."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Run, Step, Write
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import (
    Acl,
    Backstore,
    Bay,
    Lun,
    Side,
    Target,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.tgt import chap_of
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import Chap, WantVolume

PATH = "/etc/ctl.conf"
RELOAD = ("service", "ctld", "reload")


def _marks(iqn: str) -> tuple[str, str]:
    return f"# BEGIN hostwright {iqn}\n", f"# END hostwright {iqn}\n"


def observe_ctld(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, Bay]:
    text = host.read(PATH) or ""
    bays = {}
    for want in wants:
        block, rest = split_block(text, want.target)
        if re.search(rf'^\s*target\s+"?{re.escape(want.target)}"?\s*\{{', rest, re.MULTILINE):
            raise Problem(
                f"{want.name}: {PATH} has {want.target} outside of our marks: take another target, or remove it there"
            )
        target = parse_block(block)
        lun = next((lun for lun in target.luns if lun.name == want.name), None) if target else None
        bays[want.name] = Bay(
            name=want.name,
            iqn=want.target,
            provider="ctld",
            live=None,
            saved=Side(target, Backstore(lun.path) if lun else None),
            masked=False,
            listens=False,
            folder=text,
        )
    return bays


def split_block(text: str, iqn: str) -> tuple[str, str]:
    """Our block of a target, and the file without it."""
    begin, end = _marks(iqn)
    if begin not in text:
        return "", text
    head, _mark, tail = text.partition(begin)
    block, mark, after = tail.partition(end)
    if not mark:
        raise Problem(
            f"{PATH}: the line {end.strip()!r} is missing: put it back, or remove the block that begins with "
            f"{begin.strip()!r}"
        )
    return block, head + after


def ctld_steps(have: Bay, goal: Bay) -> list[Step]:
    """Everything but the storage. ``folder`` holds the file's text."""
    if have.saved == goal.saved:
        return []
    _block, rest = split_block(have.folder, have.iqn)
    begin, end = _marks(have.iqn)
    target = goal.saved.target
    text = rest if target is None else f"{rest}{begin}{render_block(have.iqn, target)}{end}"
    write = Write(PATH, text, 0o600, secret=True)
    return [
        Step(write, f"write the block of {have.iqn} in {PATH}"),
        Step(
            Run(RELOAD, hint="is ctld enabled (sysrc ctld_enable=YES) and running?"), "have ctld read it", how="reload"
        ),
    ]


def render_block(iqn: str, target: Target) -> str:
    """An auth-group of the target's initiators, and the target with its LUNs."""
    group = f"hostwright-{re.sub(r'[^a-z0-9-]', '-', iqn)}"
    chap = chap_of(target)
    lines = [f"auth-group {group} {{"]
    if chap.user_in:
        lines.append(f'\tchap-mutual "{chap.user}" "{chap.password}" "{chap.user_in}" "{chap.password_in}"')
    elif chap.user:
        lines.append(f'\tchap "{chap.user}" "{chap.password}"')
    else:
        lines.append("\tauth-type none" if target.acls else "\tauth-type deny")
    lines += [f'\tinitiator-name "{acl.initiator}"' for acl in target.acls]
    lines += ["}", f"target {iqn} {{", f"\tauth-group {group}"]
    for lun in target.luns:
        lines += [f"\tlun {lun.number} {{", f'\t\tpath "{lun.path}"', f'\t\toption product "{lun.name[:16]}"']
        lines += [f"\t\t# volume {lun.name}", "\t}"]
    return "\n".join([*lines, "}"]) + "\n"


def parse_block(block: str) -> Target | None:
    """A block that ``render_block`` wrote."""
    if not block:
        return None
    words = re.search(r"^\tchap(?:-mutual)? (.*)$", block, re.MULTILINE)
    chap = Chap(*(re.findall(r'"([^"]*)"', words.group(1)) if words else ()))
    names = re.findall(r'^\tinitiator-name "([^"]*)"$', block, re.MULTILINE)
    pattern = r'^\tlun (\d+) \{\n\t\tpath "([^"]*)"\n\t\toption product "[^"]*"\n\t\t# volume (\S+)$'
    luns = tuple(Lun(int(number), path, name) for number, path, name in re.findall(pattern, block, re.MULTILINE))
    return Target(luns, (), tuple(Acl(name, (), chap) for name in sorted(names)), True, True)
