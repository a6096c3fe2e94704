# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tgt, the target in user space: what its daemon says and what our file of each target says (tgt 1.0.85)."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import (
    Acl,
    Backstore,
    Bay,
    Lun,
    Side,
    Target,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Chap, WantVolume

TGTADM = ("tgtadm", "--lld", "iscsi")
SHOW = (*TGTADM, "--mode", "target", "--op", "show")
FOLDER = "/etc/tgt/conf.d"
# Who matches a name or an address gets in, and tgt-admin adds every address where a file names none (1.0.85): names
# then keep nobody out. So our files name an address that nobody has (RFC 5737).
NOBODY = "192.0.2.1"


def file_of(iqn: str) -> str:
    return f"{FOLDER}/hostwright-{iqn.replace(':', '_')}.conf"


class LiveTarget(t.NamedTuple):
    """One target as the daemon shows it; ``sizes`` in whole megabytes by LUN."""

    tid: int
    target: Target
    sizes: dict[int, int]
    user: str
    user_in: str


def observe_tgt(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, Bay]:
    """Both truths of every volume: one command and one file per target."""
    reply = host.query(SHOW, ok=(0, 107))
    if reply.rc:
        raise Problem("tgtd does not run: start the service tgt, which serves the volumes")
    live = parse_show(reply.out)
    spare = 1 + max((found.tid for found in live.values()), default=0)
    bays = {}
    for want in wants:
        saved, names = parse_conf(host.read(file_of(want.target)) or "")
        bays[want.name] = _bay(want, live, saved, names, spare)
    return bays


def _bay(want: WantVolume, live: dict[str, LiveTarget], saved: Target | None, names: dict[int, str], spare: int) -> Bay:
    found = live.get(want.target)
    running = Side()
    if found is not None:
        running = Side(_with_names(found, saved, names), _backstore(found.target, want, names, found.sizes))
    others = [other for iqn, other in live.items() if iqn != want.target]
    return Bay(
        name=want.name,
        iqn=want.target,
        provider="tgt",
        live=running,
        saved=Side(saved, _backstore(saved, want, names, {}) if saved else None),
        spare=str(found.tid if found else spare),
        first=1,
        masked=False,
        listens=False,
        accounts=tuple(sorted({user for other in others for user in (other.user, other.user_in) if user})),
    )


def _backstore(target: Target, want: WantVolume, names: dict[int, str], sizes: dict[int, int]) -> Backstore | None:
    path = want.backing.path_of(want.name) if want.backing else ""
    for lun in target.luns:
        if names.get(lun.number) == want.name or lun.path == path:
            return Backstore(lun.path, sizes.get(lun.number, 0))
    return None


def _with_names(found: LiveTarget, saved: Target | None, names: dict[int, str]) -> Target:
    """The daemon knows neither names of volumes nor, for us, secrets: both are taken from our file."""
    chap = saved.acls[0].chap if saved and saved.acls else NO_CHAP
    same_user = chap.password if chap.user == found.user else ""
    same_user_in = chap.password_in if chap.user_in == found.user_in else ""
    known = Chap(found.user, same_user, found.user_in, same_user_in)
    luns = tuple(Lun(lun.number, lun.path, names.get(lun.number, "")) for lun in found.target.luns)
    acls = tuple(Acl(acl.initiator, (), known) for acl in found.target.acls)
    return Target(luns, (), acls, saved is not None, found.target.enabled)


def parse_show(text: str) -> dict[str, LiveTarget]:
    """``tgtadm --mode target --op show``: blocks by target, indented by 4 for each level."""
    found = {}
    for block in re.split(r"^(?=Target \d+: )", text, flags=re.MULTILINE):
        head = re.match(r"Target (\d+): (\S+)", block)
        if head:
            found[head.group(2)] = _parse_target(int(head.group(1)), block)
    return found


def _parse_target(tid: int, block: str) -> LiveTarget:
    luns, sizes = [], {}
    for row in re.split(r"^ {8}LUN: ", block, flags=re.MULTILINE)[1:]:
        number = int(row.split("\n", 1)[0])
        path = re.search(r"Backing store path: (.*)", row)
        size = re.search(r"Size: (\d+) MB", row)
        if path and path.group(1).strip() != "None":
            luns.append(Lun(number, path.group(1).strip()))
            sizes[number] = int(size.group(1)) if size else 0
    users = _section(block, "Account information")
    allowed = _section(block, "ACL information")
    user = next((word for word in users if not word.endswith(" (outgoing)")), "")
    user_in = next((word.split(" ", 1)[0] for word in users if word.endswith(" (outgoing)")), "")
    acls = tuple(Acl(word) for word in sorted(allowed) if word != NOBODY)
    target = Target(tuple(luns), (), acls, False, True)
    return LiveTarget(tid, target, sizes, user, user_in)


def _section(block: str, title: str) -> list[str]:
    match = re.search(rf"^    {title}:\n((?: {{8}}.*\n?)*)", block, re.MULTILINE)
    return [line.strip() for line in match.group(1).splitlines()] if match else []


def render_conf(iqn: str, target: Target) -> str:
    """Our file of one target, for tgt-admin at boot; it holds secrets."""
    lines = ["# Written by hostwright.virt.iscsi_volume.", f"<target {iqn}>"]
    for lun in target.luns:
        lines += [f"    # volume {lun.name}", f'    <backing-store "{lun.path}">', f"        lun {lun.number}"]
        lines += [*([f"        product_id {lun.name[:16]}"] if lun.name else []), "    </backing-store>"]
    lines.append(f"    initiator-address {NOBODY}")
    lines += [f"    {kind_of(acl.initiator)} {acl.initiator}" for acl in target.acls]
    chap = chap_of(target)
    if chap.user:
        lines.append(f"    incominguser {chap.user} {chap.password}")
    if chap.user_in:
        lines.append(f"    outgoinguser {chap.user_in} {chap.password_in}")
    return "\n".join([*lines, "</target>"]) + "\n"


def parse_conf(text: str) -> tuple[Target | None, dict[int, str]]:
    """A file that ``render_conf`` wrote, and the volumes' names by LUN."""
    if "<target " not in text:
        return None, {}
    luns = []
    pattern = r'# volume (\S*)\s+<backing-store "([^"]*)">\s+lun (\d+)'
    for name, path, number in re.findall(pattern, text):
        luns.append(Lun(int(number), path, name))
    users = re.search(r"^ *incominguser (\S+) (\S+)$", text, re.MULTILINE)
    users_in = re.search(r"^ *outgoinguser (\S+) (\S+)$", text, re.MULTILINE)
    chap = Chap(*(users.groups() if users else ("", "")), *(users_in.groups() if users_in else ("", "")))
    found = re.findall(r"^ *initiator-(?:name|address) (\S+)$", text, re.MULTILINE)
    names = [name for name in found if name != NOBODY]
    target = Target(tuple(luns), (), tuple(Acl(name, (), chap) for name in sorted(names)), True, True)
    return target, {lun.number: lun.name for lun in luns}


def kind_of(initiator: str) -> str:
    """Others than us may have let addresses in."""
    return "initiator-name" if initiator.startswith(("iqn.", "eui.", "naa.")) else "initiator-address"


def chap_of(target: Target | None) -> Chap:
    """The one CHAP that a target has."""
    return target.acls[0].chap if target is not None and target.acls else NO_CHAP
