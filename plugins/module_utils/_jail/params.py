# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of jails: which there are, of what kind, how values are compared and when they take effect. Private."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest

Values = t.Tuple[str, ...]
# jail(8)'s own parameters, from usr.sbin/jail/config.c and jail(8) of FreeBSD 15; the kernel is asked for the others.
_BOOLS = (
    *("allow.dying", "exec.clean", "exec.system_jail_user", "ip_hostname"),
    *("mount.devfs", "mount.fdescfs", "mount.procfs"),
)
_INTS = ("exec.fib", "exec.timeout", "stop.timeout")
_LISTS = (
    *("exec.prepare", "exec.prestart", "exec.created", "exec.start", "exec.poststart", "exec.prestop", "exec.stop"),
    *("exec.poststop", "exec.release", "command", "depend", "mount", "mount.fstab", "vnet.interface", "zfs.dataset"),
)
_TEXTS = ("exec.consolelog", "exec.jail_user", "exec.system_user", "interface")
OWN: t.Mapping[str, str] = {
    **dict.fromkeys(_BOOLS, "bool"),
    **dict.fromkeys(_INTS, "int"),
    **dict.fromkeys(_LISTS, "list"),
    **dict.fromkeys(_TEXTS, "text"),
}
# Parameters of kernel modules that jail(8) loads when it meets one (lib/libjail/jail.c of 15.1); before, sysctl(8) does
# not have them.
_FILE_SYSTEMS = ("fdescfs", "fusefs", "lindebugfs", "linprocfs", "linsysfs", "nullfs", "p9fs", "procfs", "tmpfs", "zfs")
LOADABLE: t.Mapping[str, str] = {
    **dict.fromkeys((f"allow.mount.{name}" for name in _FILE_SYSTEMS), "bool"),
    **dict.fromkeys(("linux", "sysvmsg", "sysvsem", "sysvshm"), "jailsys"),
    **{"linux.osname": "text", "linux.osrelease": "text", "linux.oss_version": "int"},
}
# Parameters of the kernel that are switches, which the types that sysctl(8) prints do not tell from numbers.
_KERNEL_BOOLS = ("persist", "dying", "ip4.saddrsel", "ip6.saddrsel")
READ_ONLY = ("name", "jid", "parent", "dying", "children.cur", "cpuset.id")
# What a parameter is on a new jail, where that does not come from the host.
DEFAULTS: t.Mapping[str, Values] = {
    **dict.fromkeys(("children.max", "devfs_ruleset"), ("0",)),
    **dict.fromkeys(("meta", "env", "host.hostname", "host.domainname"), ("",)),
    **dict.fromkeys(("sysvmsg", "sysvsem", "sysvshm"), ("disable",)),
    **dict.fromkeys(("ip4.addr", "ip6.addr"), ()),
    "linux": ("new",),
    **dict.fromkeys(("ip4.saddrsel", "ip6.saddrsel"), ("true",)),
    "enforce_statfs": ("2",),
}
# What the kernel takes (sys/kern/kern_jail.c of 15.1); of all else it says "Invalid argument", and not of what.
_RANGES: t.Mapping[str, tuple[int, int]] = {
    "enforce_statfs": (0, 2),
    "devfs_ruleset": (0, 65535),
    "children.max": (0, 999998),  # less than the host has, JAIL_MAX
    "securelevel": (-1, 3),
    "host.hostid": (0, 2**64 - 1),
}
_ANY_INT = (-(2**31), 2**31 - 1)
_BYTES: t.Mapping[str, int] = {
    **dict.fromkeys(("host.hostname", "host.domainname"), 255),
    **{"host.hostuuid": 63, "osrelease": 31, "path": 1023, "meta": 4095, "env": 4095},
}
_ON_BY_DEFAULT = ("allow.set_hostname", "allow.reserved_ports", "allow.unprivileged_proc_debug", "allow.suser")


def is_false(text: str) -> bool:
    """Whether jail(8) reads the value of a switch as off; an empty one is 0 for it."""
    return re.fullmatch(r"false|[-+]?0*", text.lower()) is not None


def base_name(name: str) -> str:
    """The name of a switch without the ``no`` that turns it off."""
    head, dot, last = name.rpartition(".")
    bare = head + dot + last[2:]
    on = head in ("allow", "allow.mount") or bare in (*_BOOLS, *_KERNEL_BOOLS)
    return bare if last.startswith("no") and on else name


@dataclasses.dataclass(frozen=True)
class Known:
    """The parameters that this kernel and jail(8) have: kind by name; and those that are fixed at creation."""

    kinds: t.Mapping[str, str]
    fixed: frozenset[str]

    def kind(self, name: str) -> str:
        if name.startswith(("meta.", "env.")):
            return "text"
        if name in self.kinds:
            return self.kinds[name]
        raise Problem(f"parameter {name} is not known to this host's jail(8){nearest(name, self.kinds)}")

    def in_kernel(self, name: str) -> bool:
        return name not in OWN

    def default(self, name: str) -> Values | None:
        """What the kernel sets when nothing is said; None when that depends on the host."""
        if name.startswith("allow."):
            return ("true",) if name in _ON_BY_DEFAULT else ("false",)
        return DEFAULTS.get(name)

    def same(self, name: str, one: Values | None, other: Values | None) -> bool:
        return self.normal(name, one) == self.normal(name, other)

    def normal(self, name: str, values: Values | None) -> Values | None:
        """Values in the one spelling in which they are compared."""
        if values is None:
            return None
        kind = self.kind(name)
        if kind == "bool":
            return ("false",) if values and is_false(values[-1]) else ("true",)
        if kind == "jailsys":
            last = values[-1].lower() if values else ""
            return ({"0": "disable", "2": "inherit", **dict.fromkeys(("", "1", "true"), "new")}.get(last, last),)
        if kind == "address":
            return tuple(bare_address(text) for value in values for text in split_addresses(value))
        if kind == "int":
            return tuple(str(int(value)) if re.fullmatch(r"-?[0-9]+", value) else value for value in values[-1:])
        if name == "path":
            return tuple(value.rstrip("/") or "/" for value in values[-1:])
        return values if kind == "list" else (values[-1:] or ("",))


