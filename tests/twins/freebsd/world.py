# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the twins remember between two calls, and where: a folder with ``state.json`` and files below ``root/``."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path


class Fail(Exception):
    """The command ends now, with this exit code and this text on stderr."""

    def __init__(self, text: str = "", code: int = 1) -> None:
        super().__init__(text)
        self.text, self.code = text, code


@dataclasses.dataclass
class World:
    """One machine that is none: a folder, the data of its kernel, and who is calling."""

    folder: Path
    data: dict[str, t.Any]
    user: str = "root"
    lock: t.Any = None
    errors: t.TextIO = dataclasses.field(default_factory=lambda: sys.stderr)

    def file(self, path: str) -> Path:
        return self.folder / "root" / path.lstrip("/")

    def outside(self, line: str) -> int:
        """Run a line of a shell with the twins in its PATH; what they change is read again."""
        return self.spawn(["/bin/sh", "-c", line], {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})

    def spawn(
        self, words: t.Sequence[str], env: t.Mapping[str, str], prepare: t.Callable[[], None] | None = None
    ) -> int:
        """Run a command, and let other twins run meanwhile."""
        with self.let_go():
            return subprocess.run(words, env=env, preexec_fn=prepare, check=False).returncode

    @contextlib.contextmanager
    def let_go(self) -> t.Iterator[None]:
        """Let others change the state meanwhile, and read it again."""
        (self.folder / "state.json").write_text(json.dumps(self.data, indent=1), encoding="utf-8")
        fcntl.flock(self.lock, fcntl.LOCK_UN)
        yield
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        fresh = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        self.data.clear()
        self.data.update(fresh)

    def complain(self, text: str) -> None:
        print(text, file=self.errors)


@contextlib.contextmanager
def open_world(folder: Path) -> t.Iterator[World]:
    """Read the state, and write it back when the command is over; two commands do not run at once."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "state.json"
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        data = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        world = World(folder, data, os.environ.get("TWIN_USER", "root"), lock)
        try:
            yield world
        finally:
            path.write_text(json.dumps(world.data, indent=1), encoding="utf-8")
