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
    "params": {"type": "dict", "aliases": ["config"]},
    "purge": {"type": "bool", "default": False},
    "autostart": {"type": "bool", "aliases": ["boot"]},
    "adopt": {"type": "bool", "default": False},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "timeout": {"type": "int", "default": 120},
}
# When each option takes effect; compared with the module's documentation. ``params`` is live but for what is fixed.
EFFECTS = {
    **dict.fromkeys(("hostname", "ip4_addr", "ip6_addr", "devfs_ruleset", "enforce_statfs", "children_max"), "live"),
    **dict.fromkeys(("securelevel", "persist", "params", "autostart", "depend", "exec_stop", "purge"), "live"),
    **dict.fromkeys(("interface", "vnet_interface", "exec_start", "exec_clean", "mount_devfs"), "restart"),
    **dict.fromkeys(("path", "vnet"), "recreate"),
}


@dataclasses.dataclass(frozen=True)
class WantJail:
    """One jail. ``params`` are by jail(8)'s own names, values as given; None unsets one."""

    name: str
    state: str = "present"
    params: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    purge: bool = False
    autostart: bool | None = None
    adopt: bool = False
    restart_policy: RestartPolicy = "never"
    timeout: int = 120
    switches: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    @property
    def kept(self) -> bool:
        return self.state != "absent"


def parse_wants(params: t.Mapping[str, t.Any]) -> tuple[WantJail, ...]:
    name = parse_jail_name(params["name"])
    given = parse_params(params)
    if params["state"] == "absent" and (given or params["autostart"]):
        raise Problem(f"jail {name}: {next(iter(given), 'autostart')} has no meaning with state=absent")
    if params["timeout"] < 1:
        raise Problem(f"jail {name}: timeout {params['timeout']} is not a number of seconds")
    return (
        WantJail(
            name=name,
            state=params["state"],
            params=given,
            purge=params["purge"],
            autostart=False if params["state"] == "absent" else params["autostart"],
            adopt=params["adopt"],
            restart_policy=params["restart_policy"],
            timeout=params["timeout"],
        ),
    )


def parse_jail_name(name: str) -> str:
    """A name that is one word for jail.conf, for rc.conf's list and for a file of its own."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", name):
        raise Problem(
            f"jail name {name[:40]!r} cannot be used: letters, digits, _ and inside also - (a dot is a jail in a jail)"
        )
    if name.isdigit():
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
