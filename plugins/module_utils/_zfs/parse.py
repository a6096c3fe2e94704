# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task's parameters to declarations; raises Problem on what cannot be. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import names, properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.allow import Grant
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset, WantSnapshot

Params = t.Mapping[str, t.Any]
# Options that have no meaning for a snapshot or a bookmark
OF_DATASETS = (
    "volsize",
    "type",
    "mounted",
    "key",
    "old_key",
    "key_state",
    "rollback_to",
    "snapshots",
    "delegations",
    "jail",
)
SWITCHES = ("recursive", "destroy_dependents", "destroy_newer", "allow_shrink", "change_key", "recreate")
_PERMISSION = re.compile(r"@?[a-z0-9][a-z0-9:_.-]*")
_JAIL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_WHO = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@$-]{0,99}")


def parse_wants(params: Params) -> tuple[WantDataset, ...]:
    if params.get("datasets") is None:
        return (parse_want(params),)
    wants = [parse_want({**params, **_merge(params, entry)}) for entry in params["datasets"]]
    listed = [want.name for want in wants]
    for name in listed:
        if listed.count(name) > 1:
            raise Problem(f"{name} is in datasets twice")
    # Parents are made before and removed after what is in them; a clone's snapshot before the clone.
    if params["state"] == "absent":
        return tuple(sorted(wants, key=lambda want: want.name.count("/"), reverse=True))
    wants.sort(key=lambda want: (want.name.count("/"), want.origin is not None))
    made = set(listed)
    for number, want in enumerate(wants):
        wants[number] = dataclasses.replace(want, made_too=frozenset(made - {want.name}))
        made.update(names.ancestors(want.name))  # the first that needs a parent makes it
    return tuple(wants)


def _merge(params: Params, entry: Params) -> dict[str, t.Any]:
    given = {key: value for key, value in entry.items() if value is not None}
    return {**given, "properties": {**params["properties"], **(entry.get("properties") or {})}}


def parse_want(params: Params) -> WantDataset:
    name = names.parse_name(params["name"])
    _dataset, mark, _short = names.split(name)
    if mark:
        _check_marked(name, mark, params)
    given, unset = _parse_properties(params, name)
    volsize = given.pop("volsize", None) if params.get("volsize") is None else params["volsize"]
    if params.get("type") == "filesystem" and volsize is not None:
        raise Problem(f"{name}: a filesystem has no volsize: give type=volume, or properties quota")
    want = WantDataset(
        name=name,
        state=params["state"],
        type="volume" if volsize is not None else params.get("type"),
        properties=given,
        inherited=unset,
        local=params["source"] == "local",
        volsize=None if volsize is None else parse_size(volsize, "B", f"{name}: volsize"),
        sparse=params["sparse"],
        origin=_parse_other(params, "origin", name),
        promoted=params["promoted"],
        renamed_from=_parse_other(params, "renamed_from", name),
        create_parents=params["create_parents"],
        mounted=params.get("mounted"),
        key=_parse_secret(params.get("key"), "key", name),
        old_key=_parse_secret(params.get("old_key"), "old_key", name),
        key_state=params.get("key_state"),
        inherit_key=params["inherit_key"],
        jail=_parse_jail(params, name),
        jail_state=params["jail_state"],
        rollback_to=params.get("rollback_to") and names.parse_short(params["rollback_to"], name, "rollback_to"),
        snapshots=tuple(_parse_snapshot(entry, name) for entry in params.get("snapshots") or ()),
        holds=_parse_holds(params, name),
        purge_holds=params["purge_holds"],
        delegations=_parse_delegations(params.get("delegations"), name),
        purge_delegations=params["purge_delegations"],
        force=params["force"],
        switches=frozenset(switch for switch in SWITCHES if params[switch]) | {"state", "snapshots", "rollback_to"},
    )
    _check_sense(want)
    return want


