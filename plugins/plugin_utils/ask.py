# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks one host, in one command. Private."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import RC_CONF
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests import docker, libvirt, machine
from ansible_collections.hostwright.virt.plugins.module_utils._guests.find import Scope
from ansible_collections.hostwright.virt.plugins.module_utils._guests.info import describe_host
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.parse import show_argv
from ansible_collections.hostwright.virt.plugins.plugin_utils.reach import Variables, connect, run_command
from ansible_collections.hostwright.virt.plugins.plugin_utils.record import Probe, make_probe, read_record

SCRIPT = Path(__file__).with_name("probe.sh")


def make_question(scope: Scope, seconds: float) -> Probe:
    neighbours = ("neighbours",) if {"arp", "lease"} & set(scope.sources) else ()
    settings = {
        "types": " ".join((*scope.types, *neighbours)),
        "limit": str(max(int(seconds / 2), 1)),
        "uris": " ".join(scope.uris),
        "sysctl": " ".join(machine.SYSCTL),
        "zpools": " ".join(machine.ZPOOLS),
        "settings": " ".join(RC_CONF),
        "vgs": " ".join(machine.VGS),
        "show": " ".join(show_argv(())),
        "listing": libvirt.LISTING,
        "inspect": docker.FORMAT,
    }
    return make_probe(SCRIPT.read_text(encoding="utf-8"), settings, scope.lxc_paths)


def ask_host(variables: Variables, loader: t.Any, scope: Scope, seconds: float) -> dict[str, t.Any]:
    """What a host is and which guests it has, as plain data."""
    probe = make_question(scope, seconds)
    connection = connect(variables, loader)
    rc, out, err = run_command(connection, probe.command)
    try:
        host = read_record(out, probe.mark)
    except Problem as problem:
        complaint = err[-300:].decode("utf-8", "replace").strip()
        raise Problem(f"{problem}; rc={rc}" + (f"; stderr: {complaint!r}" if complaint else "")) from None
    answer = describe_host(host, scope, variables["inventory_hostname"])
    answer["problems"] = host.problems + answer["problems"]
    if host.uid != "0":
        who = f"it was asked as user number {host.uid or '?'}"
        answer["problems"].append(f"{who}, who may not see all guests: set ansible_become")
    if scope.named:
        answer["problems"] += [f"{what}: {said}" for what, said in answer["silent"].items()]
    return answer
