# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may say about a FreeBSD host, and what of it cannot be. Private; no I/O."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy

_INTERFACE = {
    "name": {"type": "str", "required": True},
    "members": {"type": "list", "elements": "str"},
    "parent": {"type": "str"},
    "vlan": {"type": "int"},
    "mac": {"type": "str"},
    "mtu": {"type": "int"},
    "addresses": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
_CARP = {
    "interface": {"type": "str", "required": True},
    "vhid": {"type": "int", "required": True},
    "address": {"type": "str", "required": True},
    "advskew": {"type": "int", "default": 0},
    "advbase": {"type": "int", "default": 1},
    "password": {"type": "str", "no_log": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "loader": {"type": "dict", "default": {}},
    "loader_file": {"type": "path", "default": "/boot/loader.conf"},
    "modules": {"type": "list", "elements": "str", "default": []},
    "sysctl": {"type": "dict", "default": {}},
    "sysctl_file": {"type": "path", "default": "/etc/sysctl.conf"},
    "rc": {"type": "dict", "default": {}},
    "interfaces": {"type": "list", "elements": "dict", "default": [], "options": _INTERFACE},
    "carp": {"type": "list", "elements": "dict", "default": [], "options": _CARP},
}
EFFECTS = {
    "loader": "restart",
    **dict.fromkeys(("modules", "sysctl", "rc", "interfaces", "carp"), "live"),
}
# rc.conf(5) is a shell script, into which sysrc(8) writes a value as it is, between double quotes (FreeBSD 15.1).
_RC_VALUE = re.compile(r"[^\"$`\\\x00-\x1f\x7f-\U0010ffff]*")
_PLAIN = re.compile(r"[A-Za-z0-9_.:,;/+*@%=!-]+( [A-Za-z0-9_.:,;/+*@%=!-]+)*")
_RC_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_DOTTED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_%-]*(\.[A-Za-z0-9_%-]+)*")
_DEVICE = re.compile(r"[a-z][a-z0-9_]*[0-9](\.[0-9]{1,4})?|epair[0-9]+[ab]")
_MODULE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
LONGEST = 15  # IFNAMSIZ less its null byte
KEY_LENGTH = 19  # CARP_KEY_LEN less its null byte, of netinet/ip_carp.h
# Modules that bring ipfw(4), whose last rule denies everything unless a tunable says otherwise before it is loaded.
CUTS_OFF = ("ipfw", "dummynet", "ipfw_nat", "ipfw_nat64", "ipfw_nptv6", "ipfw_pmod", "ipdivert")
ACCEPT = "net.inet.ip.fw.default_to_accept"


@dataclasses.dataclass(frozen=True)
class Edit:
    """Words that a list of rc.conf has, and words that it has not."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Interface:
    """An interface that the host makes for itself; what is None is not managed."""

    name: str
    members: tuple[str, ...] | None = None
    parent: str | None = None
    vlan: int | None = None
    mac: str | None = None
    mtu: int | None = None
    addresses: tuple[str, ...] = ()
    present: bool = True

    @property
    def clone(self) -> str:
        """What makes it: an epair(4) has two ends, and is made as a whole."""
        return self.name[:-1] if self.name.startswith("epair") else self.name


@dataclasses.dataclass(frozen=True)
class Carp:
    """An address that two hosts share."""

    interface: str
    vhid: int
    address: str
    advskew: int = 0
    advbase: int = 1
    password: str | None = None
    present: bool = True


@dataclasses.dataclass(frozen=True)
class WantHost:
    """All that one task says of the host."""

    name: str = "host"
    loader: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    loader_file: str = "/boot/loader.conf"
    modules: tuple[str, ...] = ()
    sysctl: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    sysctl_file: str = "/etc/sysctl.conf"
    rc: t.Mapping[str, str | Edit | None] = dataclasses.field(default_factory=dict)
    interfaces: tuple[Interface, ...] = ()
    carp: tuple[Carp, ...] = ()
    restart_policy: RestartPolicy = "never"
    switches: frozenset[str] = frozenset()

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(item.password for item in self.carp if item.password)


def parse_wants(params: t.Mapping[str, t.Any]) -> tuple[WantHost, ...]:
    for key in ("loader_file", "sysctl_file"):
        if not re.fullmatch(r"/[A-Za-z0-9_./-]+", params[key]) or ".." in params[key]:
            raise Problem(f"{key} {params[key][:80]!r} is not the absolute path of a file")
    interfaces = tuple(_parse_interface(item) for item in params["interfaces"] or ())
    carp = tuple(_parse_carp(item) for item in params["carp"] or ())
    _refuse_twice("interface", [item.name for item in interfaces])
    _refuse_twice("carp address", [f"{item.address} on {item.interface}" for item in carp])
    _check_vhids(carp)
    want = WantHost(
        loader={_dotted(key, "loader"): _tunable(key, value) for key, value in params["loader"].items()},
        loader_file=params["loader_file"],
        modules=tuple(dict.fromkeys(_module(name) for name in params["modules"] or ())),
        sysctl={_dotted(key, "sysctl"): _plain(value, f"sysctl {key}") for key, value in params["sysctl"].items()},
        sysctl_file=params["sysctl_file"],
        rc={_rc_name(key): parse_rc(key, value) for key, value in params["rc"].items()},
        interfaces=interfaces,
        carp=carp,
    )
    return (want,)


def _refuse_twice(what: str, names: t.Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise Problem(f"{what} {name} is there twice")


def _check_vhids(carp: t.Sequence[Carp]) -> None:
    """What several addresses of one vhid share is said alike."""
    known: dict[tuple[str, int], tuple[int, int, str | None]] = {}
    for item in carp:
        said = (item.advskew, item.advbase, item.password)
        if item.present and known.setdefault((item.interface, item.vhid), said) != said:
            raise Problem(
                f"vhid {item.vhid} of {item.interface} has two ways to be: it has one advskew, advbase and password"
            )


def _dotted(name: t.Any, what: str) -> str:
    if not isinstance(name, str) or not _DOTTED.fullmatch(name) or len(name) > 127:
        raise Problem(f"{what} {str(name)[:80]!r} is not the name of a variable of the kernel")
    return name


def _tunable(name: str, value: t.Any) -> str | None:
    """loader(8) knows YES and NO for a module, and numbers for the kernel."""
    if isinstance(value, bool) and name.endswith("_load"):
        value = "YES" if value else "NO"
    return _plain(value, f"loader {name}")


def _plain(value: t.Any, what: str) -> str | None:
    """One line without quotes and what a shell, loader(8) or sysctl(8) would read as more than a value."""
    if value is None:
        return None
    text = {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)
    if not _PLAIN.fullmatch(text) or len(text) > 1000:
        raise Problem(
            f"{what}: the value {text[:80]!r} cannot be: letters, digits and _.:,;/+*@%=!- with single blanks between"
        )
    return text


def _module(name: str) -> str:
    name = name[:-3] if name.endswith(".ko") else name
    if not _MODULE.fullmatch(name) or ".." in name:
        raise Problem(f"module {name[:80]!r} is not the name of a kernel module")
    return name


def _rc_name(name: t.Any) -> str:
    if not isinstance(name, str) or not _RC_NAME.fullmatch(name):
        raise Problem(f"rc {str(name)[:80]!r} is not a variable of rc.conf: letters, digits and _, and no digit first")
    return name


def parse_rc(name: str, value: t.Any) -> str | Edit | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "YES" if value else "NO"
    if isinstance(value, t.Mapping):
        if not value or set(value) - {"add", "remove"}:
            raise Problem(
                f"rc {name}: a list is changed by add and remove, not by {', '.join(map(str, value)) or 'nothing'}"
            )
        return Edit(*(tuple(_rc_word(name, word) for word in _words(value.get(key))) for key in ("add", "remove")))
    return _rc_text(name, " ".join(_rc_word(name, word) for word in value) if isinstance(value, list) else str(value))


def _words(value: t.Any) -> list[t.Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _rc_word(name: str, word: t.Any) -> str:
    text = _rc_text(name, str(word))
    if not text or " " in text:
        raise Problem(f"rc {name}: {text[:80]!r} is not one word of a list")
    return text


def _rc_text(name: str, text: str) -> str:
    if not _RC_VALUE.fullmatch(text) or len(text) > 4000:
        raise Problem(
            f"rc {name}: the value {text[:80]!r} cannot be: it is one line of printable ASCII without double quotes,"
            " dollar signs, backquotes and backslashes, for rc.conf is a shell script"
        )
    return text


def parse_device(name: t.Any, what: str) -> str:
    if not _DEVICE.fullmatch(str(name)) or len(str(name)) > LONGEST:
        raise Problem(
            f"{what} {str(name)[:40]!r} cannot be: letters and a number like bridge0, at most {LONGEST} characters"
        )
    return str(name)


def _parse_interface(item: t.Mapping[str, t.Any]) -> Interface:
    name = parse_device(item["name"], "interface")
    if re.fullmatch(r"epair[0-9]+", name):
        raise Problem(f"interface {name} has two ends: name one, {name}a or {name}b, and both are made")
    if item.get("state") == "absent":
        above, dot, number = name.rpartition(".")
        return Interface(name, parent=above or None, vlan=int(number) if dot else None, present=False)
    parent, vlan, mac, mtu, members = (item.get(key) for key in ("parent", "vlan", "mac", "mtu", "members"))
    _check_vlan(name, parent, vlan)
    if members is not None and not name.startswith("bridge"):
        raise Problem(f"interface {name} has members, so it is a bridge and its name must be bridge and a number")
    if mac is not None and not re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", mac.lower()):
        raise Problem(f"interface {name}: mac {mac[:40]!r} is not six bytes in hex with colons")
    if mac is not None and int(mac[:2], 16) & 1:
        raise Problem(f"interface {name}: mac {mac} is of a group; the first byte must be even")
    if mtu is not None and not 576 <= mtu <= 65535:
        raise Problem(f"interface {name}: mtu {mtu} is not from 576 to 65535")
    return Interface(
        name=name,
        members=None if members is None else tuple(dict.fromkeys(parse_device(m, f"{name}: member") for m in members)),
        parent=parent,
        vlan=vlan,
        mac=None if mac is None else mac.lower(),
        mtu=mtu,
        addresses=tuple(parse_address(text, f"interface {name}") for text in item.get("addresses") or ()),
    )


def _check_vlan(name: str, parent: str | None, vlan: int | None) -> None:
    if (parent is None) != (vlan is None):
        raise Problem(f"interface {name}: parent and vlan belong together")
    if parent is not None:
        parse_device(parent, f"interface {name}: parent")
        if not 1 <= int(vlan or 0) <= 4094 or name != f"{parent}.{vlan}":
            raise Problem(
                f"interface {name}: VLAN {vlan} of {parent} is called {parent}.{vlan}, with a number from 1 to 4094"
            )
    elif "." in name:
        raise Problem(f"interface {name}: a VLAN needs its parent and its number")


def parse_address(text: t.Any, what: str) -> str:
    try:
        found = ipaddress.ip_interface(str(text))
    except ValueError:
        found = None
    if found is None or "/" not in str(text) or "%" in str(text):
        raise Problem(f"{what}: {str(text)[:60]!r} is not an address with its /prefix, such as 192.0.2.1/24")
    return str(found)


def _parse_carp(item: t.Mapping[str, t.Any]) -> Carp:
    interface = parse_device(item["interface"], "carp: interface")
    what = f"carp: vhid {item['vhid']} of {interface}"
    if not 1 <= item["vhid"] <= 254:
        raise Problem(f"{what}: a vhid is a number from 1 to 254")
    if not 0 <= item["advskew"] <= 254 or not 1 <= item["advbase"] <= 255:
        raise Problem(f"{what}: advskew is a number from 0 to 254, advbase one from 1 to 255")
    password = item.get("password")
    if password is not None and not re.fullmatch(r"[A-Za-z0-9_.,:;+*@%=!/-]{8,19}", password):
        raise Problem(f"{what}: a password is 8 to {KEY_LENGTH} letters, digits and _.,:;+*@%=!/-")
    return Carp(
        interface=interface,
        vhid=item["vhid"],
        address=parse_address(item["address"], what),
        advskew=item["advskew"],
        advbase=item["advbase"],
        password=password,
        present=item["state"] == "present",
    )
