# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where vm-bhyve keeps its guests: folders, or datasets of ZFS that are mounted. Private."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import VM_BHYVE, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host


@dataclasses.dataclass(frozen=True)
class Datastore:
    """``dataset`` is empty without ZFS."""

    path: str
    dataset: str = ""

    def folder(self, name: str) -> str:
        return f"{self.path}/{name}"

    def config_file(self, name: str) -> str:
        return f"{self.path}/{name}/{name}.conf"

    def dataset_of(self, name: str) -> str:
        return f"{self.dataset}/{name}" if self.dataset else ""

    def guests(self, host: Host) -> list[str]:
        return [
            name for name in host.entries(self.path) if not name.startswith(".") and host.exists(self.config_file(name))
        ]


def find_datastores(host: Host, vm_dir: str) -> tuple[Datastore, ...]:
    """The first one is in rc.conf, others are in its folder; one command for all datasets."""
    if not vm_dir:
        return ()
    points: dict[str, str] = {}
    if vm_dir.startswith("zfs:"):
        points = _read_mountpoints(host)
    first = _open(vm_dir, points)
    if first is None:
        return ()
    more = values_of(host.read(f"{first.path}/.config/system.conf"), VM_BHYVE)
    names = more.get("datastore_list", "").split()
    specs = [more.get(f"path_{name}", "") for name in names]
    if any(spec.startswith("zfs:") for spec in specs) and not points:
        points = _read_mountpoints(host)
    others: t.Iterator[Datastore | None] = (_open(spec, points) for spec in specs)
    return (first, *(store for store in others if store is not None))


def _read_mountpoints(host: Host) -> dict[str, str]:
    text = host.query(("zfs", "list", "-H", "-t", "filesystem", "-o", "name,mountpoint")).out
    return dict(re.findall(r"^([^\t\n]+)\t(/[^\t\n]*)$", text, re.MULTILINE))


def _open(spec: str, points: t.Mapping[str, str]) -> Datastore | None:
    if not spec.startswith("zfs:"):
        return Datastore(spec.rstrip("/")) if spec.startswith("/") else None
    dataset = spec[len("zfs:") :]
    return Datastore(points[dataset].rstrip("/"), dataset) if dataset in points else None
