#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Real LXC containers and roots, and a jail of the twins, entered over a real sshd and locally in every way.
set -euo pipefail

dir=/tmp/hostwright-guests
lab="$PWD/files/lab.sh"
"$lab" stop "$dir"
trap '"$lab" stop "$dir"' EXIT
# ansible-test runs a copy of the target, below the collection
"$lab" start "$dir" 22933 "$(type -P python3)" "${PWD%%/tests/*}/tests/twins"
ansible-playbook -i inventory.yml -e lab="$dir" --forks 4 play.yml "$@"
"$lab" stop "$dir" # which says when something of it is left
