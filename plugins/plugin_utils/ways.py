# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Ansible gets into a guest: variables of its own, and pointers to those of its host. Private; pure."""

from __future__ import annotations

import ipaddress
import typing as t

# The connection plugins that enter a guest from its host; each calls its variables by its own name
ENTERED = ("jail", "lxc", "nspawn")
LIBRARY = "hostwright.virt."
# How they reach the host when Ansible itself does it so; no way in leads through any other connection
REACHED = {"ssh": "ssh", "smart": "ssh", "paramiko": "ssh", "paramiko_ssh": "ssh", "local": "local"}
# Variables of the way to the host that are not those of the guest
_NOT_INHERITED = ("ansible_host", "inventory_hostname", "ansible_ssh_host", "ansible_connection", "ansible_pipelining")
_PASSWORDS = ("ansible_become_password", "ansible_become_pass", "ansible_sudo_pass", "ansible_doas_pass")


class Way(t.NamedTuple):
    """``plain`` are values, which are never templates; ``pointers`` are names of variables of the host."""

    plain: dict[str, t.Any]
    pointers: dict[str, str]


def find_address(guest: t.Mapping[str, t.Any], networks: t.Sequence[str], prefer: str) -> str | None:
    """The first address in one of the networks, of the preferred version before the other."""
    known = [ipaddress.ip_address(address) for address in guest["addresses"]]
    allowed = [ipaddress.ip_network(network, strict=False) for network in networks]
    usable = [one for one in known if not allowed or any(one in network for network in allowed)]
    usable.sort(key=lambda one: f"ipv{one.version}" != prefer)
    return str(usable[0]) if usable else None


def enter(guest: t.Mapping[str, t.Any], host: t.Mapping[str, t.Any], reached: str, names: t.Iterable[str]) -> Way:
    """Through the guest's host, by the connection plugin of its type; ``names``: what that of the host reads.

    ``reached``: by ssh or local. It is always said, for a host may be called localhost and be reached by ssh.
    """
    kind = guest["type"]
    plain: dict[str, t.Any] = {"ansible_connection": LIBRARY + kind, f"ansible_{kind}_name": guest["name"]}
    plain["ansible_host_connection"] = reached
    if kind == "lxc":
        plain["ansible_lxc_path"] = guest["config_file"].rsplit("/", 2)[0]
    pointers = {name: name for name in names if name in host and name not in _NOT_INHERITED}
    if reached == "local":
        plain[f"ansible_{kind}_host"] = "localhost"
        pointers = {}
    elif "ansible_host" in host:
        pointers[f"ansible_{kind}_host"] = "ansible_host"
    else:
        plain[f"ansible_{kind}_host"] = host["inventory_hostname"]
    method = str(host.get("ansible_become_method", "sudo")).rsplit(".", 1)[-1]
    becomes = str(host.get("ansible_become", "")).lower() in ("true", "yes", "on", "1")
    if becomes and method in ("sudo", "doas"):
        plain["ansible_host_become"] = method
    for password in _PASSWORDS:
        if password in host:
            pointers["ansible_host_become_password"] = password
            break
    if becomes and "ansible_become_user" in host:
        pointers["ansible_host_become_user"] = "ansible_become_user"
    return Way(plain, pointers)
