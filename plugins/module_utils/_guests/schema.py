# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One guest of any kind in one form: what the info modules return as ``guests`` and the inventories show. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size

TYPES = ("jail", "bhyve", "xen", "lxc", "nspawn", "libvirt", "lxd", "incus", "docker")
# Where an address is known from: what the tool says of the running guest, its configuration, leases of a DHCP server,
# the host's table of neighbours, and what the guest says of itself, which it may make up.
SOURCES = ("runtime", "config", "lease", "arp", "agent")
# A guest may write some of the values itself, so none is believed to be short.
LONGEST, MOST = 1024, 256
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclasses.dataclass(frozen=True)
class Guest:
    """The documentation of the module virt_host_info says what each field means; addresses are by their source here."""

    name: str
    type: str
    state: str
    owner: str = "base"
    id: int | None = None
    uuid: str | None = None
    hostname: str | None = None
    addresses: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    macs: tuple[str, ...] = ()
    memory: int | None = None
    vcpus: int | None = None
    autostart: bool | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    config_file: str | None = None
    root: str | None = None
    parent: str | None = None
    uri: str | None = None

    def show(self, host: str, sources: t.Sequence[str] = SOURCES) -> dict[str, t.Any]:
        """As plain data, with the host that it is on, and nothing longer than is good."""
        shown: dict[str, t.Any] = {"host": host}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            shown[field.name] = bound(value) if isinstance(value, str) else value
        shown["addresses"] = self.list_addresses(sources)
        shown["tags"] = list(dict.fromkeys(map(bound, self.tags[:MOST])))
        shown["macs"] = list(self.cards)
        return shown

    def list_addresses(self, sources: t.Sequence[str]) -> list[str]:
        found = [plain_address(one) for source in sources for one in self.addresses.get(source, ())[:MOST]]
        return list(dict.fromkeys(filter(None, found)))

    @property
    def cards(self) -> tuple[str, ...]:
        lower = [mac.lower().replace("-", ":") for mac in self.macs[:MOST]]
        return tuple(dict.fromkeys(mac for mac in lower if _MAC.fullmatch(mac)))

    def with_addresses(self, source: str, by_mac: t.Mapping[str, t.Sequence[str]]) -> Guest:
        """The same with what another source knows of its interfaces."""
        found = [address for mac in self.cards for address in by_mac.get(mac, ())]
        return dataclasses.replace(self, addresses={**self.addresses, source: found}) if found else self


FIELDS = ("host", *(field.name for field in dataclasses.fields(Guest)))


UNREADABLE = (Problem, *host.UNREADABLE)


def explain(error: Exception) -> str:
    return str(error) if isinstance(error, Problem) else f"what was printed cannot be read ({type(error).__name__})"


class Found(t.NamedTuple):
    """The guests of one kind, and what hid others."""

    guests: tuple[Guest, ...] = ()
    problems: tuple[str, ...] = ()

    def show(self) -> list[dict[str, t.Any]]:
        """As an info module returns them, on the host that it runs on."""
        return [guest.show(os.uname().nodename) for guest in self.guests]


def gather(names: t.Iterable[str], describe: t.Callable[[str], Guest], what: str) -> Found:
    """One guest for each name; one that cannot be read is a problem and hides no other."""
    guests, problems = [], []
    for name in names:
        try:
            guests.append(describe(name))
        except UNREADABLE as error:
            problems.append(f"{what} {bound(name)[:64]!r}: {explain(error)}")
    return Found(tuple(guests), tuple(problems))


def bound(text: str) -> str:
    """Text that fits into a result: not too long, and without what JSON could not carry."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")


def plain_address(text: str) -> str | None:
    """An address without prefix, interface or zone; None for what is none or leads nowhere else."""
    try:
        address = ipaddress.ip_address(re.sub(r"^.*\||[/%].*$", "", text.strip()))
    except ValueError:
        return None
    alone = address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    return None if alone else str(address)


def to_int(value: t.Any) -> int | None:
    """A whole number from a tool that may print anything."""
    text = str(value)
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def to_mebi(value: t.Any, bare: str) -> int | None:
    """MiB of a size as a setting has it, a bare number in units of ``bare``; none of what is no size, such as 50%."""
    try:
        return parse_size(str(value), bare) >> 20 if value else None
    except Problem:
        return None
