# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's parameters as a declaration, checked and in the words of systemd. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name, parse_path
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.conf import Edit, joins
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.limits import WantLimit, read_limits
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.names import KINDS, check_key, quote_word
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want_devices import (
    CAPABILITIES,
    WantMount,
    read_caps,
    read_mounts,
    read_networks,
    read_ports,
)

MACHINES = "/var/lib/machines"
SOURCES = ("archive", "template", "clone_from", "directory", "image")
_TEXTS: t.Mapping[str, str] = {
    "hostname": "Hostname",
    "resolv_conf": "ResolvConf",
    "timezone": "Timezone",
    "private_users": "PrivateUsers",
}
# Keys that are options of the module; giving them in config too would be two opinions
_TAKEN: t.Mapping[tuple[str, str], str] = {
    **{("Exec", key): option for option, key in _TEXTS.items()},
    ("Exec", "Environment"): "environment",
    ("Exec", "Ephemeral"): "ephemeral",
    ("Exec", "Capability"): "cap_add",
    ("Exec", "DropCapability"): "cap_drop",
    ("Files", "Bind"): "mounts",
    ("Files", "BindReadOnly"): "mounts",
    ("Files", "TemporaryFileSystem"): "mounts",
    ("Files", "PrivateUsersOwnership"): "private_users_ownership",
    **{key: "networks" for key in KINDS if key[0] == "Network"},
    ("Network", "Port"): "ports",
}


@dataclasses.dataclass(frozen=True)
class WantContainer:
    """``source``: which option makes the root of a new one, and its value. ``keys``: lines of the .nspawn file."""

    name: str
    state: str = "present"
    source: tuple[str, str] | None = None
    keys: tuple[Edit, ...] = ()
    mounts: tuple[WantMount, ...] = ()
    limits: tuple[WantLimit, ...] = ()
    autostart: bool | None = None
    wait_for_ip_address: bool = False
    restart_policy: RestartPolicy = "never"
    timeout: int = 60
    force_stop: bool = False
    delete_storage: bool = False
    asked: float = 0.0
    secrets: frozenset[str] = frozenset()

    @property
    def switches(self) -> frozenset[str]:
        given = {"force_stop": self.force_stop, "delete_storage": self.delete_storage}
        return frozenset(name for name, on in given.items() if on)

    @property
    def unit(self) -> str:
        return unit_of(self.name)

    @property
    def config_file(self) -> str:
        return f"/etc/systemd/nspawn/{self.name}.nspawn"

    @property
    def root(self) -> str:
        """Where a new one has its root: systemd knows a file by its ending, and a block device by its kind."""
        option, path = self.source or ("", "")
        image = path.endswith(".raw") and option in ("template", "image")
        return f"{MACHINES}/{self.name}{'.raw' if image else ''}"


def unit_of(name: str) -> str:
    return f"systemd-nspawn@{name}.service"


def check_machine_name(value: str) -> str:
    """A name that systemd takes for a machine, a host name and a unit."""
    name = parse_name(value, "name", longest=64, more="._-")
    if name.endswith(("-", ".")) or name.endswith(".raw"):
        raise Problem(f"name {value!r} cannot be used: systemd takes no name that ends with -, . or .raw")
    return name


def read_wants(params: t.Mapping[str, t.Any]) -> tuple[WantContainer, ...]:
    name = check_machine_name(params["name"])
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least 1 second, not {params['timeout']}")
    keys = dict(_read_keys(name, params))
    for key, values in _read_config(name, params["config"] or {}):
        if key in keys:
            raise Problem(f"{name}: config: {key[1]} is given by command already: give one of them")
        keys[key] = values
    plain = ("state", "autostart", "wait_for_ip_address", "restart_policy", "timeout", "force_stop", "delete_storage")
    return (
        WantContainer(
            name=name,
            source=_read_source(name, params),
            keys=tuple(keys.items()),
            mounts=read_mounts(name, params["mounts"] or ()),
            limits=read_limits(name, params),
            asked=time.monotonic(),
            **{key: params[key] for key in plain},
        ),
    )


def _read_source(name: str, params: t.Mapping[str, t.Any]) -> tuple[str, str] | None:
    for option in SOURCES:
        value = params[option]
        if value is None:
            continue
        if option == "clone_from":
            if check_machine_name(value) == name:
                raise Problem(f"{name}: clone_from must be another container")
            return option, value
        path = parse_path(value, f"{name}: {option}")
        if option == "image" and not (path.endswith(".raw") or path.startswith("/dev/")):
            raise Problem(f"{name}: image {path!r} must be a file that ends with .raw, or a block device")
        return option, path
    return None


