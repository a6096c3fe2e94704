# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs pip from Python's own ensurepip, in place of the get-pip.py that `ansible-test --venv` would download.

ansible-test runs it as `get_pip.py [--no-setuptools] [--no-wheel] pip==... ...`.
"""

from __future__ import annotations

import os
import subprocess
import sys

packages = [arg for arg in sys.argv[1:] if arg not in ("--no-setuptools", "--no-wheel")]
# Without GET_PIP pip asks the configured index, not the download server; ensurepip runs apart because it sets
# PIP_CONFIG_FILE for its own process.
environment = {key: value for key, value in os.environ.items() if key != "GET_PIP"}
subprocess.run([sys.executable, "-m", "ensurepip"], env=environment, check=True)
subprocess.run([sys.executable, "-m", "pip", "install", *packages], env=environment, check=True)
