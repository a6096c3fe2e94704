# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of pf(4): what the files say, what was loaded from them, and what the kernel has. Private.

The kernel's rules never read as they were written: numbers become names, and options are added. So when rules are
loaded, the checksum of what the kernel then shows goes into the first line of their file. As long as both are as they
were, the kernel has the rules of the file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost
from ansible_collections.hostwright.virt.plugins.module_utils._pf.want import WantRules

MARK = "# hostwright.virt: in the kernel as "
BEGIN, END = "# BEGIN hostwright.virt anchors", "# END hostwright.virt anchors"
UNKNOWN = "/dev/pf"


@dataclasses.dataclass(frozen=True)
class Rules:
    """``body`` is the file without our first line, ``loaded`` its checksum; ``kernel`` that of the kernel's rules,
    empty for none. ``main`` is pf.conf, ``attached`` which kinds of rules of the host call the anchor.
    """

    there: bool = True
    body: str | None = None
    loaded: str = ""
    kernel: str = ""
    lines: tuple[str, ...] = ()
    main: str | None = None
    enabled: bool = False
    attached: tuple[str, ...] = ()

    @property
    def in_kernel(self) -> bool:
        return self.body is not None and self.loaded == self.kernel


def split_file(text: str | None) -> tuple[str | None, str]:
    """The rules of a file, and the checksum of what the kernel made of them."""
    first, _newline, rest = (text or "").partition("\n")
    return (rest, first[len(MARK) :]) if first.startswith(MARK) else (text, "-")


def join_file(body: str, checksum: str) -> str:
    return f"{MARK}{checksum}\n{body}"


def checksum(shown: str) -> str:
    """Of what ``pfctl -sr`` and ``-sn`` show; tables that pfctl makes itself have another name each time."""
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    text = re.sub(r"<__automatic_\w+>", "<__automatic>", "\n".join(lines))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32] if lines else ""


def spots(anchor: str) -> tuple[str, ...]:
    return ("-a", anchor) if anchor else ()


def observe(host: Host, wants: t.Sequence[WantRules]) -> dict[str, Rules]:
    return {want.name: _observe(host, want) for want in wants}


def _observe(host: Host, want: WantRules) -> Rules:
    if not host.has("pfctl"):
        raise Problem("pfctl is not on this host: pf(4) is a feature of FreeBSD, whose base system has it")
    main = host.read(want.config_file)
    body, loaded = split_file(host.read(want.path)) if want.anchor else split_file(main)
    status = host.query(("pfctl", "-s", "info"), ok=(0, 1))
    if status.rc and UNKNOWN not in status.err:
        raise Problem(f"pfctl: {status.err.strip() or 'no message'}")
    if status.rc:  # the module is not loaded; in check mode another task may be going to
        return Rules(there=False, body=body, loaded=loaded, kernel="-", main=main)
    if want.rules is not None:
        _validate(host, want, main)
    shown = [host.query(("pfctl", *spots(want.anchor), flag), ok=(0, 1)).out for flag in ("-sn", "-sr")]
    calls = [host.query(("pfctl", flag), ok=(0, 1)).out for flag in ("-sn", "-sr")] if want.anchor else []
    return Rules(
        body=body,
        loaded=loaded,
        kernel=checksum("\n".join(shown)),
        lines=tuple(line for text in shown for line in text.splitlines() if line.strip()),
        main=main,
        enabled="Status: Enabled" in status.out,
        attached=attachments("\n".join(calls), want.anchor),
    )


def _validate(host: Host, want: WantRules, main: str | None) -> None:
    """Also in check mode: what pfctl does not take is refused before anything is done."""
    text = wanted_body(want, main)
    reply = host.query(("pfctl", *spots(want.anchor), "-nf", "-"), ok=(0, 1), stdin=text)
    if reply.rc:
        lines = text.split("\n")
        found = re.search(r"stdin:(\d+):", reply.err)
        number = int(found.group(1)) if found else 0
        where = f" in {lines[number - 1]!r}" if 0 < number <= len(lines) else ""
        raise Problem(f"pf does not take the rules of {want.name}{where}: {reply.err.strip()}")


def attachments(calls: str, anchor: str) -> tuple[str, ...]:
    """Which kinds of rules of the host lead to the anchor: ``anchor``, ``nat-anchor``, ``rdr-anchor``."""
    kinds = []
    for kind, pattern in re.findall(r'^\s*((?:nat-|rdr-|binat-)?anchor) "([^"]*)"', calls, re.MULTILINE):
        stem = pattern[:-1] if pattern.endswith("/*") else None
        if pattern == anchor or (stem is not None and anchor.startswith(stem) and "/" not in anchor[len(stem) :]):
            kinds.append(kind)
    return tuple(sorted(set(kinds)))


def wanted_body(want: WantRules, main: str | None) -> str:
    """The rules; those of the host keep the block that loads anchors at boot."""
    text = "".join(f"{rule}\n" for rule in want.rules or ())
    return text if want.anchor else text + block_of(main or "")


def block_of(main: str) -> str:
    found = re.search(rf"^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n", main, re.MULTILINE | re.DOTALL)
    return found.group() if found else ""


def edit_block(main: str, anchor: str, path: str, present: bool) -> str:
    """pf.conf with the line that loads the anchor at boot, or without; the block is at its end."""
    block = block_of(main)
    head = f'load anchor "{anchor}" from '
    line = f'{head}"{path}"'
    lines = [text for text in block.split("\n")[1:-2] if not text.startswith(head)] if block else []
    lines = sorted([*lines, line]) if present else lines
    made = "\n".join([BEGIN, *lines, END, ""]) if lines else ""
    if made == block:
        return main
    rest = main.replace(block, "") if block else main
    return (rest if rest.endswith("\n") or not rest else rest + "\n") + made


def pf_api(method: str, *args: t.Any) -> t.Any:
    return {"load": load}[method](*args)


def load(anchor: str, path: str, body: str) -> str:
    """Load rules, all or none and with the states as they are, see what the kernel made of them, and write the file."""
    host = LocalHost({}, {})
    where = spots(anchor)
    hint = "nothing was changed; the module pf must be loaded"
    host.perform(model.Run(("pfctl", *where, "-f", "-"), stdin=body, hint=hint))
    shown = [host.query(("pfctl", *where, flag)).out for flag in ("-sn", "-sr")]
    host.perform(model.Write(path, join_file(body, checksum("\n".join(shown)))))
    return ""
