#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The inventories on real LXC, libvirt and sshd, on twins of FreeBSD and on recorded output of Xen.
set -euo pipefail

dir=/tmp/hostwright-inventory
lab="$PWD/files/lab.sh"
"$lab" stop "$dir"
trap '"$lab" stop "$dir"' EXIT
"$lab" start "$dir" "$(type -P python3)"
export ANSIBLE_HOST_KEY_CHECKING=true
# ansible-playbook runs beside its hosts, in their network
"$lab" run "$dir" env PYTHONPATH="${PYTHONPATH:-}:$dir/python" ansible-playbook -i localhost, -e lab="$dir" play.yml "$@"
"$lab" stop "$dir" # which says when something of it is left
