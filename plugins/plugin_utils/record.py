# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer of the probe: a host that is read from a record, by the same code that reads it where it is. Private."""

from __future__ import annotations

import dataclasses
import posixpath
import re
import secrets
import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError

MOST_BYTES = 10 * 1024 * 1024
_SEPARATOR = b"\x1f"
_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./=_-,:@%+")


class Probe(t.NamedTuple):
    """``command`` is one line that any shell understands, also csh; its answer is marked by ``mark``."""

    command: str
    mark: bytes


def make_probe(script: str, settings: t.Mapping[str, str], words: t.Sequence[str]) -> Probe:
    mark = "hostwright-" + secrets.token_hex(16)
    lines = [f"{name}={shlex.quote(value)}" for name, value in {**settings, "mark": mark}.items()]
    lines += [shlex.join(["set", "--", *words])]
    lines += [line.strip() for line in script.splitlines() if not line.lstrip().startswith("#")]
    # Octal, for quotes, newlines and exclamation marks mean something else to each shell on the way.
    text = "".join(chr(b) if b in _SAFE else f"\\0{b:03o}" for b in "\n".join(filter(None, lines)).encode())
    return Probe(f"printf %b '{text}' | /bin/sh | head -c {MOST_BYTES + 1}", mark.encode())


@dataclasses.dataclass
class RecordedHost:
    """A Host that answers what was recorded; to what nobody asked it has no answer."""

    tools: set[str] = dataclasses.field(default_factory=set)
    replies: dict[model.Argv, Reply] = dataclasses.field(default_factory=dict)
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    folders: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    links: dict[str, str] = dataclasses.field(default_factory=dict)
    there: set[str] = dataclasses.field(default_factory=set)
    uid: str = ""
    problems: list[str] = dataclasses.field(default_factory=list)

    def query(self, argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        if argv not in self.replies:
            raise model.Problem(f"the host was not asked for the output of: {shlex.join(argv)[:200]}")
        reply = self.replies[argv]
        if reply.rc == 124:  # of timeout(1)
            raise model.Problem(f"{argv[0]} did not end in time")
        if reply.rc not in ok:
            raise CommandError(argv, reply)
        return reply

    def has(self, tool: str) -> bool:
        return tool in self.tools

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def entries(self, path: str) -> tuple[str, ...]:
        return tuple(sorted(self.folders.get(path.rstrip("/"), ())))

    def link(self, path: str) -> str | None:
        return self.links.get(path)

    def exists(self, path: str) -> bool:
        folder, name = posixpath.split(path.rstrip("/"))
        known = path in self.files or path in self.links or path in self.there or path.rstrip("/") in self.folders
        return known or name in self.folders.get(folder, ())

    def mode(self, path: str) -> int | None:
        return None

    def ask(self, api: str, method: str, *args: t.Any) -> t.Any:
        raise model.Problem(f"{api}.{method} can only be asked on the host itself")

    def perform(self, action: model.Action) -> str:
        raise model.Problem("a record of a host cannot be changed")


def read_record(answer: bytes, mark: bytes) -> RecordedHost:
    """What the host answered; whatever was printed before the first mark is somebody else's."""
    host = RecordedHost()
    if len(answer) > MOST_BYTES:
        answer = answer[:MOST_BYTES]
        host.problems.append(f"it answered more than {MOST_BYTES >> 20} MB: the rest was cut off")
    if b"\r\n" + mark in answer:  # a terminal was in between
        answer = answer.replace(b"\r\n", b"\n")
    parts = answer.split(b"\n" + mark + _SEPARATOR)
    if len(parts) == 1:
        said = answer[-120:].decode("utf-8", "replace").strip()
        begin = "; ".join(["it did not answer as a shell does", *host.problems])
        raise model.Problem(begin + (f"; it said: {said!r}" if said else ""))
    last = _fill(host, parts[1:])
    if last != "done":
        host.problems.append("its answer breaks off: guests may be missing")
    for path in host.files:
        folder, name = posixpath.split(path)
        host.folders.setdefault(folder, set()).add(name)
    return host


def _fill(host: RecordedHost, parts: t.Iterable[bytes]) -> str:
    argv: model.Argv = ()
    out = kind = ""
    for part in parts:
        head, _newline, body = part.partition(b"\n")
        kind, *words = head.decode("utf-8", "surrogateescape").split("\x1f")
        text = body.decode("utf-8", "surrogateescape")
        if kind == "run":
            argv, out = tuple(words), text
        elif kind == "rc":
            host.replies[argv] = Reply(int(words[0]) if words[0].isdigit() else 255, out, text)
        elif kind in _KINDS:
            _KINDS[kind](host, words[0] if words else "", text)
    return kind


def _add_folder(host: RecordedHost, path: str, text: str) -> None:
    names = re.split("/", text)[:-1]
    host.folders.setdefault(path.rstrip("/"), set()).update(names)


_KINDS: t.Mapping[str, t.Callable[[RecordedHost, str, str], None]] = {
    "tool": lambda host, word, text: host.tools.add(word),
    "there": lambda host, word, text: host.there.add(word),
    "uid": lambda host, word, text: setattr(host, "uid", text.strip()),
    "file": lambda host, word, text: host.files.__setitem__(word, text),
    "link": lambda host, word, text: host.links.__setitem__(word, text.rstrip("\n")),
    "entries": _add_folder,
}
