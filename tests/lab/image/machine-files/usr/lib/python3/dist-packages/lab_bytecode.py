# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps what Python compiles out of zip files, where it keeps nothing itself.

Each task of Ansible sends its module as a zip of some 90 sources, and an emulated processor takes as long to compile
them as to run them (CPython 3.13). The source is the key, so what runs is what was sent.
"""

import marshal
import os
import zipimport
from hashlib import blake2b

CACHE = "/run/lab-bytecode"  # of root alone, as the tasks are

compile_source = zipimport._compile_source  # type: ignore[attr-defined]


def kept_or_compiled(path: str, source: bytes) -> object:
    kept = f"{CACHE}/{blake2b(source, digest_size=16).hexdigest()}"
    try:
        with open(kept, "rb") as file:
            return marshal.load(file)
    except (OSError, ValueError, EOFError):
        pass
    code = compile_source(path, source)
    try:
        os.makedirs(CACHE, mode=0o700, exist_ok=True)
        with open(f"{kept}.{os.getpid()}", "wb") as new:
            marshal.dump(code, new)
        os.rename(new.name, kept)
    except OSError:
        pass
    return code


zipimport._compile_source = kept_or_compiled  # type: ignore[attr-defined]
