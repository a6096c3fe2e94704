# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listen for flow records on the loopback: prints the ports that got a datagram, out of those that are given."""

from __future__ import annotations

import select
import socket
import sys
import time

ports = [int(word) for word in sys.argv[1:]]
sockets = {}
for port in ports:
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("127.0.0.1", port))
    sockets[end] = port
deadline = time.monotonic() + 40
while sockets and time.monotonic() < deadline:
    for end in select.select(list(sockets), [], [], 1)[0]:
        end.recv(65535)
        sockets.pop(end)
print(" ".join(str(port) for port in ports if port not in sockets.values()))
