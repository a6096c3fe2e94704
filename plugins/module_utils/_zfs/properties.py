# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of each property: how its value is spelled and compared, and when it can be set. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_size


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Numbers, whatever their spelling
SIZES = words(
    """quota refquota reservation refreservation recordsize volsize volblocksize special_small_blocks filesystem_limit
    snapshot_limit copies pbkdf2iters defaultuserquota defaultgroupquota defaultprojectquota defaultuserobjquota
    defaultgroupobjquota defaultprojectobjquota"""
)
# What cannot be inherited, with the value that stands for "not set" (zfsprops(7), column INHERIT)
UNSET = {
    **dict.fromkeys(words("quota refquota reservation refreservation filesystem_limit snapshot_limit"), "none"),
    **dict.fromkeys((name for name in SIZES if name.startswith("default")), "none"),
    "canmount": "on",
}
CREATION = ("volblocksize", "casesensitivity", "normalization", "utf8only", "encryption")
KEY = ("keyformat", "pbkdf2iters", "keylocation")
READONLY = words(
    """available clones compressratio createtxg creation defer_destroy encryptionroot filesystem_count guid keystatus
    logicalreferenced logicalused mounted name objsetid origin receive_resume_token redact_snaps refcompressratio
    referenced snapshot_count snapshots_changed type used usedbychildren usedbydataset usedbyrefreservation
    usedbysnapshots userrefs written"""
)
OTHERS = words(
    """aclinherit aclmode acltype atime canmount checksum compression context dedup defcontext devices direct dnodesize
    exec fscontext jailed logbias longname mlslabel mountpoint nbmand overlay prefetch primarycache readonly
    redundant_metadata relatime rootcontext secondarycache setuid sharenfs sharesmb snapdev snapdir sync version volmode
    volthreading vscan xattr zoned"""
)
SETTABLE = frozenset({*SIZES, *CREATION, *KEY, *OTHERS})
# Two spellings of one value: what is set, and what zfs reads back (zfs_prop.c, tables of index properties)
SAME = {
    "acltype": {"posixacl": "posix", "noacl": "off"},
    "compression": {"gzip-6": "gzip", "zstd-3": "zstd", "zstd-fast-1": "zstd-fast"},
}
_USER = re.compile(r"[a-z0-9][a-z0-9:_.-]*:[a-z0-9:_.-]*|:[a-z0-9:_.-]+")
_PER_USER = re.compile(r"(user|group|project)(obj)?quota@[A-Za-z0-9_][A-Za-z0-9_.@$ -]{0,200}")
_NATIVE = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True)
class Prop:
    """A value as ``zfs get -p`` says it, and where it comes from: local, default, received, inherited from X, or -."""

    value: str
    source: str = "local"

    @property
    def own(self) -> bool:
        """Whether it is set at this dataset. Values that are fixed at creation have no source."""
        return self.source in ("local", "received", "-")


def parse_key(name: str, dataset: str) -> str:
    """The name of a property that a task may set."""
    if is_user(name):
        if not _USER.fullmatch(name) or len(name) > 255:
            raise Problem(
                f"{dataset}: property {name[:80]!r} cannot be used: a user property has a : in its name, and else lower"
                " case letters, digits and _ . -"
            )
        return name
    if is_per_user(name):
        if not _PER_USER.fullmatch(name):
            raise Problem(f"{dataset}: property {name[:80]!r} cannot be used: give it like userquota@alice")
        return name
    if name in READONLY:
        raise Problem(f"{dataset}: property {name} only tells; it cannot be set")
    if not _NATIVE.fullmatch(name):
        raise Problem(f"{dataset}: {name[:80]!r} is not the name of a property{nearest(name, SETTABLE)}")
    return name


def is_user(name: str) -> bool:
    return ":" in name and "@" not in name


def is_per_user(name: str) -> bool:
    """Quotas of one user, group or project; ``zfs get all`` leaves them out."""
    return "@" in name


def is_size(name: str) -> bool:
    return name in SIZES or is_per_user(name)


def spell(name: str, value: t.Any, dataset: str) -> str:
    """The value as an argument of zfs: YAML's booleans are on and off, sizes are bytes."""
    if isinstance(value, (dict, list)):
        raise Problem(f"{dataset}: property {name} needs one value, not {value!r}")
    text = ("on" if value else "off") if isinstance(value, bool) else str(value)
    if "\x00" in text or len(text) > 8191:
        raise Problem(f"{dataset}: the value of property {name} has a null byte or more than 8191 characters")
    if is_user(name):
        return text
    if re.search("[\x01-\x1f]", text):
        raise Problem(f"{dataset}: the value of property {name} has a line break or another control character in it")
    return _spell_size(name, text, dataset) if is_size(name) else normal_path(text) if name == "mountpoint" else text


def _spell_size(name: str, text: str, dataset: str) -> str:
    if text.lower() in ("none", "") and (name in UNSET or is_per_user(name)):
        return "none"
    if name == "refreservation" and text == "auto":
        return text
    size = parse_size(text, "B", f"{dataset}: property {name}", zero=True)
    return "none" if size == 0 and (name in UNSET or is_per_user(name)) else str(size)


def normal(name: str, text: str) -> str | int:
    """What two spellings of one value have in common."""
    if is_user(name):
        return text
    if is_size(name):
        if text in ("none", "-", ""):
            return 0
        return int(text) if text.isdigit() else text
    if name == "mountpoint":
        return normal_path(text)
    if name in ("sharenfs", "sharesmb"):
        return ",".join(sorted(part.strip() for part in text.split(",")))
    return SAME.get(name, {}).get(text, text)


def normal_path(text: str) -> str:
    """A mountpoint without a / too many; none and legacy are no paths."""
    return re.sub("/+", "/", text).rstrip("/") or "/" if text.startswith("/") else text


def matches(name: str, wanted: str, prop: Prop | None) -> bool:
    """Whether the value is there, whatever its spelling and source."""
    if prop is None:
        return is_per_user(name) and wanted == "none"
    if name == "encryption" and wanted == "on":
        return prop.value != "off"
    if name == "xattr" and {wanted, prop.value} == {"sa", "on"}:
        # OpenZFS 2.3 reads a set sa back as on. Before, an on that nobody set meant dir.
        return prop.own or wanted == "on"
    if name == "refreservation" and wanted == "auto":
        return prop.value not in ("0", "none", "-")
    return normal(name, wanted) == normal(name, prop.value)
