# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's parameters as a declaration, checked and in the units of xl. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t
import uuid

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_name, parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._xen.options import ARGUMENT_SPEC
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import KEYS
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want_devices import (
    WantDisk,
    WantNic,
    check_text,
    read_disks,
    read_networks,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import KEY, Value

_PEER = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:_-]*")
# Keys of xl.cfg that are options of the module, or would silently win over one.
_TAKEN = {**{key: option for option, key in KEYS.items()}, "disk": "disks", "vif": "networks", "builder": "type"}


@dataclasses.dataclass(frozen=True)
class WantDomu:
    """``keys`` and ``extra_keys`` are assignments of xl.cfg, None for one that shall not be there."""

    name: str
    state: str = "present"
    keys: tuple[tuple[str, Value | None], ...] = ()
    extra_keys: tuple[tuple[str, Value | None], ...] = ()
    disks: tuple[WantDisk, ...] | None = None
    nics: tuple[WantNic, ...] | None = None
    purge_disks: bool = False
    purge_networks: bool = False
    autostart: bool | None = None
    start_order: int | None = None
    description: str | None = None
    tags: t.Any = None
    host: str | None = None
    migration: str | None = None
    config_file: str = ""
    save_file: str = ""
    renamed_from: str | None = None
    peers: tuple[str, ...] = ()
    allow_unreachable_peers: bool = False
    restart_policy: RestartPolicy = "never"
    timeout: int = 60
    force_stop: bool = False
    asked: float = 0.0
    fresh_uuid: str = "00000000-0000-4000-8000-000000000000"
    secrets: frozenset[str] = frozenset()

    @property
    def switches(self) -> frozenset[str]:
        given = {"force_stop": self.force_stop, "purge_disks": self.purge_disks, "purge_networks": self.purge_networks}
        return frozenset(name for name, on in given.items() if on)

    def names_key(self, key: str) -> bool:
        return any(known == key for known, _value in self.keys)


def read_wants(params: t.Mapping[str, t.Any]) -> tuple[WantDomu, ...]:
    name = check_guest_name(params["name"], "name")
    old = params["renamed_from"]
    order = params["start_order"]
    if order is not None and not 0 <= order <= 999:
        raise Problem(f"{name}: start_order {order} must be from 0 to 999")
    if order is not None and params["autostart"] is False:
        raise Problem(f"{name}: start_order says when the guest starts at boot, but autostart is false")
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least 1 second, not {params['timeout']}")
    want = WantDomu(
        name=name,
        state=params["state"],
        keys=_read_keys(name, params),
        extra_keys=_read_config(name, params["config"] or {}),
        disks=read_disks(name, params["disks"]),
        nics=read_networks(name, params["networks"]),
        tags=_read_tags(name, params["tags"]),
        config_file=_read_path(params["config_file"], f"/etc/xen/{name}.cfg", "config_file"),
        save_file=_read_path(params["save_file"], f"/var/lib/xen/save/{name}", "save_file"),
        renamed_from=None if old is None else check_guest_name(old, "renamed_from"),
        peers=tuple(_read_peer(name, peer) for peer in params["peers"] or ()),
        host=None if params["host"] is None else parse_name(params["host"], "host", 253),
        description=None if params["description"] is None else check_text(params["description"], "description"),
        asked=time.time(),
        fresh_uuid=str(uuid.uuid4()),
        **{key: params[key] for key in _PLAIN},
    )
    if want.migration is not None:
        _check_migration(want)
    if want.renamed_from == name:
        raise Problem(f"{name}: renamed_from must be the guest's former name, not its name")
    return (want,)


def _check_migration(want: WantDomu) -> None:
    if want.host is None:
        raise Problem(f"{want.name}: migration says how the guest moves to its host: give host too")
    if not want.peers:
        raise Problem(f"{want.name}: migration needs peers: the other Dom0s, as ssh reaches them")
    if want.renamed_from is not None:
        raise Problem(f"{want.name}: rename the guest before or after it moves, in a task of its own")


_PLAIN = (
    "migration",
    "purge_disks",
    "purge_networks",
    "autostart",
    "start_order",
    "allow_unreachable_peers",
    "restart_policy",
    "timeout",
    "force_stop",
)


def check_guest_name(value: str, what: str) -> str:
    """A name that is safe as a file name, as an argument of xl and in a path of xenstore, and no domid."""
    name = parse_name(value, what, longest=64)
    if name.isdigit() or name == "Domain-0":
        raise Problem(f"{what} {name!r} cannot be used: xl would take it for another domain")
    return name


def _read_path(value: str | None, default: str, what: str) -> str:
    path = value or default
    if not re.fullmatch(r"/[^\x00-\x1f]*[^/\x00-\x1f]", path) or ".." in path.split("/"):
        raise Problem(f"{what} {value!r} must be an absolute path of a file, without ..")
    return path


