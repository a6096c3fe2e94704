# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to libvirt: one virsh for many of them, whatever the driver. Private."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import parse_all

# virsh takes a script as one word, of which Linux allows 128 KiB
_LONGEST = 100_000
# What virsh prints is put between these; text in the XML of a domain cannot forge them
_BETWEEN = "</reply><reply>"


def virsh(uri: str, *words: str) -> Argv:
    return ("virsh", "-q", "-c", uri, *words)


def ask(host: Host, uri: str, questions: t.Sequence[str]) -> list[ET.Element]:
    """An element for each question, with the text and the elements that virsh answered; empty when it could not."""
    replies: list[ET.Element] = []
    for script in _scripts(questions):
        reply = host.query(virsh(uri, "; ".join(script)), ok=(0, 1))  # 1: the last question had no answer
        answers = parse_all(f"<reply>{reply.out}</reply>")[1:]
        if len(answers) * 2 != len(script):
            said = " ".join(line.replace("error: ", "").strip() for line in reply.err.splitlines()) or "no reason given"
            raise Problem(f"libvirt does not answer at {uri}: {said}")
        replies += answers
    return replies


def _scripts(questions: t.Sequence[str]) -> t.Iterator[list[str]]:
    script: list[str] = []
    for question in questions:
        script += [f'echo "{_BETWEEN}"', question]
        if sum(len(line) + 2 for line in script) > _LONGEST:
            yield script
            script = []
    if script:
        yield script


def lines(reply: ET.Element) -> list[str]:
    return [line.strip() for line in (reply.text or "").splitlines() if line.strip()]