def _parse_properties(params: Params, name: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is set and what is inherited. A property without a value (null) is to be inherited."""
    given, unset = {}, [properties.parse_key(key, name) for key in params.get("inherited") or ()]
    for key, value in (params.get("properties") or {}).items():
        properties.parse_key(str(key), name)
        if value is None:
            unset.append(key)
        else:
            given[key] = properties.spell(key, value, name)
    for key in list(dict.fromkeys(unset)):
        if key in given:
            raise Problem(f"{name}: property {key} is set and inherited at once")
        if key in properties.CREATION or key in properties.KEY or key == "volsize":
            raise Problem(f"{name}: property {key} cannot be inherited by a task: it is fixed when the dataset is made")
        if key in properties.UNSET or properties.is_per_user(key):
            given[key] = properties.UNSET.get(key, "none")
            unset.remove(key)
    return given, tuple(sorted(set(unset)))


def _parse_other(params: Params, option: str, name: str) -> str | None:
    """Another name in the same pool, of the kind that the option needs."""
    other: str | None = params.get(option)
    if other is None:
        return None
    _dataset, mark, _short = names.split(names.parse_name(other, f"{name}: {option}"))
    marks = ("@", "#") if option == "origin" and "#" in name else ("@",) if option == "origin" else ()
    if option == "origin" and mark not in marks:
        raise Problem(f"{name}: origin {other!r} is not a snapshot: give pool/dataset@snapshot")
    if option == "renamed_from" and (mark != names.split(name)[1] or mark == "#" or other == name):
        raise Problem(f"{name}: cannot be renamed from {other!r}")
    if option == "renamed_from" and mark and names.split(other)[0] != names.split(name)[0]:
        raise Problem(f"{name}: a snapshot stays with its dataset: {other!r} cannot become it")
    if names.pool_of(other) != names.pool_of(name):
        raise Problem(f"{name}: {option} {other!r} is in another pool: send and receive it instead")
    return other


def _parse_secret(key: str | None, option: str, name: str) -> str | None:
    if key is not None and (len(key) < 8 or len(key) > 512 or re.search("[\x00-\x1f]", key)):
        raise Problem(
            f"{name}: {option} cannot be used: give 8 to 512 characters on one line for keyformat passphrase, or 64 hex"
            " digits for keyformat hex; a raw key goes into a file, named by property keylocation"
        )
    return key


def _parse_snapshot(entry: Params, name: str) -> WantSnapshot:
    short = entry.get("name") and names.parse_short(entry["name"], name, "snapshot")
    prefix, keep = entry.get("prefix") or "", entry.get("keep")
    if prefix:
        names.parse_short(prefix, name, "prefix")
    if not short and keep is None:
        raise Problem(f"{name}: an entry of snapshots needs a name, or prefix and keep")
    if keep is not None and (keep < 1 or not prefix):
        raise Problem(f"{name}: keep={keep} of snapshots needs a prefix, and a number of at least 1")
    if short and prefix and not short.startswith(prefix):
        raise Problem(f"{name}: snapshot {short!r} does not begin with its prefix {prefix!r}")
    also = tuple(names.parse_name(other, f"{name}: also") for other in entry.get("also") or ())
    for other in also:
        if names.split(other)[1] or names.pool_of(other) != names.pool_of(name) or other == name:
            raise Problem(f"{name}: also {other!r} is not another dataset of the same pool")
    if also and (entry["recursive"] or not short):
        raise Problem(f"{name}: also needs the name of a snapshot, and cannot be joined with recursive")
    return WantSnapshot(short, entry["recursive"], also, prefix, keep)


def _parse_jail(params: Params, name: str) -> str | None:
    jail: str | None = params.get("jail")
    if jail is not None and not _JAIL.fullmatch(jail):
        raise Problem(f"{name}: jail {jail[:40]!r} cannot be used: give the name of a jail, or its number")
    return jail


def _parse_holds(params: Params, name: str) -> tuple[str, ...] | None:
    if params.get("holds") is None:
        return None
    if "@" not in name:
        raise Problem(f"{name}: only a snapshot can be held: give the name of one, like {name}@backup")
    return tuple(sorted({names.parse_tag(tag, name) for tag in params["holds"]}))


def _parse_delegations(entries: t.Sequence[Params] | None, name: str) -> tuple[Grant, ...] | None:
    if entries is None:
        return None
    grants = [_parse_grant(entry, name) for entry in entries]
    keys = [grant.key for grant in grants]
    for grant in grants:
        if keys.count(grant.key) > 1:
            raise Problem(f"{name}: delegations has {grant} twice")
    return tuple(grants)


def _parse_grant(entry: Params, name: str) -> Grant:
    chosen = [kind for kind in ("user", "group", "set", "everyone", "create") if entry.get(kind)]
    if len(chosen) != 1:
        raise Problem(f"{name}: each of delegations needs one of user, group, set, everyone and create")
    kind = chosen[0]
    who = entry[kind] if kind in ("user", "group", "set") else ""
    if who and not _WHO.fullmatch(who[1:] if kind == "set" and who.startswith("@") else who):
        raise Problem(f"{name}: {kind} {who[:40]!r} of delegations cannot be used: give one name")
    if kind == "set" and not who.startswith("@"):
        who = "@" + who
    if kind in ("set", "create") and entry["scope"] != "both":
        raise Problem(f"{name}: {kind} of delegations has no scope")
    for permission in entry["permissions"]:
        if not _PERMISSION.fullmatch(permission):
            raise Problem(f"{name}: permission {permission[:40]!r} cannot be used: give one like create, mount or @set")
    return Grant(kind, who, entry["scope"], frozenset(entry["permissions"]))


def _check_marked(name: str, mark: str, params: Params) -> None:
    what = "snapshot" if mark == "@" else "bookmark"
    named = [option for option in OF_DATASETS if params.get(option)] + (["promoted"] if params["promoted"] else [])
    if mark == "@" and params.get("origin"):
        named.append("origin")
    native = [key for key in params["properties"] if mark == "#" or not properties.is_user(str(key))]
    named += [f"property {key}" for key in native]
    if named:
        raise Problem(f"{name}: a {what} has no {named[0]}")
    if mark == "#" and params["state"] == "present" and not params.get("origin"):
        raise Problem(f"{name}: a bookmark needs origin, the snapshot or bookmark that it marks")


def _check_sense(want: WantDataset) -> None:
    name = want.name
    of_pool = want.state == "absent" or want.renamed_from or want.origin
    if "/" not in name and not names.split(name)[1] and of_pool:
        raise Problem(f"{name} is a pool: pools are made, renamed and destroyed with zpool, not by this module")
    if want.mounted and want.type == "volume":
        raise Problem(f"{name}: a volume cannot be mounted by ZFS; its device can")
    if want.inherit_key and (want.key is not None or set(want.properties) & {*properties.KEY, "encryption"}):
        raise Problem(f"{name}: inherit_key takes the key of the dataset above: leave out key and its properties")
    if want.key_state == "unloaded" and want.mounted:
        raise Problem(f"{name}: cannot be mounted while its key is unloaded: give mounted=false")
    if "change_key" in want.switches and want.key is None and "keylocation" not in want.properties:
        raise Problem(f"{name}: change_key needs the new key, or property keylocation with the file that has it")
    if want.sparse and want.type != "volume":
        raise Problem(f"{name}: sparse is for volumes: give volsize")
