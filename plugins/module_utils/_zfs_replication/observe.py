# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both trees, with one command each; and where something is to be sent, how much. Private."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import names, output
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.observe import KINDS, MISSING, read_properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.ends import End, ask_at
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Have, Mark, Node, Partial
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.sends import Send, find_base, plan_sends
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import WantReplication

COLUMNS = "name,type,createtxg,guid,userrefs,clones,written,referenced,receive_resume_token"
_TOKEN = re.compile(r"[0-9a-f-]{1,4000}")


def observe(host: Host, wants: t.Sequence[WantReplication]) -> dict[str, Have]:
    return {want.name: _observe_one(host, want) for want in wants}


def _observe_one(host: Host, want: WantReplication) -> Have:
    source = read_tree(host, want.source, want.recursive)
    target = read_tree(host, want.target, want.recursive)
    have = Have(want.source.root, want.target.root, source, target)
    if not target:
        parent = want.target.root.rpartition("/")[0]
        have = dataclasses.replace(have, has_parent=bool(parent) and bool(_list(host, want.target, parent, "-d", "0")))
    have = _with_properties(host, want, have)
    have = dataclasses.replace(have, partials=_read_partials(host, want, have))
    return dataclasses.replace(have, sizes=_read_sizes(host, want, have))


def _list(host: Host, end: End, name: str, *depth: str) -> str:
    argv = ("zfs", "list", "-Hp", *depth, "-t", KINDS, "-o", COLUMNS, name)
    reply = ask_at(end, host)(argv, ok=MISSING)
    if output.unexpected(reply.err):
        where = end.destination or "here"
        raise Problem(f"{end.root}: zfs does not work {where}: {output.unexpected(reply.err)[:1000]}")
    return reply.out


def read_tree(host: Host, end: End, recursive: bool) -> dict[str, Node]:
    return parse_tree(_list(host, end, end.root, *(["-r"] if recursive else ["-d", "1"])), end.root, recursive)


def parse_tree(text: str, root: str, recursive: bool) -> dict[str, Node]:
    """Lines of ``zfs list -Hp``. A name that is not of this tree is no name of ours, whoever sent it."""
    nodes: dict[str, Node] = {}
    marks: dict[str, list[Mark]] = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) != 9:
            continue
        name, kind, made, guid, refs, clones, written, referenced, token = fields
        dataset, mark, short = names.split(names.parse_name(name))
        inside = dataset[len(root) :]
        if dataset != root and (not recursive or not names.is_below(dataset, root)):
            continue
        if not mark:
            resumable = token if _TOKEN.fullmatch(token) and token != "-" else ""
            nodes[inside] = Node(kind, written=_number(written), referenced=_number(referenced), token=resumable)
        else:
            busy = refs not in ("-", "0") or clones not in ("-", "")
            entry = Mark(short, guid, _number(made), _number(written), busy, mark == "#")
            marks.setdefault(inside, []).append(entry)
    return {inside: _with_marks(node, marks.get(inside, ())) for inside, node in nodes.items()}


def _with_marks(node: Node, marks: t.Iterable[Mark]) -> Node:
    ordered = sorted(marks, key=lambda mark: mark.made)
    return dataclasses.replace(
        node,
        snapshots=tuple(mark for mark in ordered if not mark.is_bookmark),
        bookmarks=tuple(mark for mark in ordered if mark.is_bookmark),
    )


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _with_properties(host: Host, want: WantReplication, have: Have) -> Have:
    if not want.properties:
        return have
    full = {want.target.name(inside): inside for inside in have.target}
    found = read_properties(ask_at(want.target, host), ",".join(sorted(want.properties)), sorted(full))
    for name, props in found.items():
        node = have.target[full[name]]
        have = have.with_target(full[name], dataclasses.replace(node, properties=props))
    return have


def _read_partials(host: Host, want: WantReplication, have: Have) -> dict[str, Partial]:
    """What the source says of a token; one for a snapshot that is gone means nothing to it (rc 255)."""
    found = {}
    for inside, node in have.target.items():
        if node.token and inside in have.source:
            argv = ("zfs", "send", "-nvP", "-t", node.token)
            reply = ask_at(want.source, host)(argv, ok=(0, 1, 255))
            said = re.search(r"^\s*toname = (.*)$", reply.out + reply.err, re.MULTILINE)
            dataset, _mark, short = names.split(said.group(1)) if said else ("", "", "")
            if reply.rc == 0 and dataset == want.source.name(inside):
                found[inside] = Partial(short, parse_size(reply.out))
    return found


def parse_size(text: str) -> int | None:
    """The last line of ``zfs send -nvP``."""
    found = re.findall(r"^size\t([0-9]+)$", text, re.MULTILINE)
    return int(found[-1]) if found else None


def _read_sizes(host: Host, want: WantReplication, have: Have) -> dict[str, int]:
    """How large the streams are: one question for each that would be sent, none when there is nothing to send."""
    sizes = {}
    for one in _sends(want, have):
        reply = ask_at(want.source, host)(one.argv(want, "-nvP"), ok=(0, 1, 255))
        size = parse_size(reply.out)
        if size is not None:
            sizes[one.key] = size
    return sizes


def _sends(want: WantReplication, have: Have) -> t.Iterator[Send]:
    for inside, source in have.source.items():
        target = have.target.get(inside)
        base = find_base(source, target) if target else None
        yield from plan_sends(inside, source, base, want)
