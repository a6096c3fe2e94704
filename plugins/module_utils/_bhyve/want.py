# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's parameters as a declaration, checked. Private; pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import (
    CONFIGS,
    STORE,
    check_guest_name,
    check_line,
    check_path,
    check_words,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want_devices import (
    WantDisk,
    WantNic,
    WantShare,
    read_disks,
    read_networks,
    read_passthru,
    read_shares,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import RATES, parse_amount

UP = ("started", "restarted")
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Seed = t.Tuple[t.Tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class WantGuest:
    """``plain``: options with one value each, by name, checked. ``limits``: amounts by resource, None lifts one.

    ``seed``: the files of cloud-init by name. ``config``: further keys, None removes one.
    """

    name: str
    state: str = "present"
    engine: str = "auto"
    directory: str | None = None
    plain: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    disks: tuple[WantDisk, ...] = ()
    purge_disks: bool = False
    networks: tuple[WantNic, ...] = ()
    purge_networks: bool = False
    passthru: tuple[str, ...] | None = None
    shares: tuple[WantShare, ...] = ()
    tpm: tuple[str, str, str] | None = None
    seed: Seed | None = None
    limits: t.Mapping[str, int | None] = dataclasses.field(default_factory=dict)
    autostart: bool | None = None
    start_order: int | None = None
    start_delay: int | None = None
    config: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    restart_policy: RestartPolicy = "never"
    timeout: int = 60
    force_stop: bool = False
    delete_storage: bool = False
    asked: float = 0.0
    secrets: frozenset[str] = frozenset()

    @property
    def switches(self) -> frozenset[str]:
        given = {"force_stop": self.force_stop, "delete_storage": self.delete_storage}
        return frozenset(name for name, on in given.items() if on)

    @property
    def base_file(self) -> str:
        return f"{CONFIGS}/{self.name}.conf"

    @property
    def base_folder(self) -> str:
        return self.directory or f"{STORE}/{self.name}"

    @property
    def goes_up(self) -> bool:
        return self.state in UP


def read_wants(params: t.Mapping[str, t.Any]) -> tuple[WantGuest, ...]:
    name = check_guest_name(params["name"])
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least 1 second, not {params['timeout']}")
    folder = params["directory"]
    password = params["vnc_password"]
    seed = _read_seed(name, params["cloud_init"])
    keys = ("state", "engine", "purge_disks", "purge_networks", "autostart", "start_order", "start_delay")
    return (
        WantGuest(
            name=name,
            directory=None if folder is None else check_path(folder, f"{name}: directory"),
            plain=dict(_read_plain(name, params)),
            disks=read_disks(name, params["disks"] or ()),
            networks=read_networks(name, params["networks"] or ()),
            passthru=None if params["passthru"] is None else read_passthru(name, params["passthru"]),
            shares=read_shares(name, params["shares"] or ()),
            tpm=_read_tpm(name, params["tpm"]),
            seed=seed,
            limits=_read_limits(name, params["limits"] or {}),
            config=_read_config(name, params["config"] or {}),
            asked=time.time(),
            secrets=frozenset([password] if password else []),
            **{key: params[key] for key in (*keys, "restart_policy", "timeout", "force_stop", "delete_storage")},
        ),
    )


_SWITCHES = ("wired_memory", "uefi_vars", "utctime", "graphics", "graphics_wait", "xhci_mouse", "virt_random")
_PATTERNS: t.Mapping[str, tuple[str, str]] = {
    "grub_run_partition": (r"[A-Za-z0-9]{1,20}", "msdos1"),
    "grub_run_dir": (r"/[A-Za-z0-9_./-]{0,100}", "/grub"),
    "graphics_res": (r"[1-9][0-9]{2,3}x[1-9][0-9]{2,3}", "1280x720"),
    "uuid": (_UUID, "6a1d3b0e-52f3-11f0-9d1e-589cfc000001"),
}


def _read_plain(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    """Options that are one key or a few in either kind of file."""
    _check_numbers(name, params)
    yield from _read_topology(name, params)
    if params["memory"] is not None:
        size = parse_size(params["memory"], "M", f"{name}: memory")
        if size % 2**20:
            raise Problem(f"{name}: memory {params['memory']!r} is not a whole number of MiB")
        yield "memory", size
    for option in (*_SWITCHES, "loader", "graphics_port", "virt_consoles"):
        if params[option] is not None:
            yield option, params[option]
    for option, (pattern, like) in _PATTERNS.items():
        if params[option] is not None:
            value = params[option].lower() if option == "uuid" else params[option]
            yield option, check_words(value, f"{name}: {option}", pattern, like)
    yield from _read_lines(name, params)
    yield from _read_screen(name, params)


def _read_lines(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    if params["firmware"] is not None:
        if params["loader"] not in ("uefi-custom", None):
            raise Problem(f"{name}: firmware is for loader=uefi-custom")
        yield "firmware", check_path(params["firmware"], f"{name}: firmware")
    if params["grub_commands"] is not None:
        lines = [check_line(line, f"{name}: grub_commands", bad='"%#') for line in params["grub_commands"]]
        yield "grub_commands", tuple(lines)
    if params["comports"] is not None:
        yield "comports", tuple(sorted(set(params["comports"])))


def _read_screen(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    if params["graphics_listen"] is not None:
        try:
            yield "graphics_listen", str(ipaddress.ip_address(params["graphics_listen"]))
        except ValueError:
            raise Problem(f"{name}: graphics_listen {params['graphics_listen']!r} is not an address") from None
    password = params["vnc_password"]
    if password is not None:
        # bhyve uses 8 characters of it, takes a % for a reference, and vm-bhyve a comma for the next option
        if not re.fullmatch(r"|[!-~]{1,8}", password) or re.search(r"[%,\\\"#=]", password):
            raise Problem(f'{name}: vnc_password must be 1 to 8 printable characters, without % , \\ " # and =')
        yield "vnc_password", password


def _check_numbers(name: str, params: t.Mapping[str, t.Any]) -> None:
    limits = {
        "graphics_port": (1, 65535),
        "virt_consoles": (0, 16),
        "start_order": (0, 9999),
        "start_delay": (0, 3600),
        **dict.fromkeys(("cpu", "cpu_sockets", "cpu_cores", "cpu_threads"), (1, 254)),
    }
    for option, (least, most) in limits.items():
        if params[option] is not None and not least <= params[option] <= most:
            raise Problem(f"{name}: {option} {params[option]} must be from {least} to {most}")


def _read_topology(name: str, params: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    """bhyve wants the product to be the number (FreeBSD 15.1), so what is not given is made to fit."""
    cpu = params["cpu"]
    parts = {option: params[option] for option in ("cpu_sockets", "cpu_cores", "cpu_threads")}
    given = {option: value for option, value in parts.items() if value is not None}
    product = 1
    for value in given.values():
        product *= value
    if cpu is not None and given and ((len(given) == 3 and product != cpu) or cpu % product):
        said = " times ".join(f"{option} {value}" for option, value in given.items())
        raise Problem(f"{name}: {said} is {product}, but cpu is {cpu}: bhyve starts only when they agree")
    if given and cpu is None:
        cpu = product
    elif given and product != cpu:  # what is left goes to the first that is not given
        (first, *_others) = (option for option in parts if option not in given)
        given[first] = (cpu or product) // product
    yield from given.items()
    if cpu is not None:
        yield "cpu", cpu


def _read_tpm(name: str, given: t.Mapping[str, t.Any] | None) -> tuple[str, str, str] | None:
    return None if given is None else (given["type"], check_path(given["path"], f"{name}: tpm: path"), given["version"])


def _read_seed(name: str, given: t.Mapping[str, t.Any] | None) -> Seed | None:
    if given is None:
        return None
    files = {
        "meta-data": given["meta_data"],
        "user-data": given["user_data"],
        "network-config": given["network_config"],
    }
    if files["meta-data"] is None:
        files["meta-data"] = {"instance-id": name, "local-hostname": name}
    if files["user-data"] is None:
        files["user-data"] = {}
    return tuple(
        (key, _seed_text(f"{name}: cloud_init: {key}", key, value)) for key, value in files.items() if value is not None
    )


def _seed_text(what: str, key: str, value: t.Any) -> str:
    """Text as it is, and data as JSON, which is YAML too."""
    if isinstance(value, (dict, list)):
        return ("#cloud-config\n" if key == "user-data" else "") + json.dumps(value, indent=1, sort_keys=True) + "\n"
    if not isinstance(value, str) or "\x00" in value:
        raise Problem(f"{what} must be text or data")
    return value


def _read_limits(name: str, given: t.Mapping[str, t.Any]) -> dict[str, int | None]:
    limits: dict[str, int | None] = {}
    for resource, amount in given.items():
        if amount is None:
            continue
        if amount.lower() == "none":
            limits[resource] = None
            continue
        limits[resource] = number = parse_amount(amount, resource)
        if number == 0:
            raise Problem(f"{name}: limits: {resource} 0 would stop the guest; none lifts a limit")
    return limits


def rule_of(resource: str, amount: int) -> str:
    """The tail of a rule: the kernel throttles rates and denies CPU time."""
    return f"{resource}:{'throttle' if resource in RATES else 'deny'}={amount}"


def _read_config(name: str, given: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    """Which keys there are depends on the engine; here only that each is one line."""
    found: dict[str, str | None] = {}
    for key, value in given.items():
        what = f"{name}: config: {str(key)[:60]}"
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", str(key)):
            raise Problem(f"{what!r} is not a key")
        found[str(key)] = None if value is None else check_line(value, what)
    return found
