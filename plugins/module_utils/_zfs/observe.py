# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of any number of datasets in a constant number of commands. Private.

What zfs answers for one dataset at a time only is asked where a declaration needs it: ``destroy -nvp`` for what shall
go, ``allow`` for delegations, ``load-key -n`` to try a key.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, Reply, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import names, output, properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.allow import Grant, parse_allow
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset, Snap
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.life import must_recreate
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset

KINDS = "filesystem,volume,snapshot,bookmark"
MISSING = (0, 1)  # zfs goes on after a name that does not exist, and ends with 1


@dataclasses.dataclass(frozen=True)
class Seen:
    """The answers to all questions at once, by name."""

    kinds: t.Mapping[str, str]
    props: output.Properties
    tree: t.Mapping[str, output.Row]
    holds: t.Mapping[str, tuple[str, ...]]
    altroots: t.Mapping[str, str]
    jails: t.Mapping[str, frozenset[str] | None]
    users: frozenset[str]
    groups: frozenset[str]


def observe(host: Host, wants: t.Sequence[WantDataset]) -> dict[str, Dataset]:
    kinds = read_kinds(host, _names_of_interest(wants))
    _settle(host, wants, kinds)
    spots = {want.name: _spot(want, kinds) for want in wants}
    there = sorted(({*spots.values()} | {_above(want, kinds) for want in wants if want.inherit_key}) & {*kinds})
    seen = Seen(
        kinds=kinds,
        props=_read_all(host, wants, spots, there),
        tree=_read_tree(host, wants, spots, kinds),
        holds=_read_holds(host, wants, spots, kinds),
        altroots=_read_altroots(host, wants, kinds),
        jails={want.jail: _read_jail(host, want.jail) for want in wants if want.jail is not None},
        users=_read_known(host, "passwd", _grantees(wants, "user")),
        groups=_read_known(host, "group", _grantees(wants, "group")),
    )
    return {want.name: _describe(host, want, spots[want.name], seen) for want in wants}


def _names_of_interest(wants: t.Sequence[WantDataset]) -> list[str]:
    found = set()
    for want in wants:
        origin = [want.origin, names.split(want.origin)[0]] if want.origin else []
        others = [want.renamed_from, *origin, *(name for snap in want.snapshots for name in snap.also)]
        found |= {want.name, *names.ancestors(want.name), *filter(None, others)}
    return sorted(found)


def _spot(want: WantDataset, kinds: t.Mapping[str, str]) -> str:
    """Where the object is now: under its name, or under the one that it is renamed from."""
    old = want.renamed_from
    return old if old is not None and want.name not in kinds and old in kinds else want.name


def _settle(host: Host, wants: t.Sequence[WantDataset], kinds: t.Mapping[str, str]) -> None:
    """Until data are on disk, some seconds later, ``written`` does not count them, and a rollback would seem done."""
    pools = sorted({names.pool_of(want.name) for want in wants if want.rollback_to is not None} & set(kinds))
    if pools:
        host.query(("zpool", "sync", *pools))


def _above(want: WantDataset, kinds: t.Mapping[str, str]) -> str:
    """The nearest dataset above that exists."""
    return next((name for name in reversed(names.ancestors(want.name)) if name in kinds), "")


def read_kinds(host: Host, wanted: t.Sequence[str]) -> dict[str, str]:
    """What each name is; those that do not exist are left out."""
    reply = host.query(("zfs", "list", "-Hp", "-d", "0", "-t", KINDS, "-o", "name,type", *wanted), ok=MISSING)
    if output.unexpected(reply.err):
        raise Problem(f"zfs does not work here: {output.unexpected(reply.err)[:1000]}")
    return output.parse_kinds(reply.out)