def check_text(value: t.Any, what: str) -> str:
    """One line that means the same to systemd as to the user."""
    if isinstance(value, (dict, list)):
        raise Problem(f"{what} must be one text, not {value!r}")
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]", text) or text != text.strip():
        raise Problem(f"{what} {text[:60]!r} cannot be one line of a .nspawn file: no line breaks, no blanks around it")
    if joins(text):
        raise Problem(f"{what} {text[:60]!r} cannot end with a backslash, which would join the next line to it")
    if len(text) > 4000:
        raise Problem(f"{what} is too long: {len(text)} characters, at most 4000")
    return text


def _read_keys(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[Edit]:
    """The options that are keys of the .nspawn file; an empty text or list removes the key."""
    for option, key in _TEXTS.items():
        if params[option] is not None:
            read = _read_private_users if option == "private_users" else check_text
            text = read(params[option], f"{name}: {option}")
            yield ("Exec", key), (text,) if text else ()
    if params["private_users_ownership"] is not None:
        yield ("Files", "PrivateUsersOwnership"), (params["private_users_ownership"],)
    if params["ephemeral"] is not None:
        yield ("Exec", "Ephemeral"), ("yes" if params["ephemeral"] else "no",)
    if params["command"] is not None:
        words = _quoted(params["command"], f"{name}: command")
        yield ("Exec", "Boot"), ("no" if words else "yes",)
        yield ("Exec", "Parameters"), (" ".join(words),) if words else ()
    if params["environment"] is not None:
        yield ("Exec", "Environment"), tuple(_read_environment(name, params["environment"]))
    yield from _read_capabilities(name, params)
    yield from read_networks(name, params["networks"])
    yield from read_ports(name, params["ports"], params["networks"])


def _read_capabilities(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[Edit]:
    for option, key in (("cap_add", "Capability"), ("cap_drop", "DropCapability"), ("cap_keep", "Capability")):
        if params[option] is None:
            continue
        caps = read_caps(name, option, params[option])
        yield ("Exec", key), (" ".join(caps),) if caps else ()
        if option == "cap_keep":  # Capability= adds to systemd's own choice, so all others are dropped
            others = [cap for cap in CAPABILITIES if cap not in caps] if caps else []
            yield ("Exec", "DropCapability"), (" ".join(others),) if others else ()


def _read_private_users(value: str, what: str) -> str:
    text = value.lower()
    if text in ("true", "yes", "on", "false", "no", "off"):
        return "yes" if text in ("true", "yes", "on") else "no"
    if text in ("pick", "identity") or re.fullmatch(r"[0-9]{1,10}(:[1-9][0-9]{0,9})?", text):
        return text
    raise Problem(
        f"{what} {value!r} is none of yes, no, pick, identity, a first user, or a first user and a number 0:65536"
    )


def _quoted(words: t.Iterable[t.Any], what: str) -> list[str]:
    return [quote_word(check_text(word, what), what) for word in words]


def _read_environment(name: str, given: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for variable, value in given.items():
        what = f"{name}: environment: {variable}"
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(variable)):
            raise Problem(f"{name}: environment: {variable!r} is not the name of a variable")
        yield from _quoted([f"{variable}={check_text('' if value is None else value, what)}"], what)


def _read_config(name: str, config: t.Mapping[str, t.Any]) -> t.Iterator[Edit]:
    """Further keys by section; null removes one, a list gives a key several lines."""
    for section, keys in config.items():
        if not isinstance(keys, dict):
            raise Problem(f"{name}: config: {section} must hold keys and values, like {{Exec: {{MachineID: ...}}}}")
        for given, value in keys.items():
            key = check_key(section, given, f"{name}: config")
            what = f"{name}: config: {section}: {given}"
            if key in _TAKEN:
                raise Problem(f"{what} is the option {_TAKEN[key]}: give that instead")
            if isinstance(value, list) and KINDS[key] not in ("words", "lines"):
                raise Problem(f"{what} takes one value, not a list")
            items = value if isinstance(value, list) else [] if value is None else [value]
            yield key, tuple(check_text(item, what) for item in items)
