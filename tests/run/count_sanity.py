# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints `passed failed skipped` of a log of ansible-test sanity (core 2.19): one per test and Python version.

A test says "Running" before it runs, and some say "Skipping" after that, for want of a program.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NAME = r'sanity test "(?P<test>[^"]+)"(?: on Python (?P<python>[\d.]+))?'
FAILED = re.compile(r"The (\d+) sanity test\(s\) listed below \(out of \d+\) failed")


def count(log: str) -> tuple[int, int, int]:
    begun = {match.group("test", "python") for match in re.finditer("Running " + NAME, log)}
    left_out = {match.group("test", "python") for match in re.finditer("Skipping " + NAME, log)}
    failed = sum(int(number) for number in FAILED.findall(log))
    # A test that runs on one Python only names that Python when it is skipped, but not when it runs.
    stopped = left_out | {(test, None) for test, _python in left_out}
    return len(begun - stopped) - failed, failed, len(left_out)


if __name__ == "__main__":
    print(*count(Path(sys.argv[1]).read_text(encoding="utf-8")))
