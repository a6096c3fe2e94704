# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest's network interfaces: the text of xl-network-configuration(5) read and written. Private; pure."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

OVS_SCRIPT = "vif-openvswitch"
FIELDS = ("mac", "bridge", "script", "vifname", "model", "ip", "rate", "type", "backend", "gatewaydev")
_RUNNING = {"vifname": "ifname", "type": "nictype", "backend": "backend_domname"}
_RATE = re.compile(r"([0-9]+)([GMK]?)([bB]/s)(?:@([0-9]+)(s|ms|us)?)?")
_MAC = re.compile(r"[0-9a-fA-F]{1,2}([:-][0-9a-fA-F]{1,2}){5}")


@dataclasses.dataclass(frozen=True)
class Nic:
    """One interface; ``bridge`` carries VLANs as Xen's Open vSwitch script spells them: br0.42 or br0.42:7:8."""

    mac: str | None = None
    bridge: str | None = None
    script: str | None = None
    vifname: str | None = None
    model: str | None = None
    ip: str | None = None
    rate: str | None = None
    type: str | None = None
    backend: str | None = None
    gatewaydev: str | None = None
    more: tuple[str, ...] = ()

    def describe(self) -> dict[str, t.Any]:
        return {key: getattr(self, key) for key in FIELDS if getattr(self, key) is not None}


def parse_nic(spec: str) -> Nic:
    """``mac=...,bridge=...``; the last of a key wins, as in xl."""
    found: dict[str, t.Any] = {}
    more = []
    for word in filter(None, (word.strip(" ") for word in spec.split(","))):
        key, sign, value = word.partition("=")
        if sign and key in FIELDS:
            found[key] = parse_mac(value) if key == "mac" else value
        else:
            more.append(word)
    return Nic(**found, more=tuple(more))


def render_nic(nic: Nic) -> str:
    return ",".join([f"{key}={value}" for key, value in nic.describe().items()] + list(nic.more))


def nic_words(nic: Nic) -> tuple[str, ...]:
    """The same as the words that ``xl network-attach`` takes."""
    return tuple(render_nic(nic).split(","))


def read_nic(entry: t.Mapping[str, t.Any]) -> Nic:
    """An interface as ``xl list -l`` shows it."""
    found: dict[str, t.Any] = {key: entry.get(_RUNNING.get(key, key)) for key in FIELDS if key != "rate"}
    per_interval = entry.get("rate_bytes_per_interval")
    rate = f"{per_interval}@{entry.get('rate_interval_usecs')}" if per_interval else None
    return Nic(**{**found, "mac": parse_mac(str(found["mac"]))}, rate=rate)


def parse_mac(text: str) -> str:
    """A MAC in lower case with colons; refuses what no interface can have."""
    if not _MAC.fullmatch(text):
        raise Problem(f"{text!r} is not a MAC address: write six pairs of hexadecimal digits, like 00:16:3e:12:34:56")
    parts = [int(part, 16) for part in re.split("[:-]", text)]
    if parts[0] & 1:
        raise Problem(f"MAC address {text} is a multicast address: the first pair must be even")
    return ":".join(f"{part:02x}" for part in parts)


def make_mac(name: str, index: int) -> str:
    """An address in Xen's own range that follows from the guest's name, so that it never changes by itself."""
    digest = hashlib.sha256(f"{name}/{index}".encode()).digest()
    return f"00:16:3e:{digest[0] & 0x7F:02x}:{digest[1]:02x}:{digest[2]:02x}"


def tag_bridge(bridge: str, vlan: int | None, trunks: t.Sequence[int]) -> str:
    """The bridge with its VLANs in the words of vif-openvswitch."""
    tag = "" if vlan is None else f".{vlan}"
    return bridge + tag + "".join(f":{trunk}" for trunk in trunks)


def credit(rate: str | None) -> tuple[int, int] | None:
    """Bytes per interval and microseconds of a rate, whether as the user spells it or as ``read_nic`` does."""
    if not rate:
        return None
    plain = re.fullmatch(r"([0-9]+)@([0-9]+)", rate)
    if plain:
        return int(plain.group(1)), int(plain.group(2))
    match = _RATE.fullmatch(rate)
    if match is None:
        raise Problem(f"rate {rate!r} is not one that xl takes: write it like 10Mb/s, 1MB/s or 10Mb/s@20ms")
    number, unit, per, interval, of = match.groups()
    speed = int(number) * {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}[unit] // (8 if per[0] == "b" else 1)
    micros = int(interval) * {None: 10**6, "s": 10**6, "ms": 1000, "us": 1}[of] if interval else 50000
    return speed * micros // 10**6, micros


def same_nic(configured: Nic, running: Nic) -> bool:
    """Whether a running interface is the configured one; what the configuration leaves to Xen is not compared."""
    if credit(configured.rate) != credit(running.rate):
        return False
    return not any(
        getattr(configured, key) is not None and getattr(configured, key) != getattr(running, key)
        for key in FIELDS
        if key not in ("rate", "backend", "model", "type", "ip")
    )
