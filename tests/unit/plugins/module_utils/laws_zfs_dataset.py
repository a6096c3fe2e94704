# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on ZFS datasets: the simulator reads the command line as zfs does."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.allow import Grant
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset, Snap
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.resource import DATASET
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset, WantSnapshot
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

NAME, ORIGIN = "tank/a", "tank/b@s"
GRANTED = ("create", "mount", "send")
SOURCES = st.sampled_from(["local", "default", "received", "inherited from tank"])
# Every value in more than one spelling; what zfs stores comes first.
VALUES: dict[str, tuple[str, ...]] = {
    "compression": ("lz4", "gzip", "gzip-6"),
    "quota": ("0", "1048576", "none"),
    "atime": ("on", "off"),
    "mountpoint": ("/srv/a", "/srv/a/", "none"),
    "canmount": ("on", "noauto"),
    "sharenfs": ("off", "rw,sync", "sync,rw"),
    "org.example:owner": ("alice", "two words"),
}
STORED = {"gzip-6": "gzip", "none": "0", "/srv/a/": "/srv/a"}
SWITCHES = ("recursive", "destroy_dependents", "destroy_newer", "allow_shrink", "change_key")
M = 1 << 20


def store(key: str, value: str) -> str:
    """What zfs reads back for a value that was set."""
    return STORED.get(value, value) if key != "mountpoint" or value != "none" else value


@st.composite
def filesystems(draw: st.DrawFn) -> Dataset:
    keys = sorted(draw(st.sets(st.sampled_from(sorted(VALUES)))))
    props = {key: Prop(store(key, draw(st.sampled_from(VALUES[key]))), draw(SOURCES)) for key in keys}
    # What a file system always has; a user property may be missing.
    for key in VALUES:
        if ":" not in key:
            props.setdefault(key, Prop(store(key, VALUES[key][0]), "default"))
    encrypted = draw(st.booleans())
    locked = encrypted and draw(st.booleans())
    mountable = props["mountpoint"].value != "none" and not locked
    told = {
        "type": "filesystem",
        "origin": draw(st.sampled_from(["-", ORIGIN])),
        "written": draw(st.sampled_from(["0", "512"])),
        "mounted": "yes" if mountable and draw(st.booleans()) else "no",
        "encryption": "aes-256-gcm" if encrypted else "off",
        "keystatus": ("unavailable" if locked else "available") if encrypted else "-",
        "encryptionroot": NAME if encrypted else "-",
        "keyformat": "hex" if encrypted else "none",
        "keylocation": "prompt" if encrypted else "none",
        "jailed": draw(st.sampled_from(["on", "off"])),
        "casesensitivity": draw(st.sampled_from(["sensitive", "sensitive", "mixed"])),
    }
    mine = encrypted and draw(st.booleans())
    above = {
        "encryptionroot": "tank" if encrypted else "-",
        "keystatus": told["keystatus"] if not mine else "available",
    }
    told["encryptionroot"] = "-" if not encrypted else NAME if mine else "tank"
    snapshots = draw_snaps(draw, ("auto-1", "auto-2", "by-hand", "auto-3"))
    below = ("tank/a/x",) if draw(st.booleans()) else ()
    return Dataset(
        NAME,
        "filesystem",
        NAME,
        {**props, **{key: Prop(value, "-") for key, value in told.items()}},
        origin_kind="filesystem",
        descendants=(*below, *(f"tank/a@{snap.name}" for snap in snapshots)),
        held_below=tuple(f"tank/a@{snap.name}" for snap in snapshots if snap.held),
        clones_below=tuple(clone for snap in snapshots for clone in snap.clones),
        snapshots=snapshots,
        bookmarks=draw_snaps(draw, ("mark",)),
        also={"tank/b": frozenset(draw(st.sets(st.sampled_from(["auto-1", "new"]))))},
        grants=tuple(
            Grant(kind, who, "both", frozenset(draw(st.sets(st.sampled_from(GRANTED), min_size=1))))
            for kind, who in (("user", "alice"), ("everyone", ""))
            if draw(st.booleans())
        ),
        key_fits=draw(st.booleans()) if mine else None,
        above={key: Prop(value, "-") for key, value in above.items()},
        in_jail=draw(st.sampled_from([None, True, False])),
    )


def draw_snaps(draw: st.DrawFn, names: t.Sequence[str]) -> tuple[Snap, ...]:
    chosen = sorted(draw(st.sets(st.sampled_from(names))), key=names.index)
    return tuple(
        Snap(name, 2 * number + 1, draw(st.booleans()), ("tank/c",) if draw(st.integers(0, 4)) == 0 else ())
        for number, name in enumerate(chosen)
    )