def _read_all(
    host: Host, wants: t.Sequence[WantDataset], spots: t.Mapping[str, str], there: t.Sequence[str]
) -> output.Properties:
    found = read_properties(host.query, "all", there)
    extra = sorted({key for want in wants for key in want.properties if properties.is_per_user(key)})
    filesystems = [name for name in there if found.get(name, {}).get("type", properties.Prop("")).value == "filesystem"]
    if extra:
        for name, props in read_properties(host.query, ",".join(extra), filesystems).items():
            found[name].update({key: prop for key, prop in props.items() if prop.value not in ("-", "none", "0")})
    return found


def read_properties(query: t.Callable[..., Reply], which: str, there: t.Sequence[str]) -> output.Properties:
    """One ``zfs get`` for all: as JSON since OpenZFS 2.3, which says of older ones that -j is no option (rc 2)."""
    if not there:
        return {}
    argv = ("zfs", "get", "-jp", which, *there)
    reply = query(argv, ok=(0, 2))
    if reply.rc == 0:
        return read_output(argv, reply.out, output.parse_json)
    if "option" not in reply.err:
        raise Problem(f"zfs get {which}: {reply.err.splitlines()[0] if reply.err else 'rc=2'}")
    return output.parse_table(query(("zfs", "get", "-Hp", which, *there)).out, there)


def _read_tree(
    host: Host, wants: t.Sequence[WantDataset], spots: t.Mapping[str, str], kinds: t.Mapping[str, str]
) -> dict[str, output.Row]:
    roots = {spots[want.name] for want in wants if want.needs_tree}
    roots |= {other for want in wants for snap in want.snapshots for other in snap.also}
    tops = sorted(name for name in roots if kinds.get(name) in ("filesystem", "volume"))
    if not tops:
        return {}
    return output.parse_tree(host.query(("zfs", "list", "-Hpr", "-t", KINDS, "-o", output.TREE_COLUMNS, *tops)).out)


