# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may say about files in a guest's tree, and what of it cannot be. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy

FILE_OPTIONS: dict[str, dict[str, t.Any]] = {
    "path": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "directory", "link", "absent"], "default": "present"},
    "content": {"type": "str"},
    "secret_content": {"type": "str", "no_log": True},
    "source": {"type": "str"},
    "lines": {"type": "list", "elements": "str"},
    "target": {"type": "str"},
    "mode": {"type": "raw"},
    "owner": {"type": "int"},
    "group": {"type": "int"},
    "keep": {"type": "bool", "default": False},
    "create": {"type": "bool", "default": True},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "root": {"type": "str", "required": True},
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": FILE_OPTIONS,
        "mutually_exclusive": [("content", "secret_content", "source", "lines")],
        "required_if": [("state", "link", ("target",))],
    },
    "root_password": {"type": "str", "no_log": True},
}
# When each option takes effect; compared with the module's documentation.
EFFECTS = {"files": "live", "root_password": "live"}
CONTENTS = ("content", "secret_content", "source", "lines")
# crypt(5): $id$salt$hash, the thirteen characters of DES, or a lock that no password matches
_HASH = re.compile(r"(!|!!|\*|!\*|!?\$[0-9a-z]+\$[!-9;-~]+|[./0-9A-Za-z]{13})")


@dataclasses.dataclass(frozen=True)
class WantFile:
    """One path. ``content`` is what the task gives, secret or not; None is not managed."""

    path: str
    state: str = "present"
    content: str | None = None
    source: str | None = None
    lines: tuple[str, ...] | None = None
    target: str | None = None
    mode: int | None = None
    owner: int | None = None
    group: int | None = None
    keep: bool = False
    create: bool = True
    secret: bool = False


@dataclasses.dataclass(frozen=True)
class WantFiles:
    """Files of one guest's tree; ``name`` is the tree's top."""

    name: str
    files: tuple[WantFile, ...] = ()
    root_password: str | None = None
    restart_policy: RestartPolicy = "never"
    switches: frozenset[str] = frozenset()

    @property
    def secrets(self) -> frozenset[str]:
        hidden = {file.content for file in self.files if file.secret and file.content}
        return frozenset(hidden | ({self.root_password} if self.root_password else set()))


def parse_wants(params: t.Mapping[str, t.Any]) -> tuple[WantFiles, ...]:
    root = params["root"]
    if not root.startswith("/") or "\x00" in root or "\n" in root:
        raise Problem(f"root {root!r} cannot be used: give the absolute path of the guest's root directory")
    files = tuple(parse_file(entry) for entry in params["files"] or ())
    _check_together([file.path for file in files], {file.path: file for file in files})
    hashed = params.get("root_password")
    if hashed is not None:
        if not _HASH.fullmatch(hashed):
            raise Problem(
                "root_password is not a password hash of crypt(5): give the output of"
                " the filter password_hash('sha512') or of mkpasswd, or '*' to lock the password"
            )
        if any(file.path == "/etc/shadow" for file in files):
            raise Problem("/etc/shadow is in files and root_password would change it too: give one of them")
    return (WantFiles(name=root.rstrip("/") or "/", files=files, root_password=hashed),)


def parse_file(entry: t.Mapping[str, t.Any]) -> WantFile:
    path = parse_path(entry["path"])
    state = entry["state"]
    if state != "present":
        named = [key for key in CONTENTS if entry.get(key) is not None]
        named += ["keep"] if entry["keep"] else []
        named += [key for key in ("mode", "owner", "group") if state != "directory" and entry.get(key) is not None]
        if named:
            raise Problem(f"{path}: {named[0]} has no meaning with state={state}")
    if entry.get("target") is not None and state != "link":
        raise Problem(f"{path}: target has no meaning with state={state}")
    if entry.get("target") == "" or "\x00" in (entry.get("target") or ""):
        raise Problem(f"{path}: target is empty or has a null byte")
    if entry.get("source") is not None and not entry["source"].startswith("/"):
        raise Problem(f"{path}: source {entry['source']!r} is not an absolute path of this host")
    lines = entry.get("lines")
    if any("\n" in line for line in lines or ()):
        raise Problem(f"{path}: one of lines has a line break in it: give one element a line")
    secret = entry.get("secret_content") is not None
    return WantFile(
        path=path,
        state=state,
        content=entry["secret_content"] if secret else entry.get("content"),
        source=entry.get("source"),
        lines=None if lines is None else tuple(lines),
        target=entry.get("target"),
        mode=parse_mode(entry.get("mode"), path),
        owner=_parse_id(entry.get("owner"), path, "owner"),
        group=_parse_id(entry.get("group"), path, "group"),
        keep=entry["keep"],
        create=entry["create"],
        secret=secret,
    )


def parse_path(path: str) -> str:
    """An absolute path as the guest sees it, without detours."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not path.startswith("/") or ".." in parts or not parts or re.search("[\x00-\x1f]", path):
        raise Problem(f"path {path!r} cannot be used: give the absolute path that the guest sees, without ..")
    if len(path) > 4000 or any(len(part.encode()) > 255 for part in parts):
        raise Problem(f"path {path[:40]!r}... is too long for a file system")
    return "/" + "/".join(parts)


def parse_mode(mode: t.Any, path: str) -> int | None:
    if mode is None:
        return None
    if not isinstance(mode, str) or not re.fullmatch("[0-7]{3,4}", mode):
        raise Problem(f"{path}: mode {mode!r} cannot be used: give octal digits in quotes, like '0644'")
    return int(mode, 8)


def _parse_id(number: int | None, path: str, what: str) -> int | None:
    if number is not None and not 0 <= number < 2**32 - 1:
        raise Problem(f"{path}: {what} {number} cannot be used: give the number that the guest uses, 0 or more")
    return number


def _check_together(paths: t.Sequence[str], files: t.Mapping[str, WantFile]) -> None:
    """Each path once, and none below one that is not a directory: their order would matter."""
    for path in sorted(paths):
        if paths.count(path) > 1:
            raise Problem(f"{path} is in files twice")
        parts = path.split("/")
        for length in range(2, len(parts)):
            above = files.get("/".join(parts[:length]))
            if above is not None and above.state != "directory":
                raise Problem(f"{path} is below {above.path}, which has state={above.state}: use two tasks")
