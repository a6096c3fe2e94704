# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declaration of a replication, and how it comes of a task's parameters. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import names, properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.ends import End

Params = t.Mapping[str, t.Any]
SWITCHES = ("rollback_target", "destroy_target")
KEEPS = ("source_keep", "target_keep", "bookmarks_keep")
_DESTINATION = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]{0,63}@)?[A-Za-z0-9:][A-Za-z0-9.:_-]{0,254}")
_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@dataclasses.dataclass(frozen=True)
class WantReplication:
    """``prefix``: only the snapshots of this series are sent. ``properties`` of the target, as arguments of zfs."""

    source: End
    target: End
    recursive: bool = False
    snapshot: str | None = None
    prefix: str = ""
    source_keep: int | None = None
    target_keep: int | None = None
    bookmarks: bool = True
    bookmarks_keep: int | None = None
    raw: bool = True
    send_properties: bool = False
    properties: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    switches: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    restart_policy: RestartPolicy = "never"

    @property
    def name(self) -> str:
        return f"{_spell(self.source)} to {_spell(self.target)}"


def _spell(end: End) -> str:
    return f"{end.destination}:{end.root}" if end.destination else end.root


def parse_wants(params: Params) -> tuple[WantReplication, ...]:
    ssh = _parse_ssh(params.get("ssh_options") or {})
    source, target = (_parse_end(params, which, ssh) for which in ("source", "target"))
    prefix, snapshot = params.get("prefix") or "", params.get("snapshot")
    for option, short in (("prefix", prefix), ("snapshot", snapshot)):
        if short:
            names.parse_short(short, source.root, option)
    if snapshot and not snapshot.startswith(prefix):
        raise Problem(f"{source.root}: snapshot {snapshot!r} does not begin with the prefix {prefix!r}")
    for option in KEEPS:
        if params.get(option) is not None and (params[option] < 1 or not prefix):
            raise Problem(f"{source.root}: {option}={params[option]} needs a prefix, and a number of at least 1")
    want = WantReplication(
        source=source,
        target=target,
        recursive=params["recursive"],
        snapshot=snapshot or None,
        prefix=prefix,
        source_keep=params.get("source_keep"),
        target_keep=params.get("target_keep"),
        bookmarks_keep=params.get("bookmarks_keep"),
        bookmarks=params["bookmarks"],
        raw=params["raw"],
        send_properties=params["send_properties"],
        properties=_parse_properties(params.get("properties") or {}, target.root),
        switches=frozenset({switch for switch in SWITCHES if params[switch]} | set(KEEPS)),  # keep is the permission
    )
    _check_apart(want)
    return (want,)


def _parse_end(params: Params, which: str, ssh: tuple[str, ...]) -> End:
    root = names.parse_name(params[which], which)
    if names.split(root)[1]:
        raise Problem(f"{which} {root!r} is not a dataset: snapshots are chosen with snapshot and prefix")
    destination = params.get(f"{which}_host") or ""
    if destination and not _DESTINATION.fullmatch(destination):
        raise Problem(f"{which}_host {destination[:80]!r} is not a destination for ssh: write host or user@host")
    return End(root, destination, ssh if destination else ())


def _parse_ssh(options: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    words: list[str] = []
    for key, value in sorted(options.items()):
        text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        if not _OPTION.fullmatch(str(key)) or not text or re.search("[\x00-\x1f]", text) or len(text) > 1000:
            raise Problem(
                f"ssh_options {str(key)[:40]!r} cannot be used: give options of ssh_config(5), one value each"
            )
        words += ["-o", f"{key}={text}"]
    return tuple(words)


def _parse_properties(given: t.Mapping[str, t.Any], target: str) -> dict[str, str]:
    spelled = {}
    for key, value in given.items():
        name = properties.parse_key(str(key), target)
        if name in properties.CREATION or name in properties.KEY or name == "volsize":
            raise Problem(f"{target}: property {name} comes with what is received and cannot be given")
        if value is None:
            raise Problem(f"{target}: property {name} needs a value; leave it out to leave it alone")
        spelled[name] = properties.spell(name, value, target)
    return spelled


def _check_apart(want: WantReplication) -> None:
    if "/" not in want.target.root and not want.target.destination and want.target.root == want.source.root:
        raise Problem(f"{want.name}: source and target are the same")
    if want.source.destination or want.target.destination:
        return
    one, other = want.source.root, want.target.root
    if one == other or (want.recursive and names.is_below(other, one)) or names.is_below(one, other):
        raise Problem(f"{want.name}: one is inside of the other: give a target beside the source")
