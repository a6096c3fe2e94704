# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of a move do on the other Dom0. Private.

Each method is one connection with a fixed script; what comes from the task is quoted for the shell at the other end.
"""

from __future__ import annotations

import base64
import os
import shlex
import stat
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Run
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import INCOMING, MOVES
from ansible_collections.hostwright.virt.plugins.module_utils._xen.peers import SSH

_TOOLS = {"ssh": "openssh-client", "scp": "openssh-client"}
# xl stays in the background for as long as the guest lives: it must not hold the connection
_QUIETLY = "</dev/null >/run/hostwright-xl.$$ 2>&1"
_SAY = "cat /run/hostwright-xl.$$ >&2; rm -f /run/hostwright-xl.$$"


def remote_api(method: str, destination: str, *args: str) -> str:
    """Resource API."""
    methods: dict[str, t.Callable[..., str]] = {
        "place": place,
        "link": link,
        "ship": ship,
        "restore": restore,
        "create": create,
        "drop_incoming": drop_incoming,
        "drop_save": drop_save,
        "undefine": undefine,
    }
    return methods[method](destination, *args)


def tell(destination: str, script: str, *args: str) -> str:
    """Run a script of sh there with arguments of its own."""
    words = " ".join(shlex.quote(arg) for arg in args)
    text = f"LC_ALL=C; export LC_ALL; set -eu\nset -- {words}\n{script}\n"
    return LocalHost(_TOOLS, {}).perform(Run(("ssh", *SSH, "--", destination, "sh"), stdin=text))


def _copy(destination: str, path: str) -> None:
    """To ``path.part`` there, and to its name when it is whole."""
    user, at, address = destination.rpartition("@")
    colon = f"{user}{at}[{address}]" if ":" in address else destination
    LocalHost(_TOOLS, {}).perform(Run(("scp", "-q", "-p", *SSH, "--", path, f"{colon}:{path}.part")))


def place(destination: str, path: str) -> str:
    """A small file, whatever is in it, in one connection."""
    with open(path, "rb") as stream:
        content, mode = stream.read(), stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
    return tell(
        destination,
        'mkdir -p -- "$(dirname -- "$1")"; rm -f -- "$1.part"; umask 077; printf %s "$2" | base64 -d > "$1.part"\n'
        'chmod "$3" -- "$1.part"; sync -- "$1.part"; mv -- "$1.part" "$1"',
        path,
        base64.b64encode(content).decode(),
        f"{mode:o}",
    )


def link(destination: str, name: str, path: str) -> str:
    return tell(destination, 'mkdir -p -- "$(dirname -- "$1")"; ln -sfn -- "$2" "$1"', name, path)


def ship(destination: str, path: str) -> str:
    """The memory of a guest: only root may read it, on the way too."""
    tell(destination, 'install -d -m 0700 -- "$1"; rm -f -- "$2.part"', MOVES, path)
    _copy(destination, path)
    size = LocalHost({}, {}).query(("stat", "-c", "%s", "--", path)).out.strip()
    check = 'test "$(stat -c %s -- "$1.part")" = "$2" || { echo "$1 did not arrive whole" >&2; exit 1; }'
    return tell(destination, check + '; sync -- "$1.part"; mv -- "$1.part" "$1"', path, size)


def restore(destination: str, name: str, path: str) -> str:
    """The file loses its name first: memory is used once, whatever happens to the connection afterwards."""
    return tell(
        destination,
        'mv -- "$2" "$2.used"\n'
        f'if xl restore -- "$2.used" {_QUIETLY}; then rm -f -- "$2.used" /run/hostwright-xl.$$; exit 0; fi\n'
        f'{_SAY}; xl domid "$1" >/dev/null 2>&1 || mv -- "$2.used" "$2"; exit 1',
        name,
        path,
    )


def create(destination: str, path: str) -> str:
    return tell(
        destination,
        f'if xl create -- "$1" {_QUIETLY}; then rm -f /run/hostwright-xl.$$; exit 0; fi\n{_SAY}; exit 1',
        path,
    )


def drop_incoming(destination: str, name: str) -> str:
    """Fails when the copy has started meanwhile."""
    return tell(
        destination,
        'xl destroy "$2"\n'
        'if xl domid "$1" >/dev/null 2>&1; then echo "$1 has started on this host meanwhile" >&2; exit 1; fi',
        name,
        name + INCOMING,
    )


def drop_save(destination: str, path: str) -> str:
    return tell(destination, 'rm -f -- "$1" "$1.used" "$1.part"', path)


def undefine(destination: str, *paths: str) -> str:
    return tell(destination, 'rm -f -- "$@"', *paths)
