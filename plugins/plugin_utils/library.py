# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""Asks a libvirt by its library: calls that tell of all domains at once, and the XML of each. Private."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import functools
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.hostwright.virt.plugins.module_utils._guests.libvirt import parse_domain
from ansible_collections.hostwright.virt.plugins.module_utils._guests.neighbours import ByMac, collect
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import UNREADABLE, Guest, explain, to_int

MISSING = (
    "the plugin libvirt needs the library libvirt-python on the controller: install python3-libvirt (Debian), or "
    "libvirt-dev and then pip install libvirt-python"
)
# Questions on their way at once, each of which waits for an answer over the network: libvirtd takes five of a client
AT_ONCE = 5
# Seconds for the agent of one guest; by itself libvirt 9.0 waits for ever
AGENT_PATIENCE = 5
R = t.TypeVar("R")


class Question(t.NamedTuple):
    """``host``: what the inventory calls the host of this libvirt, when it is to be in it."""

    uri: str
    host: str | None
    details: bool
    sources: tuple[str, ...]


def load_library() -> t.Any:
    try:
        import libvirt
    except ImportError as error:
        raise AnsibleError(f"{MISSING} ({error})") from None
    libvirt.registerErrorHandler(lambda _context, _error: None, None)  # it would print each error
    return libvirt


def ask_library(question: Question) -> dict[str, t.Any]:
    """What one libvirt says of itself and its domains, as plain data."""
    library = load_library()
    connection = connect(library, question)
    node = connection.getHostname()
    name = question.host or node
    guests, problems = list_domains(library, connection, question)
    guests = add_addresses(library, connection, guests, question.sources)
    return {
        "host": describe(connection, name, node) if question.host else None,
        "guests": [guest.show(name, question.sources) for guest, _domain in guests],
        "problems": problems,
    }


def connect(library: t.Any, question: Question) -> t.Any:
    """To read only, but for the agents, which libvirt lets nobody ask who may not also write."""
    flags = 0 if "agent" in question.sources else library.VIR_CONNECT_RO
    kinds = [library.VIR_CRED_AUTHNAME, library.VIR_CRED_PASSPHRASE]
    try:
        # Names and passwords are in libvirt's own auth.conf; what it does not have cannot be asked for here.
        return library.openAuth(question.uri, [kinds, lambda _credentials, _data: -1, None], flags)
    except library.libvirtError as error:
        raise AnsibleError(f"cannot connect: {error}") from None


Domains = t.List[t.Tuple[Guest, t.Any]]


