# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""daemon(8): with -f it is gone at once; without, it keeps the caller's pipes open, which a twin does not do."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from . import bhyve
from .world import Fail, World

NULL = os.devnull


def main(world: World, words: list[str]) -> int:
    options: dict[str, str] = {}
    words = list(words)
    while words and words[0].startswith("-"):
        flag = words.pop(0)
        options[flag] = words.pop(0) if flag in ("-p", "-P", "-o", "-t") else ""
    if world.data.get("inline"):
        return bhyve.main(world, words[1:])
    path = Path(options.get("-p", ""))
    if "-p" in options and path.exists() and Path(f"/proc/{path.read_text(encoding='utf-8').strip()}").exists():
        raise Fail(f"daemon: process already running, pid: {path.read_text(encoding='utf-8').strip()}", 3)
    if os.fork():
        with world.let_go():
            while "-p" in options and not path.exists():
                time.sleep(0.02)
        return 0
    stay(world, words, path if "-p" in options else None)
    os._exit(0)


def stay(world: World, words: list[str], path: Path | None) -> None:
    """What is left of it: waits for its child and removes the file with its number."""
    world.lock.close()
    os.setsid()
    env = {**os.environ, "PATH": f"{world.folder}/bin:{os.environ['PATH']}"}
    with open(NULL, "r+b") as null:
        for number in range(3):
            os.dup2(null.fileno(), number)
        child = subprocess.Popen(words, stdin=null, stdout=null, stderr=null, env=env, cwd="/")
        if path is not None:
            path.write_text(str(child.pid), encoding="utf-8")
        child.wait()
        if path is not None:
            path.unlink(missing_ok=True)