def split_addresses(value: str) -> list[str]:
    """A string of the file may have several: jail(8) takes what is before a prefix or a space; ``-`` is none."""
    text = re.split("[/ ]", value.partition("|")[2] or value)[0]
    return [] if text in ("", "-") else text.split(",")


def bare_address(value: str) -> str:
    """An address as the kernel has it, without the interface before it and the prefix behind it."""
    text = re.sub(r"^.*\||[/ ].*$", "", value.strip())
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def parse_known(types: str, fixed: str) -> Known:
    """From ``sysctl -t`` and ``sysctl -T`` of ``security.jail.param``; ``ip4.`` is the parameter ``ip4`` itself."""
    kinds: dict[str, str] = {**LOADABLE, **OWN}
    for line in types.splitlines():
        oid, _colon, kind = line.partition(": ")
        name = oid[len("security.jail.param.") :]
        if kind == "node":
            continue
        if name.endswith("."):
            kinds[name[:-1]] = "bool" if name.startswith("allow.") else "jailsys"
        elif name == "vnet":
            kinds[name] = "jailsys"
        elif name in _KERNEL_BOOLS or name.startswith("allow."):
            kinds[name] = "bool"
        else:
            kinds[name] = {"string": "text", "opaque": "address"}.get(kind, "int")
    names = [line.partition(": ")[0][len("security.jail.param.") :] for line in fixed.splitlines() if line]
    return Known(kinds, frozenset(name.rstrip(".") for name in names))


def parse_value(name: str, value: t.Any, known: Known) -> Values:
    """A declared value as strings; raises Problem for one that the parameter cannot have."""
    kind = known.kind(name)  # also refuses a name that is not known
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    if len(items) > 1 and kind not in ("list", "address"):
        raise Problem(f"{name} has one value, not {len(items)}")
    texts = tuple(_text_of(name, item) for item in items) or (() if kind == "address" else ("",))
    if kind == "bool":
        if texts[0].lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
            raise Problem(f"{name} is a switch: {value!r} is neither true nor false")
        return ("true",) if texts[0].lower() in ("true", "1", "yes", "on") else ("false",)
    if kind == "int":
        _check_number(name, texts[0])
    if kind == "jailsys":
        texts = _parse_share(name, texts[0])
    if kind == "address":
        _check_addresses(name, texts)
    _check_text(name, texts[0] if texts else "")
    return texts


def _check_text(name: str, text: str) -> None:
    if name.startswith(("meta.", "env.")) and "\n" in text:
        raise Problem(f"{name} has more than one line, of which the kernel would make keys of their own")
    size = len(text.encode("utf-8", "surrogateescape"))
    most = _BYTES.get(name.partition(".")[0] if name.startswith(("meta.", "env.")) else name, size)
    if size > most:
        raise Problem(f"{name} has {size} bytes, at most {most} are possible")


def _check_number(name: str, text: str) -> None:
    if not re.fullmatch(r"-?[0-9]{1,20}", text):
        raise Problem(f"{name} is a number: {text!r} is none")
    least, most = _RANGES.get(name, _ANY_INT)
    if not least <= int(text) <= most:
        raise Problem(f"{name} is a number from {least} to {most}, not {text}")


def _parse_share(name: str, text: str) -> Values:
    """What a jail has of its own, shares or lacks; no jail lacks a network, a host name or ZFS."""
    lacks = () if name in ("vnet", "host", "zfs") else ("disable",)
    words = {"true": "new", "false": lacks[0] if lacks else "inherit"}
    found = words.get(text.lower(), text.lower())
    if found not in ("new", "inherit", *lacks):
        raise Problem(f"{name} is one of {', '.join(('new', 'inherit', *lacks))}, not {text!r}")
    return (found,)


def _text_of(name: str, value: t.Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int)):
        raise Problem(f"{name}: {value!r} is neither text nor a number")
    if "\x00" in str(value):
        raise Problem(f"{name}: a value has a null byte in it")
    return str(value)


def _check_addresses(name: str, texts: Values) -> None:
    version = 4 if name == "ip4.addr" else 6
    for text in texts:
        try:
            found = ipaddress.ip_address(bare_address(text))
        except ValueError:
            raise Problem(f"{name}: {text!r} is not an address") from None
        if found.version != version or "," in text or not re.fullmatch(r"([\w.:-]+\|)?[0-9A-Fa-f.:]+(/[0-9.]+)?", text):
            raise Problem(f"{name}: {text!r} is not an IPv{version} address, with or without interface| and /prefix")
