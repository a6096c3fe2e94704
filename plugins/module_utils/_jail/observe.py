# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A jail as it is: in the files, in the kernel, in rc.conf; read for any number of jails with the same commands."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail import devfs
from ansible_collections.hostwright.virt.plugins.module_utils._jail.around import Around, observe_around
from ansible_collections.hostwright.virt.plugins.module_utils._jail.conf import Node
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import (
    Source,
    effective,
    find_jails,
    load,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail.mounts import Mounted, parse_line
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import Known, Values, parse_known
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import WantJail

MAIN, FOLDER = "/etc/jail.conf", "/etc/jail.conf.d"
# Where the jails of the managers that we leave alone live; iocage is known by its names.
OWNERS = (
    ("bastille", "/usr/local/bastille/jails/"),
    ("appjail", "/usr/local/appjail/jails/"),
    ("pot", "/opt/pot/jails/"),
    ("cbsd", "/usr/jails/jails/"),
    ("ezjail", "/usr/jails/"),
    ("iocage", "/iocage/jails/"),
)
EZJAILS, EZBASE = "/usr/local/etc/ezjail", "/usr/jails/basejail"


@dataclasses.dataclass(frozen=True)
class Running:
    """A jail of the kernel."""

    jid: int
    params: t.Mapping[str, Values]
    dying: bool = False


@dataclasses.dataclass(frozen=True)
class Jail:
    """All that is known of one jail.

    ``files`` are the texts of every file that jail(8) may read for it, and of devfs.rules; ``names`` are the jails that
    run, ``paths`` the roots of the others; ``table`` has what is mounted by its mount point, ``mounted``; ``fresh``: it
    was made in this run, which only ``restarted`` asks for.
    """

    name: str
    known: Known
    files: t.Mapping[str, str]
    running: Running | None = None
    dying: tuple[int, ...] = ()
    mounted: frozenset[str] = frozenset()
    table: t.Mapping[str, Mounted] = dataclasses.field(default_factory=dict)
    names: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    around: Around = dataclasses.field(default_factory=Around)
    ezjails: frozenset[str] = frozenset()
    boot: bool = False
    boot_list: tuple[str, ...] = ()
    real_paths: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    fresh: bool = False

    @property
    def rc_file(self) -> str:
        """The file that rc.d/jail hands to jail(8): FreeBSD 14 and newer look in this order."""
        for name in (self.name, self.name.partition(".")[0]):  # a jail in a jail may be in the file of the other
            own, part = f"/etc/jail.{name}.conf", f"{FOLDER}/{name}.conf"
            if own in self.files:
                return own
            if part in self.files and not includes_folder(self.files):
                return part
        return MAIN

    def nodes(self, path: str) -> list[tuple[str, Node]]:
        return load(path, self.files.get, self.entries)

    def entries(self, folder: str) -> tuple[str, ...]:
        top = folder.rstrip("/") + "/"
        return tuple(sorted({path[len(top) :].partition("/")[0] for path in self.files if path.startswith(top)}))

    @property
    def source(self) -> Source | None:
        """Where its definition is."""
        found = [source for source in find_jails(self.nodes(self.rc_file)) if source.name == self.name]
        if len(found) > 1:
            raise Problem(
                f"jail {self.name} is defined twice, in {' and '.join(source.path for source in found)}: for jail(8)"
                " these are two jails; remove one"
            )
        return found[0] if found else None

    @property
    def home(self) -> str:
        """The file that has its definition, or shall have it."""
        source = self.source
        if source is not None:
            return source.path
        own = f"/etc/jail.{self.name}.conf"
        return own if own in self.files else f"{FOLDER}/{self.name}.conf"

    @property
    def declared(self) -> dict[str, Values] | None:
        """What the files say, as jail(8) reads them; None when it is not defined."""
        return effective(self.nodes(self.rc_file), self.name)

    @property
    def starts_at_boot(self) -> bool:
        return self.boot and self.name in self.at_boot

    @property
    def at_boot(self) -> tuple[str, ...]:
        """rc.d/jail starts the listed jails, or without a list all of jail.conf."""
        return self.boot_list or tuple(source.name for source in find_jails(self.nodes(MAIN)))

    @property
    def path(self) -> str:
        values = self.running.params.get("path") if self.running else (self.declared or {}).get("path")
        return values[-1] if values else ""


def includes_folder(files: t.Mapping[str, str]) -> bool:
    """Whether jail.conf takes the folder in by itself; rc.d/jail tells that by this pattern (15.1)."""
    return re.search(r"^[ \t]*\.include[ \t]*[\"']?/etc/jail.conf.d/", files.get(MAIN, ""), re.MULTILINE) is not None


def owner_of(name: str, path: str, marks: t.AbstractSet[str] = frozenset()) -> str:
    """The jail manager that made a jail, or ``base``. ``marks`` are ezjail's own files, one for each of its jails, or
    the base that its jails share: without both a folder in /usr/jails is nobody's.
    """
    if name.startswith("ioc-"):
        return "iocage"
    place = path.rstrip("/") + "/"
    owner = next((owner for owner, folder in OWNERS if folder in place), "base")
    folder = place.partition("/usr/jails/")[2].partition("/")[0]
    names = {name, folder, re.sub(r"\W", "_", name), re.sub(r"\W", "_", folder), EZBASE}
    plain = owner == "ezjail" and not names & marks
    return "base" if plain else owner


def observe(host: Host, wants: t.Sequence[WantJail]) -> dict[str, Jail]:
    _known, running, shared = read_host(host)
    jails = {want.name: jail_of(shared, want.name, running) for want in wants}
    return {want.name: _with_around(host, _with_real_path(host, jails[want.name], want), want) for want in wants}


def _with_around(host: Host, jail: Jail, want: WantJail) -> Jail:
    declared = {}
    with contextlib.suppress(Problem):  # a file that cannot be read is refused by the plan
        declared = jail.declared or {}
    path = str(want.params.get("path") or (declared.get("path") or (jail.path if declared else "",))[-1])
    vnet = jail.running.params.get("vnet") == ("new",) if jail.running else None
    number = jail.running.jid if jail.running else 0
    fresh = want.state == "restarted" and host.ask("jail", "is_fresh", want.name, number)
    around = observe_around(host, want, declared, path.rstrip("/"), vnet)
    return dataclasses.replace(jail, around=around, fresh=bool(fresh))


def jail_of(shared: Jail, name: str, running: t.Sequence[tuple[str, Running]]) -> Jail:
    mine = [jail for jail_name, jail in running if jail_name == name]
    alive = next((jail for jail in mine if not jail.dying), None)
    dying = tuple(jail.jid for jail in mine if jail.dying)
    names = frozenset(other for other, jail in running if not jail.dying)
    paths = frozenset(jail.params["path"][-1] for other, jail in running if not jail.dying and other != name)
    return dataclasses.replace(shared, name=name, running=alive, dying=dying, names=names, paths=paths)


def _with_real_path(host: Host, jail: Jail, want: WantJail) -> Jail:
    """The kernel has paths without symbolic links; another spelling of the same place is no change."""
    path = str(want.params.get("path") or "").rstrip("/")
    if jail.running is None or not path.startswith("/") or jail.running.params.get("path") == (path,):
        return jail
    reply = host.query(("realpath", "-q", path), ok=(0, 1))
    return dataclasses.replace(jail, real_paths={path: reply.out.rstrip("\n") or path})


def read_host(host: Host) -> tuple[Known, list[tuple[str, Running]], Jail]:
    """What all jails of a host have in common, in six reads."""
    for tool in ("jail", "jls"):
        if not host.has(tool):
            raise Problem(f"{tool} is not on this host: jails are a feature of FreeBSD, whose base system has it")
    tree = "security.jail.param"
    known = parse_known(host.query(("sysctl", "-t", tree)).out, host.query(("sysctl", "-T", tree)).out)
    running = parse_jls(host.query(("jls", "-d", "--libxo", "json", "-n")).out)
    rows = [row for row in map(parse_line, host.query(("mount", "-p")).out.splitlines()) if row]
    boot, boot_list = read_boot(host)
    shared = Jail(
        name="",
        known=known,
        files=read_files(host),
        mounted=frozenset(point for point, _row in rows),
        table=dict(rows),
        ezjails=frozenset(host.entries(EZJAILS)) or frozenset({EZBASE} if host.entries(EZBASE) else ()),
        boot=boot,
        boot_list=boot_list,
    )
    return known, running, shared


def read_files(host: Host) -> dict[str, str]:
    """jail.conf, the files of single jails, and whatever they include."""
    files: dict[str, str] = {}

    def read(path: str) -> str | None:
        text = host.read(path)
        if text is not None:
            files[path] = text
        return text

    parts = [f"{FOLDER}/{name}" for name in host.entries(FOLDER) if name.endswith(".conf")]
    others = [f"/etc/{name}" for name in host.entries("/etc") if name.startswith("jail.") and name.endswith(".conf")]
    for path in dict.fromkeys([MAIN, *others, *parts]):
        with contextlib.suppress(Problem):  # a file that jail(8) cannot read concerns the jails in it only
            load(path, read, host.entries)
    read(devfs.RULES)
    return files


def read_boot(host: Host) -> tuple[bool, tuple[str, ...]]:
    lines = host.query(("sysrc", "-n", "jail_enable", "jail_list"), ok=(0, 1)).out.split("\n")
    return lines[0].strip().upper() in ("YES", "TRUE", "ON", "1"), tuple(" ".join(lines[1:]).split())


def parse_jls(text: str) -> list[tuple[str, Running]]:
    """Jails by name; the names of jails that are dying may be there twice."""
    try:
        rows = json.loads(text)["jail-information"]["jail"]
    except (ValueError, KeyError, TypeError):
        raise Problem(f"jls answered what is no list of jails: {text[:200]!r}") from None
    found = []
    for row in rows:
        params = {name: _values(value) for name, value in row.items()}
        found.append((row["name"], Running(int(row["jid"]), params, params.get("dying") == ("true",))))
    return found


def _values(value: t.Any) -> Values:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return ("true" if value is True else "false" if value is False else str(value),)
