# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's parameters as a declaration, checked and in the words of lxc.conf. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name, parse_path, parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.names import check_key, collects
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want_create import WantCreate, read_create
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want_devices import (
    WantDevice,
    WantMount,
    WantNic,
    read_devices,
    read_mounts,
    read_networks,
)

LXCFS_CONF = "/usr/share/lxc/config/common.conf.d/00-lxcfs.conf"
# Options of the module; giving them as keys too would be two opinions
_TAKEN: t.Mapping[str, str] = {
    "lxc.idmap": "idmap",
    "lxc.uts.name": "hostname",
    "lxc.start.auto": "autostart",
    "lxc.start.order": "start_order",
    "lxc.start.delay": "start_delay",
    "lxc.group": "groups",
    "lxc.tty.max": "tty",
    "lxc.pty.max": "pts",
    "lxc.seccomp.profile": "seccomp_profile",
    "lxc.apparmor.profile": "apparmor_profile",
    "lxc.cap.keep": "cap_keep",
}
_OPTION_OF = {option: key for key, option in _TAKEN.items()}
_UNLIMITED = ("none", "max", "unlimited")


@dataclasses.dataclass(frozen=True)
class WantContainer:
    """``keys``: lines of lxc.conf by key, none for a key that shall not be there. ``limits``: None lifts one.

    ``fs_size``: 0 for no limit.
    """

    name: str
    state: str = "present"
    lxc_path: str = "/var/lib/lxc"
    create: WantCreate | None = None
    unprivileged: bool | None = None
    idmap: tuple[str, ...] | None = None
    allow_shared_idmap: bool = False
    fs_size: int | None = None
    limits: tuple[tuple[str, t.Any], ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cap_drop: tuple[str, ...] = ()
    nics: tuple[WantNic, ...] | None = None
    purge_networks: bool = False
    mounts: tuple[WantMount, ...] = ()
    devices: tuple[WantDevice, ...] = ()
    lxcfs: bool | None = None
    snapshots: tuple[str, ...] = ()
    snapshots_keep: int | None = None
    rollback_to: str | None = None
    wait_for_ip_address: bool = False
    restart_policy: RestartPolicy = "never"
    timeout: int = 60
    force_stop: bool = False
    delete_storage: bool = False
    delete_snapshots: bool = False
    asked: float = 0.0
    secrets: frozenset[str] = frozenset()

    @property
    def switches(self) -> frozenset[str]:
        given = {
            "force_stop": self.force_stop,
            "delete_storage": self.delete_storage,
            "delete_snapshots": self.delete_snapshots,
            "purge_networks": self.purge_networks,
            "snapshots_keep": self.snapshots_keep is not None,
            "rollback_to": self.rollback_to is not None,
        }
        return frozenset(name for name, on in given.items() if on)

    @property
    def folder(self) -> str:
        return f"{self.lxc_path}/{self.name}"

    @property
    def config_file(self) -> str:
        return f"{self.folder}/config"


def read_wants(params: t.Mapping[str, t.Any]) -> tuple[WantContainer, ...]:
    name = check_container_name(params["name"])
    _check_together(name, params)
    fs_size = _read_fs_size(params["fs_size"], f"{name}: fs_size")
    plain = [
        "state",
        "unprivileged",
        "allow_shared_idmap",
        "purge_networks",
        "lxcfs",
        "snapshots_keep",
        "rollback_to",
        "wait_for_ip_address",
        "restart_policy",
        "timeout",
        "force_stop",
        "delete_storage",
        "delete_snapshots",
    ]
    return (
        WantContainer(
            name=name,
            lxc_path=parse_path(params["lxc_path"], f"{name}: lxc_path"),
            create=read_create(name, params, fs_size),
            fs_size=fs_size,
            idmap=_read_idmap(name, params["idmap"]),
            limits=_read_limits(name, params),
            keys=(*_read_keys(name, params), *_read_config(name, params["config"] or {})),
            cap_drop=tuple(_read_caps(name, "cap_drop", params["cap_drop"] or ())),
            nics=read_networks(name, params["networks"]),
            mounts=read_mounts(name, params["mounts"] or ()),
            devices=read_devices(name, params["devices"] or ()),
            snapshots=tuple(check_text(one, f"{name}: snapshot") for one in params["snapshots"] or ()),
            asked=time.time(),
            **{key: params[key] for key in plain},
        ),
    )


def _check_together(name: str, params: t.Mapping[str, t.Any]) -> None:
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least 1 second, not {params['timeout']}")
    if params["idmap"] is not None and params["unprivileged"] is False:
        raise Problem(f"{name}: idmap makes a container unprivileged, but unprivileged is false")
    keep = params["snapshots_keep"]
    if keep is not None and keep < max(1, len(params["snapshots"])):
        raise Problem(f"{name}: snapshots_keep {keep} is less than the {len(params['snapshots'])} snapshots to keep")
    if params["rollback_to"] is not None and params["state"] not in ("present", "stopped"):
        raise Problem(
            f"{name}: rollback_to is for a stopped container: give state=stopped, and start it with a task after that"
        )


def check_container_name(value: str) -> str:
    """A name that LXC takes for a folder, a host name and a cgroup."""
    return parse_name(value, "name", longest=63, more="._-")


def check_text(value: t.Any, what: str) -> str:
    """One line that means the same to LXC as to the user."""
    text = str(value)
    if isinstance(value, bool):
        text = "1" if value else "0"
    if isinstance(value, (dict, list)):
        raise Problem(f"{what} must be one text, not {value!r}")
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]", text) or text != text.strip():
        raise Problem(f"{what} {text[:60]!r} cannot be one line of lxc.conf: no line breaks, no blanks around it")
    if len(text) > 4000:
        raise Problem(f"{what} is too long: {len(text)} characters, at most 4000")
    return text


