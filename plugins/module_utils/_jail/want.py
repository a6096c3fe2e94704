# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may say about a jail, and what of it cannot be. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._jail import devfs, mounts, networks, ready, roots
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import READ_ONLY, base_name

# Options that are a parameter of jail(8) under a name of their own.
NAMED: t.Mapping[str, tuple[str, dict[str, t.Any]]] = {
    "path": ("path", {"type": "str"}),
    "hostname": ("host.hostname", {"type": "str"}),
    "ip4_addr": ("ip4.addr", {"type": "list", "elements": "str"}),
    "ip6_addr": ("ip6.addr", {"type": "list", "elements": "str"}),
    "interface": ("interface", {"type": "str"}),
    "vnet": ("vnet", {"type": "bool"}),
    "vnet_interface": ("vnet.interface", {"type": "list", "elements": "str"}),
    "persist": ("persist", {"type": "bool"}),
    "depend": ("depend", {"type": "list", "elements": "str"}),
    "exec_start": ("exec.start", {"type": "list", "elements": "str"}),
    "exec_stop": ("exec.stop", {"type": "list", "elements": "str"}),
    "exec_clean": ("exec.clean", {"type": "bool"}),
    "mount_devfs": ("mount.devfs", {"type": "bool"}),
    "devfs_ruleset": ("devfs_ruleset", {"type": "int"}),
    "enforce_statfs": ("enforce_statfs", {"type": "int"}),
    "children_max": ("children.max", {"type": "int"}),
    "securelevel": ("securelevel", {"type": "int"}),
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {
        "type": "str",
        "choices": ["present", "started", "stopped", "restarted", "absent"],
        "default": "present",
    },
    **{option: spec for option, (_param, spec) in NAMED.items()},
    "root": roots.SPEC,
    "networks": networks.SPEC,
    "mounts": mounts.SPEC,
    "cpuset": {"type": "str"},
    "devfs_rules": {"type": "list", "elements": "str"},
    "zfs_datasets": {"type": "list", "elements": "str"},
    "params": {"type": "dict", "aliases": ["config"]},
    "purge": {"type": "bool", "default": False},
    "autostart": {"type": "bool", "aliases": ["boot"]},
    "autostart_after": {"type": "list", "elements": "str"},
    "adopt": {"type": "bool", "default": False},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "wait_for": ready.SPEC,
    "timeout": {"type": "int", "default": 120},
}
UP = ("started", "restarted")  # the states in which the jail runs
# When each option takes effect; compared with the module's documentation. ``params`` is live but for what is fixed.
EFFECTS = {
    **dict.fromkeys(("hostname", "ip4_addr", "ip6_addr", "devfs_ruleset", "enforce_statfs", "children_max"), "live"),
    **dict.fromkeys(("securelevel", "persist", "params", "autostart", "depend", "exec_stop", "purge"), "live"),
    **dict.fromkeys(("networks", "mounts", "cpuset", "devfs_rules", "zfs_datasets", "autostart_after"), "live"),
    **dict.fromkeys(("interface", "vnet_interface", "exec_start", "exec_clean", "mount_devfs"), "restart"),
    **dict.fromkeys(("path", "vnet", "root"), "recreate"),
}


@dataclasses.dataclass(frozen=True)
class WantJail:
    """One jail. ``params`` are by jail(8)'s own names, values as given; None unsets one."""

    name: str
    state: str = "present"
    params: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    root: roots.Root | None = None
    networks: tuple[networks.Network, ...] | None = None
    mounts: tuple[mounts.Mount, ...] | None = None
    cpuset: str | None = None
    devfs_rules: tuple[devfs.Rule, ...] | None = None
    zfs_datasets: tuple[str, ...] | None = None
    wait_for: ready.Ready | None = None
    purge: bool = False
    autostart: bool | None = None
    autostart_after: tuple[str, ...] = ()
    adopt: bool = False
    restart_policy: RestartPolicy = "never"
    timeout: int = 120
    switches: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    @property
    def kept(self) -> bool:
        return self.state != "absent"

    @property
    def waits(self) -> ready.Ready | None:
        return self.wait_for if self.state in UP else None

    @property
    def defines(self) -> bool:
        """Whether it says anything of the jail's definition."""
        parts = (self.root, self.networks, self.mounts, self.cpuset, self.zfs_datasets)
        return bool(self.params) or any(part is not None for part in parts)