def _read_holds(
    host: Host, wants: t.Sequence[WantDataset], spots: t.Mapping[str, str], kinds: t.Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    held = [spots[want.name] for want in wants if want.holds is not None or "@" in want.name]
    there = sorted(name for name in held if kinds.get(name) == "snapshot")
    return output.parse_holds(host.query(("zfs", "holds", "-H", *there)).out) if there else {}


def _read_altroots(host: Host, wants: t.Sequence[WantDataset], kinds: t.Mapping[str, str]) -> dict[str, str]:
    pools = sorted({names.pool_of(want.name) for want in wants if "mountpoint" in want.properties} & set(kinds))
    if not pools:
        return {}
    text = host.query(("zpool", "get", "-Hp", "-o", "name,value", "altroot", *pools)).out
    return {pool: root for pool, root in (line.split("\t", 1) for line in text.splitlines()) if root != "-"}


def _grantees(wants: t.Sequence[WantDataset], kind: str) -> list[str]:
    return sorted({grant.who for want in wants for grant in want.delegations or () if grant.kind == kind})


def _read_known(host: Host, database: str, wanted: t.Sequence[str]) -> frozenset[str]:
    """Who of these exists. ``zfs allow`` of an unknown user prints its usage and ends with 0 (OpenZFS 2.3)."""
    if not wanted:
        return frozenset()
    text = host.query(("getent", database, *wanted), ok=(0, 1, 2)).out
    rows = [line.split(":") for line in text.splitlines()]
    return frozenset({row[0] for row in rows} | {row[2] for row in rows if len(row) > 2})


def _read_jail(host: Host, jail: str) -> frozenset[str] | None:
    """What a jail sees, or None when it does not run: the host itself cannot say which datasets a jail was given."""
    reply = host.query(("jexec", jail, "zfs", "list", "-H", "-o", "name"), ok=MISSING)
    if reply.rc and "not found" not in reply.err:
        raise Problem(f"jail {jail} cannot say which datasets it has: {reply.err.strip()[:500]}")
    return None if reply.rc else frozenset(reply.out.splitlines())


def _describe(host: Host, want: WantDataset, spot: str, seen: Seen) -> Dataset:
    parents = names.ancestors(want.name)
    if parents and parents[0] not in seen.kinds or not parents and want.name not in seen.kinds:
        raise Problem(f"{want.name}: there is no pool {names.pool_of(want.name)} on this host: import or make it first")
    known = {"user": seen.users, "group": seen.groups}
    have = Dataset(
        name=want.name,
        kind=seen.kinds.get(spot, ""),
        at=spot,
        properties=seen.props.get(spot, {}),
        missing_parents=tuple(name for name in parents if name not in seen.kinds),
        origin_kind=_origin_kind(want, seen.kinds),
        old_too=spot == want.name and spot in seen.kinds and want.renamed_from in seen.kinds,
        strangers=tuple(g.who for g in want.delegations or () if g.kind in known and g.who not in known[g.kind]),
        altroot=seen.altroots.get(names.pool_of(want.name), ""),
        above=seen.props.get(_above(want, seen.kinds), {}) if want.inherit_key else {},
        in_jail=_is_seen(want, seen),
    )
    return _describe_inside(host, want, have, seen) if have.kind else have


def _is_seen(want: WantDataset, seen: Seen) -> bool | None:
    visible = seen.jails.get(want.jail or "")
    return None if visible is None else want.name in visible


def _origin_kind(want: WantDataset, kinds: t.Mapping[str, str]) -> str:
    there = want.origin is not None and want.origin in kinds
    return kinds[names.split(want.origin or "")[0]] if there else ""


def _describe_inside(host: Host, want: WantDataset, have: Dataset, seen: Seen) -> Dataset:
    others = {name for snap in want.snapshots for name in snap.also}
    below = [row for row in seen.tree.values() if names.is_below(row.name, have.at)]
    return dataclasses.replace(
        have,
        descendants=tuple(row.name for row in below),
        held_below=tuple(row.name for row in below if row.held),
        clones_below=tuple(clone for row in below for clone in row.clones),
        snapshots=_list_marked(seen, have.at, "snapshot") if "@" not in have.at else (),
        bookmarks=_list_marked(seen, have.at, "bookmark") if "@" not in have.at else (),
        also={
            name: frozenset(snap.name for snap in _list_marked(seen, name, "snapshot"))
            for name in others
            if name in seen.kinds
        },
        victims=_read_victims(host, want, have),
        holds=seen.holds.get(have.at, ()),
        grants=_read_grants(host, want, have),
        key_fits=_try_key(host, want, have),
    )


def _list_marked(seen: Seen, dataset: str, kind: str) -> tuple[Snap, ...]:
    rows = [row for row in seen.tree.values() if row.kind == kind and names.split(row.name)[0] == dataset]
    rows.sort(key=lambda row: row.made)
    return tuple(Snap(output.short_name(row.name), row.made, row.held, row.clones) for row in rows)


def _read_victims(host: Host, want: WantDataset, have: Dataset) -> tuple[str, ...]:
    """Everything that would go with it, dependent clones too; a bookmark takes nothing with it."""
    if have.kind == "bookmark" or not (want.state == "absent" or must_recreate(have, want)):
        return ()
    # -R of a snapshot means those of the datasets below as well, so it is asked only when they are meant.
    wide = have.kind != "snapshot" or bool(want.switches & {"recursive", "destroy_dependents"})
    argv = ("zfs", "destroy", "-nvpR" if wide else "-nvp", have.at)
    return output.parse_victims(host.query(argv, ok=(0, 1)).out)


def _read_grants(host: Host, want: WantDataset, have: Dataset) -> tuple[Grant, ...]:
    if want.delegations is None:
        return ()
    return parse_allow(host.query(("zfs", "allow", have.at)).out, have.at)


def _try_key(host: Host, want: WantDataset, have: Dataset) -> bool | None:
    """Whether the key of the task is the right one; tried only when that decides something, for it takes a second."""
    decides = "change_key" in want.switches or (want.key_state == "loaded" and have.locked)
    if want.key is None or not decides or not have.own_key:
        return None
    argv = ("zfs", "load-key", "-n", "-L", "prompt", have.at)
    return host.query(argv, ok=(0, 1, 255), stdin=want.key + "\n").rc == 0
