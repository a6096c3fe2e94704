# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task declares, normalised."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_name, parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import names
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.settings import KNOWN_SETTINGS, OWN_OPTION

# What the servers' files give a meaning to, or the list of LUNs that FreeBSD's kernel writes as XML.
UNFIT = frozenset('"\\#$,<>&`')
# The smallest that LVM, ZFS and the SCSI layer all take.
SMALLEST = 1024**2


@dataclasses.dataclass(frozen=True)
class Chap:
    """CHAP of an initiator with a target; ``_in`` is the other direction (mutual CHAP). Empty: not used."""

    user: str = ""
    password: str = dataclasses.field(default="", repr=False)
    user_in: str = ""
    password_in: str = dataclasses.field(default="", repr=False)


NO_CHAP = Chap()


@dataclasses.dataclass(frozen=True)
class Backing:
    """Where the bay keeps the volume: ``place`` is the volume group, the parent dataset or the directory."""

    type: str
    place: str

    def path_of(self, name: str) -> str:
        if self.type == "lvm":
            return f"/dev/{self.place}/{name}"
        if self.type == "zfs":
            return f"/dev/zvol/{self.place}/{name}"
        return f"{self.place}/{name}.img"


@dataclasses.dataclass(frozen=True)
class WantVolume:
    """One volume, on the bay (present, absent) or on an initiator (attached, detached). None: not managed."""

    name: str
    target: str
    state: str = "present"
    lun: int | None = None
    size: int | None = None
    provider: str = "auto"
    backing: Backing | None = None
    initiators: tuple[str, ...] | None = None
    chap: Chap | None = None
    portals: tuple[names.Portal, ...] = ()
    startup: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    discover: bool = False
    multipath: bool | None = None
    timeout: int = 60
    delete_storage: bool = False
    force: bool = False
    restart_policy: RestartPolicy = "never"

    @property
    def switches(self) -> frozenset[str]:
        return frozenset(name for name in ("delete_storage", "force") if getattr(self, name))

    @property
    def secrets(self) -> frozenset[str]:
        chap = self.chap or NO_CHAP
        return frozenset(secret for secret in (chap.password, chap.password_in) if secret)

    @property
    def link(self) -> str:
        return f"/dev/iscsi_{self.name}"


def wants(params: t.Mapping[str, t.Any]) -> tuple[WantVolume, ...]:
    name = parse_name(params["name"], "volume name", more="._-")
    initiators = params["initiators"]
    portals = _parse_portals(params)
    if params["state"] == "attached" and not portals:
        raise Problem(f"{name}: give portal (or portals), the address of the bay to attach it from")
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least 1 second, not {params['timeout']}")
    startup = params["auto_node_startup"]
    return (
        WantVolume(
            name=name,
            target=names.parse_iscsi_name(params["target"], "target"),
            state=params["state"],
            lun=names.parse_lun(params["lun"]),
            size=_parse_volume_size(params["size"]),
            provider=params["provider"],
            backing=_parse_backing(name, params["backing"]),
            initiators=None
            if initiators is None
            else tuple(sorted({names.parse_iscsi_name(initiator, "initiator") for initiator in initiators})),
            chap=_parse_chap(name, params),
            portals=portals,
            startup=None if startup is None else "automatic" if startup else "manual",
            settings=_parse_settings(params["node_settings"] or {}),
            discover=params["discover"],
            multipath=params["multipath"],
            timeout=params["timeout"],
            delete_storage=params["delete_storage"],
            force=params["force"],
            restart_policy=params["restart_policy"],
        ),
    )


def _parse_volume_size(value: str | None) -> int | None:
    if value is None:
        return None
    size = parse_size(value, "G", "size")
    if size < SMALLEST:
        raise Problem(f"size {value!r} is too small: a volume has at least 1M")
    if size % 512:
        raise Problem(f"size {value!r} is not a whole number of 512 byte sectors")
    return size


def _parse_portals(params: t.Mapping[str, t.Any]) -> tuple[names.Portal, ...]:
    texts = ([params["portal"]] if params["portal"] else []) + list(params["portals"] or ())
    portals = [names.parse_portal(text, params["port"]) for text in texts]
    return tuple(sorted(set(portals), key=portals.index))


def _parse_backing(name: str, params: t.Mapping[str, t.Any] | None) -> Backing | None:
    if params is None:
        return None
    kind = params["type"]
    option = {"lvm": "vg", "zfs": "dataset", "file": "directory"}[kind]
    surplus = [key for key in ("vg", "dataset", "directory") if key != option and params[key]]
    if not params[option] or surplus:
        raise Problem(f"{name}: backing of type {kind} needs {option}, and nothing but {option}, to say where")
    place: str = params[option]
    if kind == "file":
        if not place.startswith("/") or ".." in place.split("/") or not place.isprintable() or UNFIT & set(place):
            raise Problem(
                f"{name}: backing.directory {place!r} must be an absolute path without .. and without any of "
                f"{' '.join(sorted(UNFIT))}"
            )
        place = place.rstrip("/") or "/"
    elif kind == "lvm":
        parse_name(place, "backing.vg")
    else:
        for part in place.split("/"):
            parse_name(part, "backing.dataset", more="._-:")
    return Backing(kind, place)


def _parse_chap(name: str, params: t.Mapping[str, t.Any]) -> Chap | None:
    words = {
        "user": names.parse_chap_word(params["node_user"], "node_user"),
        "password": names.parse_chap_word(params["node_pass"], "node_pass", secret=True),
        "user_in": names.parse_chap_word(params["node_user_in"], "node_user_in"),
        "password_in": names.parse_chap_word(params["node_pass_in"], "node_pass_in", secret=True),
    }
    if params["node_auth"] == "None":
        if any(words.values()):
            raise Problem(f"{name}: node_auth is None, so node_user and the like must be left out")
        return NO_CHAP
    if params["node_auth"] is None and not any(words.values()):
        return None
    if not (words["user"] and words["password"]):
        raise Problem(f"{name}: CHAP needs node_user and node_pass")
    if bool(words["user_in"]) != bool(words["password_in"]):
        raise Problem(f"{name}: mutual CHAP needs both node_user_in and node_pass_in")
    if words["password"] == words["password_in"]:
        raise Problem(f"{name}: node_pass and node_pass_in must differ, else one answers with the other's word")
    return Chap(**words)


def _parse_settings(given: t.Mapping[str, t.Any]) -> tuple[tuple[str, str], ...]:
    settings = {}
    for key, value in sorted(given.items()):
        if key in OWN_OPTION:
            raise Problem(f"node_settings: {key} has an option of its own, {OWN_OPTION[key]}")
        if key not in KNOWN_SETTINGS:
            raise Problem(f"node_settings: open-iscsi knows no {key!r}{nearest(key, KNOWN_SETTINGS)}")
        text = {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)
        if not text or not text.isprintable() or text != text.strip():
            raise Problem(f"node_settings: {key} cannot be {value!r}")
        settings[key] = text
    return tuple(settings.items())