def ask_each(domains: t.Sequence[t.Any], question: t.Callable[[t.Any], R]) -> list[R]:
    """A question to each domain, some at once: the library can, and it waits most of the time."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(question, domains))


def list_domains(library: t.Any, connection: t.Any, question: Question) -> tuple[Domains, list[str]]:
    """In five calls for any number of domains, and with ``details`` one for each, which nothing else tells of all."""
    prefix = "VIR_CONNECT_LIST_DOMAINS_"
    states = {"RUNNING": "started", "PAUSED": "paused", "SHUTOFF": "stopped", "OTHER": "other"}
    boot = {domain.UUIDString() for domain in connection.listAllDomains(getattr(library, prefix + "AUTOSTART"))}
    rows = [
        (state, domain)
        for word, state in states.items()
        for domain in connection.listAllDomains(getattr(library, prefix + word))
    ]
    known = read_all(library, question.uri, rows) if question.details else read_stats(library, connection)
    found: Domains = []
    problems: list[str] = []
    for state, domain in rows:
        uuid = domain.UUIDString()
        guest = known.get(uuid, None if question.details else Guest(domain.name(), "libvirt", state))
        if isinstance(guest, str):
            problems.append(f"{domain.name()[:64]!r}: {guest}")
        elif guest is not None:
            number = domain.ID() if state != "stopped" else -1
            guest = dataclasses.replace(
                guest,
                name=domain.name(),
                state=state,
                uuid=uuid,
                uri=question.uri,
                id=number if number >= 0 else None,
                autostart=uuid in boot,
            )
            found.append((guest, domain))
    return found, problems


Known = t.Dict[str, t.Union[Guest, str, None]]


def read_all(library: t.Any, uri: str, rows: t.Sequence[tuple[str, t.Any]]) -> Known:
    domains = [domain for _state, domain in rows]
    read = functools.partial(_read_guest, library, uri)
    return dict(zip((domain.UUIDString() for domain in domains), ask_each(domains, read)))


def _read_guest(library: t.Any, uri: str, domain: t.Any) -> Guest | str | None:
    """A guest of its XML, or why there is none; None of one that went away in between."""
    try:
        return parse_domain(domain.XMLDesc(0), uri)
    except library.libvirtError as error:
        return None if error.get_error_code() == library.VIR_ERR_NO_DOMAIN else str(error)
    except UNREADABLE as error:
        return explain(error)


def read_stats(library: t.Any, connection: t.Any) -> Known:
    """Memory and processors of all domains in one call; not every driver has it."""
    wanted = library.VIR_DOMAIN_STATS_BALLOON | library.VIR_DOMAIN_STATS_VCPU
    try:
        rows = connection.getAllDomainStats(wanted, 0)
    except library.libvirtError:
        return {}
    return {
        domain.UUIDString(): Guest(
            domain.name(),
            "libvirt",
            "",
            memory=(to_int(stats.get("balloon.current")) or 0) >> 10 or None,
            vcpus=to_int(stats.get("vcpu.current")),
        )
        for domain, stats in rows
    }


def add_addresses(library: t.Any, connection: t.Any, guests: Domains, sources: t.Collection[str]) -> Domains:
    """Leases in one call for each network; the table of neighbours and the agents in one for each domain that runs."""
    if "lease" in sources:
        leases = read_leases(library, connection)
        guests = [(guest.with_addresses("lease", leases), domain) for guest, domain in guests]
    for source in ("arp", "agent"):
        if source in sources:
            read = functools.partial(_list_addresses, library, source)
            up = [domain for guest, domain in guests if guest.state == "started"]
            found = dict(zip((domain.UUIDString() for domain in up), ask_each(up, read)))
            guests = [
                (dataclasses.replace(guest, addresses={**guest.addresses, source: found.get(guest.uuid, ())}), domain)
                for guest, domain in guests
            ]
    return guests


def _list_addresses(library: t.Any, source: str, domain: t.Any) -> list[str]:
    try:
        if source == "agent":
            domain.agentSetResponseTimeout(AGENT_PATIENCE, 0)
        number = getattr(library, f"VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_{source.upper()}")
        interfaces = domain.interfaceAddresses(number, 0)
    except library.libvirtError:  # no agent in it, one that is silent, or a driver that cannot say
        return []
    return [str(one.get("addr")) for interface in interfaces.values() for one in interface.get("addrs") or ()]


def read_leases(library: t.Any, connection: t.Any) -> ByMac:
    rows: list[t.Any] = []
    with contextlib.suppress(library.libvirtError):  # a driver without networks
        for network in connection.listAllNetworks(library.VIR_CONNECT_LIST_NETWORKS_ACTIVE):
            with contextlib.suppress(library.libvirtError):  # one without a DHCP server hides no other
                rows += network.DHCPLeases()
    return collect((str(row.get("mac")), str(row.get("ipaddr"))) for row in rows)


def describe(connection: t.Any, name: str, node: str) -> dict[str, t.Any]:
    """The host as far as libvirt tells; its other facts are those of ``virt_host_info`` on the host itself."""
    model, memory, cpus = connection.getInfo()[:3]
    version = connection.getLibVersion()
    return {
        "name": name,
        "node": node,
        "types": ["libvirt"],
        "lacks": [],
        "architecture": model,
        "cpus": cpus,
        "memory": {"total": memory, "free": None},
        "driver": connection.getType(),
        "libvirt_version": ".".join(str(part) for part in (version // 10**6, version // 1000 % 1000, version % 1000)),
    }
