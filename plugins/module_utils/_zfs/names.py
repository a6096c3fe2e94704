# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of datasets, snapshots, bookmarks and holds. Private; no I/O."""

from __future__ import annotations

import re

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

LONGEST = 255  # ZFS_MAX_DATASET_NAME_LEN without its null byte
_POOL = re.compile(r"[A-Za-z][A-Za-z0-9_.: -]*")
_PART = re.compile(r"[A-Za-z0-9_.:-][A-Za-z0-9_.: -]*")
_TAG = re.compile(r"[A-Za-z0-9_.:][A-Za-z0-9_.: -]{0,254}")


def parse_name(name: str, what: str = "name") -> str:
    """A full name: pool/path, perhaps with @snapshot or #bookmark. It begins with a letter, never with a -."""
    dataset, mark, short = split(name)
    parts = dataset.split("/")
    good = bool(_POOL.fullmatch(parts[0])) and all(_PART.fullmatch(part) for part in parts[1:])
    if mark:
        good = good and bool(_PART.fullmatch(short))
    if not good or {".", ".."} & {*parts, short} or name != name.strip():
        raise Problem(
            f"{what} {name[:80]!r} is not a name of ZFS: give pool/dataset, pool/dataset@snapshot or"
            " pool/dataset#bookmark, of letters, digits, spaces and _ . : -"
        )
    if len(name) > LONGEST:
        raise Problem(f"{what} {name[:20]!r}... is too long: {len(name)} characters, at most {LONGEST}")
    return name


def parse_short(name: str, dataset: str, what: str) -> str:
    """What stands behind the @, for a snapshot of this dataset; the full name is understood as well."""
    full = name if "@" in name else f"{dataset}@{name}"
    parse_name(full, what)
    if split(full)[0] != dataset or split(full)[1] != "@":
        raise Problem(f"{dataset}: {what} {name!r} is not a snapshot of this dataset")
    return split(full)[2]


def parse_tag(tag: str, name: str) -> str:
    if not _TAG.fullmatch(tag):
        raise Problem(f"{name}: hold {tag[:40]!r} cannot be used: letters, digits, spaces and _ . : -, not - at first")
    return tag


def split(name: str) -> tuple[str, str, str]:
    """The dataset, @ or # or nothing, and the rest."""
    found = re.search("[@#]", name)
    if found is None:
        return name, "", ""
    return name[: found.start()], found.group(), name[found.end() :]


def ancestors(name: str) -> tuple[str, ...]:
    """The datasets above this one, from the pool down; of a snapshot also the dataset it belongs to."""
    dataset, mark, _short = split(name)
    parts = dataset.split("/")
    end = len(parts) + (1 if mark else 0)
    return tuple("/".join(parts[:length]) for length in range(1, end))


def pool_of(name: str) -> str:
    return re.split("[/@#]", name)[0]


def is_below(name: str, dataset: str) -> bool:
    """Whether a name belongs to what a recursive destroy of the dataset takes with it."""
    return name != dataset and name.startswith((dataset + "/", dataset + "@", dataset + "#"))
