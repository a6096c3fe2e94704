#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# 25 service guests on two hosts, each with a network, a name, an sshd and a /var/lib/lxc of its own; found by the
# inventory plugin, entered through their hosts and configured by a play. Run again, nothing changes.
set -euo pipefail

dir=/tmp/hostwright-fleet
here="$PWD/files"
"$here/fleet.sh" stop "$dir"
trap '"$here/fleet.sh" stop "$dir"' EXIT
"$here/fleet.sh" start "$dir"
for run in first again; do
    ansible-playbook -i hosts.yml -i fleet.hostwright.yml -e lab="$dir" -e run="$run" --forks 8 play.yml "$@"
done
"$here/fleet.sh" stop "$dir" # which says when something of it is left
