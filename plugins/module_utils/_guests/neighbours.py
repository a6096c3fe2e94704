# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses by MAC: from the host's table of neighbours and from the leases of DHCP servers on it. Private."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

ByMac = t.Dict[str, t.List[str]]
LEASES = ("/var/lib/misc", "/var/lib/libvirt/dnsmasq")
FILES = (
    "/var/db/dnsmasq.leases",
    "/var/lib/dhcp/dhcpd.leases",
    "/var/db/dhcpd/dhcpd.leases",
    "/var/lib/kea/kea-leases4.csv",
)
_MAC = r"(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}"
# ip neigh: 192.0.2.7 dev br0 lladdr 00:16:3e:00:00:07 REACHABLE
_IP = re.compile(rf"^(\S+) dev \S+ (?:.* )?lladdr ({_MAC}) (?!FAILED)", re.MULTILINE | re.IGNORECASE)
# arp: ? (192.0.2.7) at 58:9c:fc:00:00:07 on bridge0 expires in 1195 seconds [bridge]
_ARP = re.compile(rf"\((\S+)\) at ({_MAC})", re.IGNORECASE)
# ndp: fd00::7 58:9c:fc:0:0:7 bridge0 23h59m58s S
_NDP = re.compile(rf"^(\S*:\S*)\s+({_MAC})\s", re.MULTILINE | re.IGNORECASE)
_DHCPD = re.compile(r"^lease (\S+) \{(.*?)^\}", re.MULTILINE | re.DOTALL)


def read_arp(host: Host) -> ByMac:
    pairs: list[tuple[str, str]] = []
    if host.has("ip"):
        pairs = _IP.findall(_ask(host, "ip", "neigh", "show"))
    elif host.has("arp"):
        pairs = _ARP.findall(_ask(host, "arp", "-an"))
    if host.has("ndp"):
        pairs += _NDP.findall(_ask(host, "ndp", "-an"))
    return collect((mac, address) for address, mac in pairs)


def _ask(host: Host, *argv: str) -> str:
    try:
        return host.query(argv, ok=tuple(range(256))).out
    except Problem:
        return ""


def read_leases(host: Host) -> ByMac:
    found = [f"{folder}/{entry}" for folder in LEASES for entry in host.entries(folder)]
    texts = {path: host.read(path) for path in (*found, *FILES) if path.endswith((".leases", ".status", ".csv"))}
    return collect(pair for path, text in texts.items() if text for pair in parse_leases(path, text))


Pairs = t.Iterator[t.Tuple[str, str]]


def parse_leases(path: str, text: str) -> Pairs:
    """MAC and address of each lease; the newest of an address comes last in every format."""
    if path.endswith(".status"):
        return _parse_status(text)
    if path.endswith(".csv"):
        return _parse_columns(text.replace(",", " ").splitlines()[1:], 1, 0)
    if "dhcpd.leases" in path:
        return _parse_dhcpd(text)
    return _parse_columns(text.splitlines(), 1, 2)


def _parse_columns(lines: t.Iterable[str], mac: int, address: int) -> Pairs:
    """Of dnsmasq: expiry mac address name client-id; of Kea: address hwaddr and more."""
    for words in map(str.split, lines):
        if len(words) > max(mac, address):
            yield words[mac], words[address]


def _parse_dhcpd(text: str) -> Pairs:
    for address, body in _DHCPD.findall(text):
        mac = re.search(rf"hardware ethernet ({_MAC});", body, re.IGNORECASE)
        if mac and "binding state active" in body:
            yield mac.group(1), address


def _parse_status(text: str) -> Pairs:
    """Of libvirt's dnsmasq."""
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield str(row.get("mac-address", "")), str(row.get("ip-address", ""))


def collect(pairs: t.Iterable[tuple[str, str]]) -> ByMac:
    found: ByMac = {}
    for mac, address in pairs:
        if re.fullmatch(_MAC, mac.lower()):
            full = ":".join(part.zfill(2) for part in mac.lower().split(":"))
            found.setdefault(full, []).append(address)
    return found
