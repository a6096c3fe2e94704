# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest's disks: the specification text of xl-disk-configuration(5) read and written. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

FORMATS = ("raw", "qcow", "qcow2", "vhd", "qed", "empty")
_ACCESS = {"": "rw", "w": "rw", "rw": "rw", "r": "ro", "ro": "ro"}
_PREFIX = re.compile(r"(raw|qcow2?|vhd|iscsi|e?nbd|drbd|tapdisk|tap2?|aio|ioemu|file|phy):(?=.)", re.DOTALL)
_TOKEN = re.compile(r"[ \t\n]*(target=.*|[^,]*)(,|\Z)", re.DOTALL)
_FIELDS = ("format", "vdev", "access", "backendtype", "script")


@dataclasses.dataclass(frozen=True)
class Disk:
    """One disk as its specification says it; ``more`` are parameters that are kept as they are."""

    vdev: str
    target: str = ""
    format: str | None = None
    access: str = "rw"
    backendtype: str | None = None
    script: str | None = None
    cdrom: bool = False
    more: tuple[str, ...] = ()

    def describe(self) -> dict[str, t.Any]:
        shown: dict[str, t.Any] = {"vdev": self.vdev, "target": self.target, "access": self.access}
        shown.update({key: getattr(self, key) for key in ("format", "backendtype", "script") if getattr(self, key)})
        return {**shown, "devtype": "cdrom"} if self.cdrom else shown


def parse_disk(spec: str) -> Disk:
    """Both forms, positional and ``key=value``, mixed as xl allows it. Raises Problem for what xl does not take."""
    found: dict[str, t.Any] = {"more": []}
    rest, prefixed = spec, False
    while rest.strip():
        match = _PREFIX.match(rest.lstrip())
        if match:
            rest, prefixed = rest.lstrip()[match.end() :], True
            _take_prefix(found, match.group(1))
            continue
        token = _TOKEN.match(rest)
        if token is None:
            break
        rest = rest[token.end() :]
        _take(found, token.group(1), prefixed, spec)
    more = tuple(found.pop("more"))
    if not found.get("vdev"):
        raise Problem(f"disk specification {spec!r} names no vdev")
    return Disk(**{key: value for key, value in found.items() if key != "access_set"}, more=more)


def _take_prefix(found: dict[str, t.Any], prefix: str) -> None:
    if prefix in ("raw", "qcow", "qcow2", "vhd"):
        found["format"] = prefix
    elif prefix in ("iscsi", "nbd", "enbd", "drbd"):
        found["script"] = "block-" + prefix


def _take(found: dict[str, t.Any], token: str, prefixed: bool, spec: str) -> None:
    key, sign, value = token.partition("=")
    if key in ("cdrom", "devtype") and value in ("", "cdrom", "disk"):
        found["cdrom"] = value != "disk"
    elif not sign and key in ("discard", "no-discard", "direct-io-safe", "trusted", "untrusted", "colo", "no-colo"):
        found["more"].append(token)
    elif not sign:
        _take_positional(found, token, prefixed, spec)
    elif key == "target":
        found["target"] = value
    elif key == "access":
        found["access"] = _access(value, spec)
    elif key in _FIELDS:
        found[key] = value or ("raw" if key == "format" else None)
    else:
        found["more"].append(token)


def _take_positional(found: dict[str, t.Any], token: str, prefixed: bool, spec: str) -> None:
    if "target" not in found:
        found["target"] = token
    elif not prefixed and "format" not in found:
        if not found["target"] and ":" in token:
            _take_vdev(found, token)
            found["format"] = "empty"
        else:
            found["format"] = token or "raw"
    elif "vdev" not in found:
        _take_vdev(found, token)
    elif "access_set" not in found:
        found["access_set"] = True
        found["access"] = _access(token, spec)
    else:
        raise Problem(f"disk specification {spec!r} has too many positional parameters")


def _take_vdev(found: dict[str, t.Any], token: str) -> None:
    vdev, colon, kind = token.rpartition(":")
    found["vdev"] = vdev if colon else token
    if colon:
        found["cdrom"] = kind == "cdrom"


def _access(word: str, spec: str) -> str:
    if word not in _ACCESS:
        raise Problem(f"disk specification {spec!r}: access {word!r} is neither rw nor ro")
    return _ACCESS[word]


def render_disk(disk: Disk) -> str:
    """The ``key=value`` form; the target comes last because it takes the rest, commas and all."""
    words = []
    if disk.format:
        words.append(f"format={disk.format}")
    words += [f"vdev={disk.vdev}", f"access={disk.access}"]
    if disk.cdrom:
        words.append("devtype=cdrom")
    words += [f"{key}={getattr(disk, key)}" for key in ("backendtype", "script") if getattr(disk, key)]
    return ",".join([*words, *disk.more, *([f"target={disk.target}"] if disk.target else [])])


def read_disk(entry: t.Mapping[str, t.Any]) -> Disk:
    """A disk as ``xl list -l`` shows it; what libxl settled by itself (the backend) is left out there."""
    return Disk(
        vdev=str(entry.get("vdev", "")),
        target=entry.get("pdev_path") or "",
        format=entry.get("format"),
        access="rw" if entry.get("readwrite") else "ro",
        backendtype=entry.get("backend"),
        script=entry.get("script"),
        cdrom=bool(entry.get("is_cdrom")),
    )


def same_disk(configured: Disk, running: Disk) -> bool:
    """Whether a running disk is the configured one; what one side does not say is not compared."""
    if (configured.target, configured.access) != (running.target, running.access):
        return False
    return not any(
        getattr(configured, key) and getattr(running, key) and getattr(configured, key) != getattr(running, key)
        for key in ("format", "backendtype", "script")
    )
