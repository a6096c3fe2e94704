# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes more than one command: asking what runs, starting with a reason, editing a template's file. Private."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import struct
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Remove, Run, Write
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError, LocalHost
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import edit
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.observe_files import read_includes
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.parse import has_address, parse_addresses

PACKAGES = {
    **dict.fromkeys(
        [
            "lxc-autostart",
            "lxc-cgroup",
            "lxc-copy",
            "lxc-create",
            "lxc-destroy",
            "lxc-device",
            "lxc-freeze",
            "lxc-info",
            "lxc-ls",
            "lxc-snapshot",
            "lxc-start",
            "lxc-stop",
            "lxc-unfreeze",
            "lxc-usernsexec",
        ],
        "lxc (Debian); there is LXC on Linux only",
    ),
    "ip": "iproute2",
    "nsenter": "util-linux",
    "btrfs": "btrfs-progs",
    "lvextend": "lvm2",
    "lvs": "lvm2",
    "resize2fs": "e2fsprogs",
    "zfs": "zfsutils-linux",
}
# Copying or unpacking a root takes its time
PATIENCE = 3600.0
# src/lxc/commands.h: the number of this command is the same from LXC 1.0 to 6.0
_GET_CONFIG_ITEM = 7
_HEADER = struct.Struct("iiP")


def lxc_api(method: str, *args: t.Any) -> t.Any:
    return _METHODS[method](*args)


def running_config(lxc_path: str, name: str, keys: t.Sequence[str]) -> dict[str, str]:
    """What a running container was started with, from its monitor: lxc-info -c reads the file instead (LXC 5.0).

    No answer where there is none, as for a path too long for the name of the socket.
    """
    found = {}
    for key in keys:
        try:
            code, text = _ask_monitor(f"{lxc_path}/{name}/command", key)
        except OSError:
            return {}
        found[key] = text if code == 0 else ""
    return found


def _ask_monitor(place: str, key: str) -> tuple[int, str]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(5)
        channel.connect(b"\0" + place.encode())
        data = key.encode() + b"\0"
        who = struct.pack("iII", os.getpid(), os.getuid(), os.getgid())
        request = _HEADER.pack(_GET_CONFIG_ITEM, len(data), 0)
        channel.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, who)])
        channel.sendall(data)
        code, length, _pointer = _HEADER.unpack(_receive(channel, _HEADER.size))
        if length > 2**20:
            raise OSError(errno.EPROTO, "the monitor speaks another protocol")
        return code, _receive(channel, max(length, 0)).rstrip(b"\0").decode("utf-8", "surrogateescape")


