# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints `passed failed skipped` of a junit file."""

from __future__ import annotations

import sys
from xml.etree import ElementTree


def count(path: str) -> tuple[int, int, int]:
    suites = list(ElementTree.parse(path).iter("testsuite"))

    def total(key: str) -> int:
        return sum(int(suite.get(key) or 0) for suite in suites)

    failed = total("failures") + total("errors")
    skipped = total("skipped")
    return total("tests") - failed - skipped, failed, skipped


if __name__ == "__main__":
    print(*count(sys.argv[1]))
