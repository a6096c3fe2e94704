# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service that starts and stops guests of the base system with the host: a script of rc.d(8). Private; data."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import (
    CONFIGS,
    LOGS,
    RC_SCRIPT,
    RUNNER,
    STATE,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.runner import RUN

RC = r"""#!/bin/sh
# Kept by Ansible, hostwright.virt.bhyve_vm: changes are lost.
#
# PROVIDE: hostwright_bhyve
# REQUIRE: NETWORKING SERVERS DAEMON LOGIN
# KEYWORD: shutdown nojail
#
# hostwright_bhyve_enable="YES"    start the guests of the list at boot
# hostwright_bhyve_list="a b"      in this order
# hostwright_bhyve_timeout="60"    seconds that guests have to stop when the host does

. /etc/rc.subr

name=hostwright_bhyve
desc="Guests of bhyve"
rcvar=hostwright_bhyve_enable
start_cmd=guests_start
stop_cmd=guests_stop
status_cmd=guests_status
runner=@RUNNER@

guests_start()
{
    if [ $# -eq 0 ]; then
        for guest in $hostwright_bhyve_list; do set -- "$@" "$guest"; done
    fi
    code=0
    for guest; do
        [ -f "@CONFIGS@/$guest.conf" ] && continue
        warn "there is no @CONFIGS@/$guest.conf"
        code=1
    done
    # In the background, for there may be pauses between guests
    /usr/sbin/daemon -f "$runner" boot "$@" && return "$code"
}

guests_stop()
{
    "$runner" stop "$hostwright_bhyve_timeout" "$@"
}

guests_status()
{
    "$runner" status "$@"
}

load_rc_config $name
: "${hostwright_bhyve_enable:=NO}"
: "${hostwright_bhyve_list:=}"
: "${hostwright_bhyve_timeout:=60}"
run_rc_command "$@"
"""


def _with_paths(text: str) -> str:
    for mark, path in (("@RUNNER@", RUNNER), ("@CONFIGS@", CONFIGS), ("@STATE@", STATE), ("@LOGS@", LOGS)):
        text = text.replace(mark, path)
    return text


# What is at each path, both for root to run
SCRIPTS: t.Mapping[str, str] = {RUNNER: _with_paths(RUN), RC_SCRIPT: _with_paths(RC)}