def _read_keys(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[str, ...]]]:
    """The options that are plain keys of lxc.conf; an empty text removes the key."""
    for option in ("hostname", "seccomp_profile", "apparmor_profile"):
        if params[option] is not None:
            text = check_text(params[option], f"{name}: {option}")
            yield _OPTION_OF[option], (text,) if text else ()
    for option, most in (("tty", 64), ("pts", 2**20), ("start_order", 2**31 - 1), ("start_delay", 86400)):
        if params[option] is not None:
            yield _OPTION_OF[option], (str(in_range(params[option], 0, most, f"{name}: {option}")),)
    if params["autostart"] is not None:
        yield "lxc.start.auto", ("1" if params["autostart"] else "0",)
    if params["groups"] is not None:
        yield "lxc.group", tuple(parse_name(group, f"{name}: group", more="._-") for group in params["groups"])
    if params["cap_keep"] is not None:
        keep = tuple(_read_caps(name, "cap_keep", params["cap_keep"]))
        yield "lxc.cap.drop", ("",) if keep else ()  # LXC refuses both; an empty line undoes what was included
        yield "lxc.cap.keep", (" ".join(keep),) if keep else ()


def _read_caps(name: str, option: str, words: t.Iterable[str]) -> t.Iterator[str]:
    for word in words:
        cap = str(word).lower()
        cap = cap[len("cap_") :] if cap.startswith("cap_") else cap
        if not re.fullmatch(r"[a-z][a-z_]*", cap):
            raise Problem(f"{name}: {option}: {word!r} is not a capability; write it like sys_time or CAP_SYS_TIME")
        yield cap


def in_range(value: int, least: int, most: int, what: str) -> int:
    if not least <= value <= most:
        raise Problem(f"{what} must be from {least} to {most}, not {value}")
    return value


def _read_config(name: str, config: t.Mapping[str, t.Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Further keys; null removes one, a list gives a key several lines."""
    keys: dict[str, tuple[str, ...]] = {}
    for given, value in config.items():
        key = check_key(given, f"{name}: config")
        if key in keys:
            raise Problem(f"{name}: config: {given} and another spelling of it are both given")
        option = "networks" if key.startswith("lxc.net.") else _TAKEN.get(key)
        if option is not None:
            raise Problem(f"{name}: config: {given} is the option {option}: give that instead")
        if isinstance(value, list) and not collects(key):
            raise Problem(f"{name}: config: {given} takes one value, not a list")
        items = value if isinstance(value, list) else [] if value is None else [value]
        keys[key] = tuple(check_text("" if item is None else item, f"{name}: config: {given}") for item in items)
    return tuple(keys.items())


def _read_limits(name: str, params: t.Mapping[str, t.Any]) -> tuple[tuple[str, t.Any], ...]:
    given = [option for option in _LIMITS if params[option] is not None]
    return tuple((option, _LIMITS[option](params[option], f"{name}: {option}")) for option in given)


def _read_size(value: str, what: str) -> int | None:
    """In whole pages, as the kernel counts."""
    if value.lower() in _UNLIMITED:
        return None
    return parse_size(value, "M", what, zero=what.endswith("swap")) // 4096 * 4096


def _read_fs_size(value: str | None, what: str) -> int | None:
    if value is None or value.lower() in _UNLIMITED:
        return None if value is None else 0
    return -(-parse_size(value, "M", what) // 4096) * 4096


def _read_weight(value: int, what: str) -> int:
    return in_range(value, 1, 10000, what)


def _read_pids(value: str, what: str) -> str | None:
    if value.lower() in _UNLIMITED:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise Problem(f"{what} {value!r} is not a number of processes, nor none for no limit")
    return value


def _read_cpus(value: str, what: str) -> str | None:
    text = value.replace(" ", "")
    if text in ("", "all", "none"):
        return None
    spans = [re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", word) for word in text.split(",")]
    if not all(span and int(span.group(1)) <= int(span.group(2) or span.group(1)) for span in spans):
        raise Problem(f"{what} {value!r} is not a list of CPUs: write it like 0-3,6, or all")
    return text


def _read_quota(value: str, what: str) -> float | None:
    if value.lower() in _UNLIMITED:
        return None
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or not 0.01 <= float(value) <= 4096:
        raise Problem(f"{what} {value!r} is not a number of CPUs: write it like 0.5 or 2, or none")
    return float(value)


_LIMITS: t.Mapping[str, t.Callable[[t.Any, str], t.Any]] = {
    "memory": _read_size,
    "swap": _read_size,
    "cpus": _read_cpus,
    "cpu_quota": _read_quota,
    "cpu_weight": _read_weight,
    "pids": _read_pids,
    "io_weight": _read_weight,
}


def _read_idmap(name: str, lines: t.Sequence[str] | None) -> tuple[str, ...] | None:
    for line in lines or ():
        if not re.fullmatch(r"[ug] [0-9]{1,10} [0-9]{1,10} [1-9][0-9]{0,9}", line):
            raise Problem(f"{name}: idmap {line!r} is not a map: write it like u 0 100000 65536")
    kinds = {line[0] for line in lines or ()}
    if lines and kinds != {"u", "g"}:
        raise Problem(f"{name}: idmap needs a line for users (u) and one for groups (g)")
    return None if lines is None else tuple(lines)
