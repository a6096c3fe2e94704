#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a task costs that finds nothing to do, against `ansible.builtin.command: /bin/true`: the same number of each, side
# by side, the time of an empty play taken off. Run by hand, with ansible-playbook in PATH and this collection in
# ANSIBLE_COLLECTIONS_PATH. Only the ratio means anything.
set -euo pipefail

count="${1:-20}"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/root"

play() { # NAME TASK: a play that runs the task as often as asked, on this machine
    printf -- '- hosts: localhost\n  gather_facts: false\n  tasks:\n    - %s\n      loop: "{{ range(%d) | list }}"\n' \
        "$2" "$count" >"$dir/$1.yml"
}

seconds() { # NAME: the best of three runs of its play
    local start end
    for _ in 1 2 3; do
        start="$(date +%s.%N)"
        ansible-playbook -i localhost, -c local -e 'ansible_python_interpreter={{ ansible_playbook_python }}' "$dir/$1.yml" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; exit 1; }
        end="$(date +%s.%N)"
        awk -v start="$start" -v end="$end" 'BEGIN {print end - start}'
    done | sort -n | head -n 1
}

play empty 'ansible.builtin.debug: {msg: nothing}'
play true 'ansible.builtin.command: /bin/true'
play ours "hostwright.virt.guest_files: {root: $dir/root, files: [{path: /etc/hosts, content: here}]}"
empty="$(seconds empty)"
true="$(seconds true)"
ours="$(seconds ours)"
awk -v empty="$empty" -v true="$true" -v ours="$ours" -v count="$count" 'BEGIN {
    printf "%-40s %7.3f s a task\n", "ansible.builtin.command: /bin/true", (true - empty) / count
    printf "%-40s %7.3f s a task\n", "guest_files, nothing to do", (ours - empty) / count
    printf "%-40s %7.2f\n", "ratio", (ours - empty) / (true - empty)
}'
