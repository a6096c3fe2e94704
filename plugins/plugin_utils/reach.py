# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""A way to a host by Ansible's own connection and become plugins, as a task would take it. Private."""

from __future__ import annotations

import contextlib
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import become_loader, connection_loader
from ansible.template import Templar
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources

Variables = t.Dict[str, t.Any]


def read_variables(inventory: t.Any, loader: t.Any, name: str, extra: Variables) -> Variables:
    """All that is known of a host so far: of earlier sources, of its groups, of group_vars and host_vars, of ``-e``."""
    host = inventory.get_host(name)
    sources = [*inventory.processed_sources, inventory.current_source]
    groups = sorted(
        {inventory.groups["all"], *host.get_groups()}, key=lambda group: (group.depth, group.priority, group.name)
    )
    found: Variables = {}
    for entity in [*groups, host]:
        found = combine_vars(found, get_vars_from_inventory_sources(loader, sources, [entity], "all"))
        found = combine_vars(found, entity.vars)
    found = combine_vars(found, extra)
    found.update(inventory_hostname=name, inventory_hostname_short=name.split(".", maxsplit=1)[0])
    return found


def is_true(value: t.Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1")


def name_connection(variables: Variables, loader: t.Any) -> str:
    """The connection plugin that Ansible takes for these variables."""
    kind = variables.get("ansible_connection", C.config.get_config_value("DEFAULT_TRANSPORT"))
    return str(Templar(loader=loader, variables=variables).template(kind))


def connect(variables: Variables, loader: t.Any) -> t.Any:
    """The connection plugin that these variables ask for, with its options and its become plugin."""
    templar = Templar(loader=loader, variables=variables)

    def value(name: str, default: t.Any) -> t.Any:
        return templar.template(variables[name]) if name in variables else default

    context = PlayContext()
    context.remote_addr = value("ansible_host", variables["inventory_hostname"])
    kind = name_connection(variables, loader)
    connection = connection_loader.get("ssh" if kind == "smart" else kind, context, None)
    if connection is None:
        raise AnsibleError(f"there is no connection plugin {kind!r}")
    connection.set_options(var_options=connection._resolve_option_variables(variables, templar))
    if is_true(value("ansible_become", C.config.get_config_value("DEFAULT_BECOME"))):
        method = str(value("ansible_become_method", C.config.get_config_value("DEFAULT_BECOME_METHOD")))
        become = become_loader.get(method)
        if become is None:
            raise AnsibleError(f"there is no become plugin {method!r}")
        names = C.config.get_plugin_vars("become", become._load_name)
        become.set_options(var_options={name: templar.template(variables[name]) for name in names if name in variables})
        connection.set_become_plugin(become)
    return connection


def template_ways(variables: Variables, loader: t.Any) -> Variables:
    """What a host has for its own connection, as others see it: each text is a template among its variables."""
    templar, found = Templar(loader=loader, variables=variables), {}
    for name, value in variables.items():
        if name.startswith("ansible_"):
            with contextlib.suppress(AnsibleError):  # one that is wrong and not needed
                found[name] = templar.template(value)
    return found


def list_ssh_variables() -> list[str]:
    """The names of all variables that Ansible's ssh reads."""
    plugin = connection_loader.get("ssh", class_only=True)
    return list(C.config.get_plugin_vars("connection", plugin._load_name))


def run_command(connection: t.Any, command: str) -> tuple[int, bytes, bytes]:
    """One command, with become when the connection has it."""
    if connection.become is not None:
        command = connection.become.build_become_command(command, connection._shell)
    rc, out, err = connection.exec_command(command, sudoable=True)
    return rc, bytes(out), bytes(err)