def volumes() -> st.SearchStrategy[Dataset]:
    return st.builds(
        lambda blocks, block: Dataset(
            NAME,
            "volume",
            NAME,
            {
                "type": Prop("volume", "-"),
                "volsize": Prop(str(blocks * 128 * 1024)),
                "volblocksize": Prop(str(block), "default"),
                "compression": Prop("lz4", "default"),
                "quota": Prop("0", "default"),
                "origin": Prop("-", "-"),
            },
        ),
        st.sampled_from([8, 512, 4096]),
        st.sampled_from([4096, 16384]),
    )


def nothing() -> st.SearchStrategy[Dataset]:
    parents = st.sampled_from([(), ("tank/p",), ("tank/p", "tank/p/q")])
    return st.builds(lambda missing: Dataset(NAME, missing_parents=missing, origin_kind="filesystem"), parents)


@st.composite
def wants(draw: st.DrawFn) -> WantDataset:
    switches = frozenset(draw(st.sets(st.sampled_from(SWITCHES)))) | {"state", "snapshots", "rollback_to"}
    if rarely(draw):
        return WantDataset(NAME, "absent", switches=switches, force=draw(st.booleans()))
    keys = sorted(draw(st.sets(st.sampled_from(sorted(VALUES)))))
    props = {key: draw(st.sampled_from(VALUES[key])) for key in keys}
    inherited = draw(st.sets(st.sampled_from(["atime", "org.example:owner", "compression"]))) - set(keys)
    extra: dict[str, t.Any] = {}
    if rarely(draw):
        extra.update(type="volume", volsize=draw(st.sampled_from([M + 1, 64 * M])), sparse=draw(st.booleans()))
        props = {key: value for key, value in props.items() if key == "compression"}
    elif rarely(draw):
        extra.update(rollback_to="by-hand")
    elif rarely(draw):
        extra.update(origin=ORIGIN, promoted=draw(st.booleans()))
    elif rarely(draw):
        extra.update(draw(rare_options()))
        props.update(extra.pop("properties", {}))
        switches |= extra.pop("switches", frozenset())
    elif rarely(draw):
        props.update(encryption="on", keyformat="hex")
        extra.update(key="0f" * 32, old_key="1e" * 32, key_state=draw(st.sampled_from([None, "loaded", "unloaded"])))
    else:
        extra.update(snapshots=draw(wanted_snapshots()), promoted=rarely(draw))
    shared: dict[str, t.Any] = {
        "delegations": draw(st.none() | wanted_grants()),
        "purge_delegations": draw(st.booleans()),
        "mounted": draw(st.sampled_from([None, None, True, False])),
    }
    return WantDataset(
        NAME,
        properties=props,
        inherited=tuple(sorted(inherited)),
        local=draw(st.booleans()),
        create_parents=not rarely(draw),
        force=draw(st.booleans()),
        switches=switches if "key" in extra else switches - {"change_key"},
        **{**shared, **extra},
    )


def rare_options() -> st.SearchStrategy[dict[str, t.Any]]:
    jail = st.builds(
        lambda state, props: {"jail": "web", "jail_state": state, "properties": props},
        st.sampled_from(["attached", "detached"]),
        st.sampled_from([{}, {"jailed": "on"}]),
    )
    # What is not declared of delegations is lost with the old dataset.
    anew = st.builds(
        lambda case, grants: {
            "properties": {"casesensitivity": case},
            "delegations": grants,
            "purge_delegations": True,
            "switches": frozenset({"recreate"}),
        },
        st.sampled_from(["sensitive", "mixed"]),
        wanted_grants(),
    )
    return st.one_of(st.just({"inherit_key": True, "old_key": "1e" * 32}), jail, anew)


def rarely(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 5)) == 0


def wanted_snapshots() -> st.SearchStrategy[tuple[WantSnapshot, ...]]:
    entries = [
        WantSnapshot("auto-9", prefix="auto-", keep=2),
        WantSnapshot(None, recursive=True, prefix="auto-", keep=1),
        WantSnapshot("by-hand"),
        WantSnapshot("deep", recursive=True),
        WantSnapshot("new", also=("tank/b",)),
    ]
    return st.lists(st.sampled_from(entries), max_size=3, unique=True).map(tuple)


def wanted_grants() -> st.SearchStrategy[tuple[Grant, ...]]:
    permissions = st.sets(st.sampled_from(GRANTED), min_size=1).map(frozenset)
    return st.builds(
        lambda alice, create: (Grant("user", "alice", "both", alice), Grant("create", "", "both", create)),
        permissions,
        permissions,
    )


