# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes more than one command: starting with a reason, stopping without a kill, waiting for the guest. Private."""

from __future__ import annotations

import os
import re
import struct
import time
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Run
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import virsh
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import find_device
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import parse, render
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError, LocalHost

PACKAGES = {
    "virsh": "libvirt-clients (Debian) or libvirt (FreeBSD)",
    "qemu-img": "qemu-utils (Debian) or qemu-tools (FreeBSD)",
}
PATIENCE = 3600.0
_AGAIN = 10.0
_KILL_TIME = 30.0
# Folders of logs below /var/log/libvirt
_LOGS = {"qemu": "qemu", "lxc": "lxc", "xen": "libxl", "bhyve": "bhyve"}


def images_api(method: str, paths: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """What the headers of images say, by path; those that are not there are left out."""
    found: dict[str, dict[str, t.Any]] = {}
    if method != "read":
        raise KeyError(method)
    for path in paths:
        try:
            with open(path, "rb") as stream:
                found[path] = _read_header(stream)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, struct.error) as error:
            raise Problem(f"the disk {path} cannot be read: {error}") from None
    return found


def _read_header(stream: t.BinaryIO) -> dict[str, t.Any]:
    """The format and size that the guest sees; a file that is not qcow2 counts as raw."""
    head = stream.read(32)
    if head[:4] != b"QFI\xfb" or len(head) < 32:
        return {"format": "raw", "size": stream.seek(0, os.SEEK_END), "backing": ""}
    place, length = struct.unpack(">QI", head[8:20])
    (size,) = struct.unpack(">Q", head[24:32])
    stream.seek(place)
    backing = stream.read(length if place and length <= 1023 else 0)
    return {"format": "qcow2", "size": size, "backing": backing.decode("utf-8", "replace")}


def domain_api(method: str, uri: str, *args: t.Any) -> t.Any:
    return _METHODS[method](LocalHost(PACKAGES, {}), uri, *args)


def start(host: LocalHost, uri: str, name: str, paused: bool) -> str:
    driver = re.split("[+:]", uri)[0]
    early = paused and driver in ("qemu", "xen")
    try:
        host.perform(Run(virsh(uri, "start", name, *(("--paused",) if early else ())), timeout=PATIENCE))
    except CommandError as error:
        reason = " ".join(line.replace("error: ", "", 1) for line in error.reply.err.split("\n") if line.strip())
        raise Problem(f"{reason}{_tail(host, driver, name, reason)}") from None
    if paused and not early:
        host.perform(Run(virsh(uri, "suspend", name)))
    return ""


def _tail(host: LocalHost, driver: str, name: str, reason: str) -> str:
    """The last words of the emulator, unless libvirt has them already."""
    path = f"/var/log/libvirt/{_LOGS.get(driver, driver)}/{name}.log"
    lines = [line.strip() for line in (host.read(path) or "").splitlines() if line.strip()]
    words = [
        line for line in lines[-6:] if "=" not in line.split(" ")[0] and not line.startswith("/") and line not in reason
    ]
    return f"; {path} ends with: {' | '.join(words)}"[:1500] if words else ""


def _is_chatter(line: str) -> bool:
    """The command line of the emulator, and what libvirt writes around it."""
    return bool(re.search(r"^[A-Z_]+=|^-|^/|: (starting up|shutting down)|: info : ", line))


def stop(host: LocalHost, uri: str, name: str, timeout: float, force: bool) -> str:
    """Ask a guest to shut down until it has; a system that is still starting does not hear it the first time."""
    left = float(timeout)
    while left > 0 and _is_up(host, uri, name):
        host.query(virsh(uri, "shutdown", name), ok=(0, 1))  # 1: it has ended meanwhile, or cannot be asked
        if _ends(host, uri, name, min(left, _AGAIN)):
            return ""
        left -= _AGAIN
    if not _is_up(host, uri, name):
        return ""
    if not force:
        raise Problem(
            f"it has not shut down within {timeout:g} s; give it more timeout, or kill it with force_stop=true"
        )
    host.query(virsh(uri, "destroy", name), ok=(0, 1))
    if not _ends(host, uri, name, _KILL_TIME):
        raise Problem(f"it was killed, and has not ended after {_KILL_TIME:g} s")
    return ""


def _is_up(host: LocalHost, uri: str, name: str) -> bool:
    """A guest that only ran is gone altogether when it has ended."""
    reply = host.query(virsh(uri, "domstate", name), ok=(0, 1))
    if reply.rc and "failed to get domain" not in reply.err:
        raise CommandError(virsh(uri, "domstate", name), reply)
    return reply.rc == 0 and reply.out.strip() != "shut off"


def _ends(host: LocalHost, uri: str, name: str, timeout: float) -> bool:
    return _comes(lambda: not _is_up(host, uri, name), timeout)


def _comes(there: t.Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not there():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True


def _dump(host: LocalHost, uri: str, name: str) -> ET.Element:
    return parse(host.query(virsh(uri, "dumpxml", "--security-info", name)).out)


def detach(host: LocalHost, uri: str, name: str, kind: str, key: str, timeout: float) -> str:
    """The guest must let go of a device, which takes a moment, or never happens."""
    old = find_device(_dump(host, uri, name), kind, key)
    if old is None:
        return ""
    host.perform(Run(virsh(uri, "detach-device", name, "/dev/stdin", "--live"), stdin=render(old)))
    if not _comes(lambda: find_device(_dump(host, uri, name), kind, key) is None, timeout):
        raise Problem(
            f"the guest has not let go of it within {timeout:g} s; it is gone at the next start, as the definition is "
            "without it already"
        )
    return ""


def set_memory(host: LocalHost, uri: str, name: str, size: int, timeout: float) -> str:
    """The guest gives memory back, or takes it, by its balloon driver."""
    host.perform(Run(virsh(uri, "setmem", name, str(size // 1024), "--live")))

    def reached() -> bool:
        current = _dump(host, uri, name).findtext("currentMemory") or "0"
        return int(current) == size // 1024

    if not _comes(reached, timeout):
        raise Problem(f"the guest has not come to this size within {timeout:g} s, as its balloon driver does not run")
    return ""


def delete_volume(host: LocalHost, uri: str, pool: str, volume: str) -> str:
    reply = host.query(virsh(uri, "vol-delete", "--pool", pool, volume), ok=(0, 1))
    if reply.rc and "failed to get vol" not in reply.err:
        raise CommandError(virsh(uri, "vol-delete", "--pool", pool, volume), reply)
    return ""


_METHODS: t.Mapping[str, t.Callable[..., str]] = {
    "start": start,
    "stop": stop,
    "detach": detach,
    "set_memory": set_memory,
    "delete_volume": delete_volume,
}
