# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host lacks for each kind of guests, and how to get it. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._guests.find import TOOLS
from ansible_collections.hostwright.virt.plugins.module_utils._guests.machine import PACKAGES

Lack = t.Dict[str, str]
_ONLY: t.Mapping[str, str] = {"jail": "FreeBSD", "bhyve": "FreeBSD"}
_LINUX = ("xen", "lxc", "nspawn", "lxd", "incus", "docker")


def list_lacks(machine: t.Mapping[str, t.Any], silent: t.Mapping[str, str]) -> list[Lack]:
    """For each kind what is in its way; a kind that is not here works."""
    found = []
    for kind, tool in TOOLS.items():
        system = machine["system"]
        if _ONLY.get(kind, system) != system or (kind in _LINUX and system != "Linux"):
            name = _ONLY.get(kind, "Linux")
            found.append(_lack(kind, f"this host is {system}", f"take a host with {name}"))
        elif not machine["tools"].get(tool):
            found.append(_lack(kind, f"{tool} is not there", install(tool, str(system))))
        elif kind == "nspawn" and not machine["features"].get("systemd"):
            found.append(_lack(kind, "systemd is not the init of this host", _SERVICE[kind]))
        else:
            said = [text for what, text in silent.items() if what.split()[0] == kind]
            found += [_lack(kind, text, _SERVICE.get(kind, "see that its service runs")) for text in said[:1]]
    return found + _list_features(machine["features"])


_SERVICE = {
    "xen": "reboot with the Xen entry of the boot menu",
    "nspawn": "machinectl needs systemd as the init of the host, with D-Bus",
    "libvirt": "start it: systemctl start libvirtd (Debian), service libvirtd onestart (FreeBSD)",
    "docker": "start it: systemctl start docker (Debian)",
    "lxd": "start it, and run lxd init once",
    "incus": "start it: systemctl start incus (Debian), and run incus admin init once",
}


def _list_features(features: t.Mapping[str, t.Any]) -> list[Lack]:
    """What guests would use of the kernel and does not hinder them."""
    ways = {
        "kvm": "switch it on in the firmware, and load kvm_intel or kvm_amd; without it QEMU emulates its guests",
        "racct": "put kern.racct.enable=1 into /boot/loader.conf and reboot; without it there are no limits by rctl",
        "vmm": "kldload vmm, and vmm_load=YES in /boot/loader.conf; bhyve needs it",
        "vnet": "take a kernel with the option VIMAGE, as GENERIC has it",
    }
    return [_lack(name, f"{name} is off", way) for name, way in ways.items() if features.get(name) is False]


def _lack(kind: str, what: str, how: str) -> Lack:
    return {"for": kind, "lack": what, "how": how}


def install(tool: str, system: str) -> str:
    debian, freebsd = PACKAGES[tool]
    package = freebsd if system == "FreeBSD" else debian
    if package == "(base)":
        return "it is in FreeBSD's base system: this one was made without it"
    return f"install {package} ({'FreeBSD' if system == 'FreeBSD' else 'Debian'})" if package else "not packaged"
