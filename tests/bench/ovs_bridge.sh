#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How long 200 ports take: ovs_bridge against one ovs-vsctl call a port and, where ANSIBLE_COLLECTIONS_PATH has it (the
# package `ansible` up to version 10 does), one task a port with openvswitch.openvswitch.openvswitch_port. Run by hand, as
# root, with ansible-playbook in PATH and this collection in ANSIBLE_COLLECTIONS_PATH. Only the ratios mean anything.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
lab="$here/../integration/targets/module_ovs_bridge/files/lab.sh"
dir="$(mktemp -d)/ovs"
count="${1:-200}"
vsctl=(ovs-vsctl --db="unix:$dir/db.sock")
trap '"$lab" stop "$dir"; rm -rf "$(dirname "$dir")"' EXIT
"$lab" stop "$dir"
"$lab" start "$dir" "$(type -P python3)" 2>/dev/null

play() { # TASK: a play of one task in the switch's namespace
    printf -- '- hosts: localhost\n  gather_facts: false\n  vars: {ansible_python_interpreter: %s/python}\n  tasks:\n' "$dir"
    printf -- '    - %s\n' "$1"
}

run() { # LABEL COMMAND...
    local label="$1" start
    shift
    start="$(date +%s.%N)"
    "$@" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; exit 1; }
    printf '%-52s %8.2f s\n' "$label" "$(awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN {print end - start}')"
}

run_play() { ansible-playbook -i localhost, -c local "$1"; }

vsctl_each() {
    local number
    for ((number = 1; number <= count; number++)); do
        "${vsctl[@]}" --may-exist add-port old "v$number" tag=10 -- set interface "v$number" type=internal
    done
}

ports="$(for ((number = 1; number <= count; number++)); do printf '{name: o%d, type: internal, tag: 10}, ' "$number"; done)"
play "hostwright.virt.ovs_bridge: {name: new, datapath_type: netdev, database_socket: '$dir/db.sock', ports: [$ports]}" \
    >"$dir/ours.yml"
play "hostwright.virt.ovs_bridge_info: {database_socket: '$dir/db.sock'}" >"$dir/nothing.yml"
run "ansible-playbook with one task that only reads" run_play "$dir/nothing.yml"
run "ovs_bridge, $count new ports" run_play "$dir/ours.yml"
run "ovs_bridge, $count ports, nothing to do" run_play "$dir/ours.yml"
"${vsctl[@]}" add-br old -- set bridge old datapath_type=netdev
run "ovs-vsctl, one call for each of $count new ports" vsctl_each
run "ovs-vsctl, one call for each of $count, nothing to do" vsctl_each

if ansible-doc -t module openvswitch.openvswitch.openvswitch_port >/dev/null 2>&1; then
    few="${2:-20}"
    "${vsctl[@]}" add-br peer -- set bridge peer datapath_type=netdev
    options="{bridge: peer, port: 'e{{ item }}', tag: 10, set: ['Interface e{{ item }} type=internal'], database_socket: 'unix:$dir/db.sock'}"
    { play "openvswitch.openvswitch.openvswitch_port: $options" && printf '      loop: "{{ range(1, %d + 1) | list }}"\n' "$few"; } \
        >"$dir/peer.yml"
    run "openvswitch_port, one task for each of $few new ports" run_play "$dir/peer.yml"
    run "openvswitch_port, one task for each of $few, nothing to do" run_play "$dir/peer.yml"
else
    echo "openvswitch.openvswitch is not installed: not compared"
fi