def parse_wants(params: t.Mapping[str, t.Any]) -> tuple[WantJail, ...]:
    name = parse_jail_name(params["name"])
    given = parse_params(params)
    parts = _parse_parts(name, params, given)
    named = [*given, *(option for option, value in parts.items() if value is not None)]
    if params["state"] == "absent" and (named or params["autostart"]):
        raise Problem(f"jail {name}: {next(iter(named), 'autostart')} has no meaning with state=absent")
    if params["timeout"] < 1:
        raise Problem(f"jail {name}: timeout {params['timeout']} is not a number of seconds")
    behind = tuple(parse_jail_name(other) for other in params["autostart_after"] or ())
    if "." in name and params["autostart"]:
        raise Problem(
            f"jail {name}: rc.d/jail starts no jail in a jail: start it from exec.poststart of jail"
            f" {name.rpartition('.')[0]}"
        )
    return (
        WantJail(
            name=name,
            state=params["state"],
            params=given,
            **parts,
            purge=params["purge"],
            autostart=False if params["state"] == "absent" else params["autostart"],
            autostart_after=behind,
            adopt=params["adopt"],
            restart_policy=params["restart_policy"],
            timeout=params["timeout"],
        ),
    )


def _parse_parts(name: str, params: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options that are more than one parameter of jail(8); None for what is not named."""
    nets = params["networks"]
    parts: dict[str, t.Any] = {
        "root": roots.parse_root(name, params["root"], given.get("path")) if params["root"] else None,
        "networks": networks.parse_networks(name, nets) if nets is not None else None,
        "mounts": mounts.parse_mounts(name, params["mounts"]) if params["mounts"] is not None else None,
        "cpuset": parse_cpus(name, params["cpuset"]) if params["cpuset"] is not None else None,
        "devfs_rules": None,
        "zfs_datasets": None,
        "wait_for": ready.parse_ready(name, params["wait_for"]) if params["wait_for"] is not None else None,
    }
    if params["devfs_rules"] is not None:
        parts["devfs_rules"] = tuple(devfs.parse_rule(text) for text in params["devfs_rules"])
        devfs.check_number(given.get("devfs_ruleset"))
    if params["zfs_datasets"] is not None:
        parts["zfs_datasets"] = tuple(dict.fromkeys(params["zfs_datasets"]))
        wrong = [text for text in parts["zfs_datasets"] if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*", text)]
        if wrong:
            raise Problem(f"jail {name}: {wrong[0][:60]!r} cannot be the name of a dataset")
    thin = bool(parts["root"] and parts["root"].mounts)
    for option, there, parameter in (
        ("mounts", parts["mounts"] is not None or thin, "mount"),
        ("zfs_datasets", parts["zfs_datasets"] is not None, "zfs.dataset"),
        ("networks", nets and given.get("vnet") is False, "vnet"),
        ("networks", nets, "ip4.addr"),
        ("networks", nets, "ip6.addr"),
    ):
        if there and given.get(parameter) not in (None, []):
            raise Problem(f"jail {name}: {option} and {parameter} exclude each other: give one of them")
    return parts


def parse_cpus(name: str, text: str) -> str:
    """``0-3,5`` in the one spelling that cpuset(1) takes, or ``all``."""
    if text == "all":
        return text
    found = re.fullmatch(r"[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*", text)
    ranges = [part.partition("-") for part in text.split(",")] if found else []
    if not ranges or any(int(last or first) < int(first) for first, _dash, last in ranges):
        raise Problem(f"jail {name}: cpuset {text[:60]!r} is no list of CPUs, such as 0-3,5, and not all")
    return text


def parse_jail_name(name: str) -> str:
    """A name that is one word for jail.conf, rc.conf's list and a file of its own; a dot is for a jail in a jail."""
    parts = name.split(".")
    if not all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", part) for part in parts):
        raise Problem(
            f"jail name {name[:40]!r} cannot be used: letters, digits, _ and inside also - (a dot is a jail in a jail)"
        )
    if any(part.isdigit() for part in parts):
        raise Problem(f"jail name {name!r} cannot be used: jail(8) takes a number for the number of a jail")
    if len(name) > 63:
        raise Problem(f"jail name {name[:20]!r}... is too long: {len(name)} characters, at most 63")
    return name


def parse_params(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """All parameters of the task by jail(8)'s names; one that is given in two ways is an error."""
    found: dict[str, t.Any] = {}
    for option, (name, _spec) in NAMED.items():
        if params.get(option) is not None:
            found[name] = params[option]
    for key, value in (params.get("params") or {}).items():
        name = base_name(str(key))
        if not re.fullmatch(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+)*", name):
            raise Problem(f"parameter {str(key)[:60]!r} cannot be: a name is words with dots between them")
        if name in READ_ONLY:
            raise Problem(f"parameter {name} cannot be declared: jail(8) or the kernel sets it")
        if name in found:
            raise Problem(f"parameter {name} is given twice")
        found[name] = value if name == key or value is None else not _is_on(value)
    return found


def _is_on(value: t.Any) -> bool:
    return str(value).lower() in ("", "true", "yes", "on", "1")
