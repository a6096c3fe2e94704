# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of systemd.nspawn(5), and how each is read. Private; data."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest

# text: the last line counts. switch: the same, where on and off have many spellings. words: the words of all lines.
# lines: every line is one item.
_EXEC = {
    "switch": "Boot Ephemeral ProcessTwo NoNewPrivileges NotifyReady SuppressSync PrivateUsers",
    "words": "Parameters Environment Capability DropCapability AmbientCapability SystemCallFilter CPUAffinity",
    "text": (
        "User WorkingDirectory PivotRoot KillSignal Personality MachineID LimitCPU LimitFSIZE LimitDATA "
        "LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING "
        "LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME OOMScoreAdjust Hostname ResolvConf Timezone LinkJournal"
    ),
}
_FILES = {
    "switch": "ReadOnly PrivateUsersChown Volatile",
    "words": "BindUser",
    "lines": "Bind BindReadOnly TemporaryFileSystem Inaccessible Overlay OverlayReadOnly",
    "text": "PrivateUsersOwnership",
}
_NETWORK = {
    "switch": "Private VirtualEthernet",
    "words": "Interface MACVLAN IPVLAN",
    "lines": "VirtualEthernetExtra Port",
    "text": "Bridge Zone",
}
Key = t.Tuple[str, str]
# Every key from systemd 247 to 257, by section and name
KINDS: t.Mapping[Key, str] = {
    (section, name): kind
    for section, kinds in (("Exec", _EXEC), ("Files", _FILES), ("Network", _NETWORK))
    for kind, names in kinds.items()
    for name in names.split()
}
SECTIONS = ("Exec", "Files", "Network")


def check_key(section: t.Any, name: t.Any, what: str) -> Key:
    """The key, when systemd knows it in this section."""
    if (section, name) in KINDS:
        return section, name
    if section not in SECTIONS:
        raise Problem(f"{what}: systemd has no section {section!r} in a .nspawn file: they are Exec, Files and Network")
    near = nearest(str(name), [known for of, known in KINDS if of == section])
    raise Problem(f"{what}: systemd has no key {name!r} in the section {section} of a .nspawn file{near}")


def split_words(text: str) -> list[str]:
    """Words as systemd parts them here: quotes hold blanks, and a backslash is an ordinary character."""
    words: list[str] = []
    quote, open_word = "", False
    for char in text:
        if quote:
            if char == quote:
                quote = ""
            else:
                words[-1] += char
        elif char in " \t\n\r":
            open_word = False
        else:
            if not open_word:
                words.append("")
                open_word = True
            if char in "'\"":
                quote = char
            else:
                words[-1] += char
    return words


def quote_word(word: str, what: str) -> str:
    """The word as :func:`split_words` reads it."""
    if word and not any(char in " \t'\"" for char in word):
        return word
    if '"' not in word:
        return f'"{word}"'
    if "'" not in word:
        return f"'{word}'"
    raise Problem(f"{what}: {word[:60]!r} has both kinds of quotes, which no line of a .nspawn file can hold")