def act(have: Dataset | None, action: model.Action, want: WantDataset) -> Dataset | None:
    assert isinstance(action, model.Run)
    tool, verb, *words = action.argv
    assert tool == "zfs"
    have = have or Dataset(NAME, origin_kind="filesystem")
    act_on: t.Callable[[Dataset, list[str], model.Run], Dataset | None] = globals()["zfs_" + verb.replace("-", "_")]
    after = act_on(have, words, action)
    return None if want.state == "absent" and after is not None and not after.kind else after


def options_of(words: t.Sequence[str]) -> dict[str, Prop]:
    pairs = [words[number + 1] for number, word in enumerate(words) if word == "-o"]
    return {key: Prop(store(key, value)) for key, value in (pair.split("=", 1) for pair in pairs)}


def told(have: Dataset, **values: str) -> Dataset:
    return dataclasses.replace(
        have, properties={**have.properties, **{key: Prop(value, "-") for key, value in values.items()}}
    )


def zfs_create(have: Dataset, words: list[str], run: model.Run) -> Dataset:
    name = words[-1]
    if name != NAME:
        assert name == have.missing_parents[0], "a parent of this one is missing"
        return dataclasses.replace(have, missing_parents=have.missing_parents[1:])
    assert not have.kind
    assert not have.missing_parents
    props = options_of(words)
    if "-V" in words:
        size, block = int(words[words.index("-V") + 1]), 16384
        props["volsize"] = Prop(str(-(-size // block) * block))
        return dataclasses.replace(have, kind="volume", at=NAME, properties={**default_props("volume"), **props})
    have = dataclasses.replace(have, kind="filesystem", at=NAME, properties={**default_props("filesystem"), **props})
    if "encryption" in props:
        assert run.stdin is not None
        have = told(have, encryption="aes-256-gcm", keystatus="available", encryptionroot=NAME, keylocation="prompt")
        have = dataclasses.replace(have, key_fits=True)
    mounts = have.value("canmount") == "on" and have.value("mountpoint") != "none"
    return told(have, mounted="yes" if mounts else "no", origin="-", written="0")


def default_props(kind: str) -> dict[str, Prop]:
    if kind == "volume":
        return {
            "compression": Prop("on", "default"),
            "volblocksize": Prop("16384", "default"),
            "origin": Prop("-", "-"),
        }
    props = {key: Prop(store(key, values[0]), "default") for key, values in VALUES.items() if ":" not in key}
    return {**props, "encryption": Prop("off", "default"), "keyformat": Prop("none", "default")}


def zfs_clone(have: Dataset, words: list[str], run: model.Run) -> Dataset:
    assert words[-2:] == [ORIGIN, NAME]
    return told(zfs_create(have, [*words[:-2], NAME], run), origin=ORIGIN)


def zfs_set(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    props = options_of([part for word in words[:-1] for part in ("-o", word)])
    after = dataclasses.replace(have, properties={**have.properties, **props})
    was_none = have.value("mountpoint") == "none"
    if "jailed" in props:
        return told(after, mounted="no")
    if "mountpoint" in props and was_none and after.value("mountpoint") != "none":
        return told(after, mounted="yes") if after.value("canmount") == "on" and not have.locked else after
    return told(after, mounted="no") if after.value("mountpoint") == "none" else after


def zfs_inherit(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    return dataclasses.replace(have, properties={**have.properties, words[0]: Prop("off", "default")})


def zfs_promote(have: Dataset, _words: list[str], _run: model.Run) -> Dataset:
    assert have.value("origin") != "-"
    return told(have, origin="-")


def zfs_mount(have: Dataset, _words: list[str], run: model.Run) -> Dataset:
    assert not have.locked
    assert have.value("jailed") != "on"
    assert have.value("mountpoint") != "none"
    assert not have.mounted or 1 in run.ok
    return told(have, mounted="yes")


def zfs_unmount(have: Dataset, _words: list[str], _run: model.Run) -> Dataset:
    assert have.mounted
    return told(have, mounted="no")


def zfs_load_key(have: Dataset, _words: list[str], run: model.Run) -> Dataset:
    assert have.locked
    assert run.stdin is not None
    return told(have, keystatus="available")


def zfs_unload_key(have: Dataset, _words: list[str], _run: model.Run) -> Dataset:
    assert not have.locked
    assert not have.mounted
    return told(have, keystatus="unavailable")


def zfs_change_key(have: Dataset, words: list[str], run: model.Run) -> Dataset:
    assert not have.locked
    if words[0] == "-i":
        assert have.value("encryptionroot") == NAME
        assert have.above["keystatus"].value == "available"
        return told(have, encryptionroot=have.above["encryptionroot"].value)
    props = options_of(words)
    assert have.value("encryptionroot") == NAME or "keyformat" in props
    after = dataclasses.replace(have, key_fits=run.stdin is not None, properties={**have.properties, **props})
    return told(after, encryptionroot=NAME)


def zfs_jail(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    assert have.in_jail is not None, "invalid jail id or name"
    assert have.value("jailed") == "on"
    assert not have.in_jail, "dataset already exists"
    return dataclasses.replace(have, in_jail=True)


def zfs_unjail(have: Dataset, _words: list[str], _run: model.Run) -> Dataset:
    assert have.in_jail, "dataset does not exist"
    return dataclasses.replace(have, in_jail=False)


def zfs_rollback(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    made = next(snap.made for snap in have.snapshots if snap.name == words[-1].split("@")[1])
    newer = [snap for snap in (*have.snapshots, *have.bookmarks) if snap.made > made]
    assert not newer or words[0] in ("-r", "-R")
    assert words[0] == "-R" or not any(snap.clones for snap in newer)
    snapshots = tuple(snap for snap in have.snapshots if snap.made <= made)
    bookmarks = tuple(mark for mark in have.bookmarks if mark.made <= made)
    return told(dataclasses.replace(have, snapshots=snapshots, bookmarks=bookmarks), written="0")


def zfs_snapshot(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    also = {name: set(there) for name, there in have.also.items()}
    snapshots = list(have.snapshots)
    last = max((snap.made for snap in snapshots), default=0)
    full_names = [word for word in words if word != "-r"]
    assert len({full.split("@")[0] for full in full_names}) == len(full_names), "multiple snapshots of same fs"
    for full in full_names:
        dataset, short = full.split("@")
        if dataset == NAME:
            assert short not in [snap.name for snap in snapshots], "dataset already exists"
            snapshots.append(Snap(short, last + 1))
        else:
            assert short not in also[dataset]
            also[dataset].add(short)
    there = {name: frozenset(shorts) for name, shorts in also.items()}
    return dataclasses.replace(have, snapshots=tuple(snapshots), also=there)


def zfs_destroy(have: Dataset, words: list[str], _run: model.Run) -> Dataset | None:
    if "@" not in words[-1]:
        assert "-R" in words or not any(snap.clones for snap in have.snapshots)
        assert "-R" in words or "-r" in words or not have.descendants
        return Dataset(NAME, origin_kind=have.origin_kind, also=have.also, above=have.above, in_jail=have.in_jail)
    gone = words[-1].split("@")[1].split(",")
    assert not any(snap.held or snap.clones for snap in have.snapshots if snap.name in gone)
    return dataclasses.replace(have, snapshots=tuple(snap for snap in have.snapshots if snap.name not in gone))


def zfs_allow(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    return change_grants(have, words, lambda had, named: had | named)


def zfs_unallow(have: Dataset, words: list[str], _run: model.Run) -> Dataset:
    return change_grants(have, words, lambda had, named: had - named)


def change_grants(
    have: Dataset, words: list[str], combine: t.Callable[[frozenset[str], frozenset[str]], frozenset[str]]
) -> Dataset:
    kind = {"u": "user", "e": "everyone", "c": "create"}[words[0][-1]]
    who = words[1] if kind == "user" else ""
    grants = {(grant.kind, grant.who): grant.permissions for grant in have.grants}
    grants[kind, who] = combine(grants.get((kind, who), frozenset()), frozenset(words[-2].split(",")))
    return dataclasses.replace(have, grants=tuple(Grant(*key, "both", named) for key, named in grants.items() if named))


def declare(have: Dataset) -> WantDataset:
    if not have.kind:
        return WantDataset(NAME, "absent")
    if have.kind == "volume":
        return WantDataset(NAME, volsize=int(have.value("volsize")), properties={"compression": "lz4"})
    settled = {key: prop.value for key, prop in have.properties.items() if key in VALUES}
    return WantDataset(
        NAME,
        type="filesystem",
        properties=settled,
        mounted=have.mounted,
        key_state=None if have.value("keystatus") == "-" else "unloaded" if have.locked else "loaded",
        snapshots=tuple(WantSnapshot(snap.name) for snap in have.snapshots),
        delegations=have.grants,
        purge_delegations=True,
    )


def fields(have: Dataset) -> dict[str, t.Any]:
    """What is set at the dataset itself; defaults come and go with it."""
    shown: dict[str, t.Any] = {key: prop for key, prop in have.properties.items() if key in VALUES and prop.own}
    shown.update(delegations=have.grants)
    return shown


def destroys(action: model.Action) -> bool:
    assert isinstance(action, model.Run)
    return action.argv[1] in ("destroy", "rollback")


BACKEND = Backend(
    resource=DATASET,
    haves=st.one_of(filesystems(), volumes(), nothing()),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=destroys,
)
