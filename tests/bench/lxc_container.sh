#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What 100 stopped containers cost that are as the task says: lxc_container against, where ANSIBLE_COLLECTIONS_PATH has it
# (the package `ansible` has), community.general.lxc_container, one task a container, the time of an empty play taken off.
# Run by hand, as root, with ansible-playbook in PATH, this collection in ANSIBLE_COLLECTIONS_PATH, and python3-lxc for
# /usr/bin/python3, which runs both. Only the ratio means anything.
set -euo pipefail

count="${1:-100}"
dir="$(mktemp -d)"
# The peer does not look into another lxc_path.
path=/var/lib/lxc
trap 'rm -rf "$dir" "$path"/hwbench*' EXIT
# Only files: the containers share one root, and never start.
lxc-create -P "$path" -n hwbench1 -t busybox >"$dir/log" 2>&1
printf 'lxc.tty.dir = lxc\n' >>"$path/hwbench1/config"
for ((number = 2; number <= count; number++)); do
    mkdir "$path/hwbench$number"
    sed "s/\"hwbench1\"/\"hwbench$number\"/" "$path/hwbench1/config" >"$path/hwbench$number/config"
done

play() { # NAME TASK: a play that runs the task once for each container
    printf -- '- hosts: localhost\n  gather_facts: false\n  vars: {ansible_python_interpreter: /usr/bin/python3}\n' >"$dir/$1.yml"
    printf -- '  tasks:\n    - %s\n      loop: "{{ range(1, %d + 1) | list }}"\n' "$2" "$count" >>"$dir/$1.yml"
}

seconds() { # NAME: the best of two runs of its play, in which nothing may change
    local start end
    for _ in 1 2; do
        start="$(date +%s.%N)"
        ansible-playbook -i localhost, -c local "$dir/$1.yml" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; exit 1; }
        end="$(date +%s.%N)"
        grep -q 'changed=0 ' "$dir/log" || { echo "$1 changed something" >&2; exit 1; }
        awk -v start="$start" -v end="$end" 'BEGIN {print end - start}'
    done | sort -n | head -n 1
}

play empty 'ansible.builtin.debug: {msg: nothing}'
play ours "hostwright.virt.lxc_container: {name: 'hwbench{{ item }}', state: stopped, config: {lxc.tty.dir: lxc}}"
play peer "community.general.lxc_container: {name: 'hwbench{{ item }}', state: stopped, container_config: [lxc.tty.dir = lxc]}"
empty="$(seconds empty)"
ours="$(seconds ours)"
awk -v empty="$empty" -v ours="$ours" -v count="$count" 'BEGIN {
    printf "%-44s %7.3f s a task\n", "hostwright.virt.lxc_container, nothing to do", (ours - empty) / count}'
if ansible-doc -t module community.general.lxc_container >/dev/null 2>&1; then
    peer="$(seconds peer)"
    awk -v empty="$empty" -v ours="$ours" -v peer="$peer" -v count="$count" 'BEGIN {
        printf "%-44s %7.3f s a task\n", "community.general.lxc_container, the same", (peer - empty) / count
        printf "%-44s %7.2f\n", "ratio, peer to ours", (peer - empty) / (ours - empty)}'
else
    echo "community.general is not installed: not compared"
fi