def _receive(channel: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = channel.recv(length - len(data))
        if not part:
            raise OSError(errno.EPROTO, "the monitor hung up")
        data += part
    return data


def describe_device(path: str) -> str:
    """``c 10:229`` for a device of this host, nothing for what is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return _kind(found)


def _kind(found: os.stat_result) -> str:
    letter = "c" if stat.S_ISCHR(found.st_mode) else "b" if stat.S_ISBLK(found.st_mode) else ""
    return letter and f"{letter} {os.major(found.st_rdev)}:{os.minor(found.st_rdev)}"


def inner_device(pid: int, path: str) -> str:
    """The same for a path inside a container; no link of the container is followed."""
    try:
        place = os.open(f"/proc/{pid}/root", os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return ""
    try:
        *folders, last = path.strip("/").split("/")
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        return _kind(os.stat(last, dir_fd=place, follow_symlinks=False))
    except OSError:
        return ""
    finally:
        os.close(place)


def configure(lxc_path: str, name: str, base: str, edits: t.Sequence[t.Any]) -> str:
    """Edit the file of a container, ``base`` when it has none; LXC must be able to read it before it is used."""
    host = LocalHost(PACKAGES, {})
    path = f"{lxc_path}/{name}/config"
    old = host.read(path)
    text = edit(base if old is None else old, read_includes(host, [base, old or ""]), edits, path)
    if text == old:
        return ""
    spare = f"{lxc_path}/{name}/.config.new"
    host.perform(Write(spare, text, 0o600))
    try:
        # --rcfile has LXC parse the file; the reason goes to the log only (LXC 5.0.2)
        # and a container of another name, as the present file may be one that LXC cannot read
        check = ("lxc-info", "-P", f"{lxc_path}/{name}", "-n", "new", "-s", "-l", "ERROR", "-o", "/dev/stderr")
        host.query((*check, "--rcfile", spare))
    except CommandError as error:
        raise Problem(
            f"LXC cannot read the new configuration: {_reason(error.reply.err)}; {path} is as it was"
        ) from None
    finally:
        host.perform(Remove(spare))
    host.perform(Write(path, text, 0o640 if old is None else host.mode(path) or 0o640))
    return ""


def start(lxc_path: str, name: str, log: str, timeout: float) -> str:
    """Start in the background; when that fails, the reason is in the log and nowhere else (LXC 5.0.2)."""
    host = LocalHost(PACKAGES, {})
    size = os.path.getsize(log) if os.path.exists(log) else 0
    os.makedirs(os.path.dirname(log), exist_ok=True)
    argv = ("lxc-start", "-P", lxc_path, "-n", name, "-d", "-l", "ERROR", "-o", log)
    try:
        host.perform(Run(argv, timeout=timeout))
    except CommandError as error:
        fresh = (host.read(log) or "").encode("utf-8", "surrogateescape")[size:].decode("utf-8", "replace")
        reason = _reason(fresh) or _reason(error.reply.err)
        raise Problem(f"{reason or 'LXC gave no reason'} (more in {log})") from None
    return ""


def rollback(lxc_path: str, name: str, snapshot: str) -> str:
    """LXC removes the container, then copies the snapshot (6.0.4). The file stays ours: a copy has other addresses."""
    host = LocalHost(PACKAGES, {})
    path = f"{lxc_path}/{name}/config"
    text, mode = host.read(path) or "", host.mode(path) or 0o640
    argv = ("lxc-snapshot", "-P", lxc_path, "-n", name, "-l", "ERROR", "-r", snapshot)
    try:
        host.perform(Run(argv, timeout=PATIENCE))
    finally:
        host.perform(Write(path, text, mode))
    return ""


def _reason(text: str) -> str:
    """The messages of the errors, first the cause; LXC ends with general remarks and repeats itself."""
    found = []
    for line in text.splitlines():
        match = re.search(r"ERROR +[\w-]+ - \S*?:\d+ - (.*)", line) or re.match(r"[\w-]+: (?!.*ERROR)(.*)", line)
        message = match.group(1) if match else ""
        if message and message not in found and not re.match(r"To get more|Additional information", message):
            found.append(message)
    return "; ".join(found[:4])


def all_or_nothing(argvs: t.Sequence[tuple[t.Sequence[str], t.Sequence[str]]]) -> str:
    """Run commands in order; when one fails, the last ``undo`` of those before it takes back what they did."""
    host = LocalHost(PACKAGES, {})
    back: t.Sequence[str] = ()
    for argv, undo in argvs:
        try:
            host.query(tuple(argv))
        except CommandError:
            if back:
                host.query(tuple(back), ok=tuple(range(256)))
            raise
        back = undo or back
    return ""


def wait_for_address(pid_argv: t.Sequence[str], timeout: float) -> str:
    """Wait until a running container has an address that others can reach."""
    host = LocalHost(PACKAGES, {})
    deadline = time.monotonic() + timeout
    while True:
        pid = re.sub(r"\D", "", host.query(tuple(pid_argv), ok=(0, 1)).out)
        if pid and has_address(parse_addresses(host.query(address_argv(int(pid)), ok=(0, 1)).out)):
            return ""
        if time.monotonic() > deadline:
            raise Problem(f"it has no address after {timeout:g} s; see whether its DHCP client runs, or give ipv4")
        time.sleep(0.2)


def address_argv(pid: int) -> tuple[str, ...]:
    return ("nsenter", f"--net=/proc/{pid}/ns/net", "ip", "-j", "addr", "show")


def started_at(pid: int) -> float:
    """When a process was started, in seconds of the epoch; to a hundredth, as the kernel counts."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            ticks = int(stream.read().rpartition(")")[2].split()[19])
    except OSError:
        return 0.0
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")


_METHODS: t.Mapping[str, t.Callable[..., t.Any]] = {
    "running_config": running_config,
    "describe_device": describe_device,
    "inner_device": inner_device,
    "configure": configure,
    "start": start,
    "all_or_nothing": all_or_nothing,
    "rollback": rollback,
    "wait_for_address": wait_for_address,
    "started_at": started_at,
}