def _read_peer(name: str, peer: str) -> str:
    if not _PEER.fullmatch(peer):
        raise Problem(f"{name}: peer {peer!r} is not a destination for ssh: write host or user@host")
    return peer


def _read_keys(name: str, params: t.Mapping[str, t.Any]) -> tuple[tuple[str, Value | None], ...]:
    """The options that are plain keys of xl.cfg; an empty text removes the key."""
    keys = []
    for option, key in KEYS.items():
        value = params[option]
        if value is not None:
            keys.append((key, _READERS.get(option, _read_text)(value, f"{name}: {option}")))
    return tuple(keys)


def _read_text(value: str, what: str) -> Value | None:
    return check_text(value, what) or None


def _read_file(value: str, what: str) -> Value | None:
    if value and not value.startswith("/"):
        raise Problem(f"{what} {value!r} must be an absolute path")
    return check_text(value, what) or None


def _read_args(value: t.Sequence[str], what: str) -> Value | None:
    return tuple(check_text(arg, what) for arg in value) or None


def _in_range(value: int, least: int, most: int, what: str) -> int:
    if not least <= value <= most:
        raise Problem(f"{what} must be from {least} to {most}, not {value}")
    return value


def _read_mebi(value: str, what: str) -> Value | None:
    size = parse_size(value, "M", what)
    if size % 1024**2:
        raise Problem(f"{what} {value!r} is not a whole number of MiB, the unit of xl")
    return size // 1024**2


def _read_cpus(value: t.Any, what: str) -> Value | None:
    words = list(value) if isinstance(value, (list, tuple)) else [value]
    for word in words:
        if isinstance(word, (bool, dict, list)) or not re.fullmatch(r"[0-9a-z:,^ -]*", str(word)):
            raise Problem(f"{what} {word!r} is not a list of CPUs: write it like 0-3,^2 or all")
    texts = tuple(str(word).replace(" ", "") for word in words)
    return texts if isinstance(value, (list, tuple)) else texts[0] or None


def _read_uuid(value: str, what: str) -> Value | None:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise Problem(f"{what} {value!r} is not a UUID") from None


_READERS: t.Mapping[str, t.Callable[[t.Any, str], Value | None]] = {
    "kernel": _read_file,
    "ramdisk": _read_file,
    "bootloader_args": _read_args,
    "memory": _read_mebi,
    "max_memory": _read_mebi,
    "vcpus": lambda value, what: _in_range(value, 1, 4096, what),
    "max_vcpus": lambda value, what: _in_range(value, 1, 4096, what),
    "cpu_weight": lambda value, what: _in_range(value, 1, 65535, what),
    "cap": lambda value, what: _in_range(value, 0, 409600, what),
    "cpus": _read_cpus,
    "uuid": _read_uuid,
}


def _read_tags(name: str, value: t.Any) -> t.Any:
    if value is None:
        return None
    plain = value.split(",") if isinstance(value, str) else value
    words = [*plain.keys(), *plain.values()] if isinstance(plain, dict) else plain
    if not isinstance(plain, (list, dict)) or not all(isinstance(word, (str, int, float)) for word in words):
        raise Problem(f"{name}: tags must be a list of texts or a dictionary of texts")
    if isinstance(plain, dict):
        return {check_text(str(key), "tag"): check_text(str(text), "tag") for key, text in plain.items()}
    return [check_text(str(word).strip(), "tag") for word in plain if str(word).strip()]


def _read_config(name: str, config: t.Mapping[str, t.Any]) -> tuple[tuple[str, Value | None], ...]:
    found: list[tuple[str, Value | None]] = []
    for key, value in config.items():
        if not KEY.fullmatch(str(key)):
            raise Problem(f"{name}: config key {key!r} is not a key of xl.cfg: lower case letters, digits and _")
        option = _TAKEN.get(key, key)
        if key in _TAKEN or key in ARGUMENT_SPEC:
            raise Problem(f"{name}: config key {key} has an option of its own: use {option}")
        close = nearest(
            key, [word for word in (*_TAKEN, *ARGUMENT_SPEC) if abs(len(word) - len(key)) < 2 and len(key) > 3]
        )
        if close and key not in _ALIKE:
            raise Problem(f"{name}: config key {key} is not one of xl.cfg that we know{close}")
        found.append((key, _read_value(name, key, value)))
    return tuple(found)


# Keys of xl.cfg that look like a mistyped option but are right.
_ALIKE = frozenset(
    ("cmdline", "boot", "bios", "usb", "nomigrate", "timer_mode", "tsc_mode", "cpuid", "cpus_soft", "on_watchdog")
)


def _read_value(name: str, key: str, value: t.Any) -> Value | None:
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, int) and value >= 0:
        return value
    if isinstance(value, str):
        return check_text(value, f"{name}: config {key}")
    if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
        return tuple(_read_value(name, key, item) for item in value)
    raise Problem(f"{name}: config {key}: {value!r} cannot be written in xl.cfg: give a text, a number, a list or null")
