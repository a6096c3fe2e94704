#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What it takes to find that 100 datasets are right: one task of zfs_dataset for all of them, against one task of
# community.general.zfs for each. Run by hand, with ansible-playbook in PATH and both collections in
# ANSIBLE_COLLECTIONS_PATH: zfs_dataset.sh INVENTORY HOST POOL makes, and destroys, POOL/bench on a host. Only the ratio
# means anything. The other module is given the numbers as zfs spells them, for it takes another spelling for a change.
set -euo pipefail

inventory="$1" host="$2" pool="$3" count="${4:-100}" few="${5:-10}"
dir="$(mktemp -d)"
trap 'run remove >/dev/null; rm -rf "$dir"' EXIT

play() { # NAME TASK
    printf -- '- hosts: %s\n  gather_facts: false\n  tasks:\n    - %s\n' "$host" "$2" >"$dir/$1.yml"
}

run() { # NAME: how long its play took
    local start
    start="$(date +%s.%N)"
    ansible-playbook -i "$inventory" "$dir/$1.yml" >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; exit 1; }
    awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN {print end - start}'
}

properties="{quota: 1073741824, atime: 'off', compression: lz4}"
names="$(for ((number = 1; number <= count; number++)); do printf '{name: %s/bench/d%d}, ' "$pool" "$number"; done)"
play ours "hostwright.virt.zfs_dataset: {datasets: [$names], properties: $properties}"
play theirs "community.general.zfs: {name: '$pool/bench/d{{ item }}', state: present, extra_zfs_properties: $properties}
      loop: \"{{ range(1, $few + 1) | list }}\""
play empty 'ansible.builtin.debug: {msg: nothing}'
play remove "hostwright.virt.zfs_dataset: {name: $pool/bench, state: absent, recursive: true}"
run ours >/dev/null
empty="$(run empty)"
ours="$(run ours)"
grep -q 'changed=0' "$dir/log" || { echo "zfs_dataset changed something" >&2; exit 1; }
theirs="$(run theirs)"
grep -q 'changed=0' "$dir/log" || { echo "community.general.zfs changed something" >&2; exit 1; }
awk -v empty="$empty" -v ours="$ours" -v theirs="$theirs" -v count="$count" -v few="$few" 'BEGIN {
    ours = (ours - empty) / count
    theirs = (theirs - empty) / few
    printf "%-44s %8.3f s a dataset\n", "zfs_dataset, " count " in one task", ours
    printf "%-44s %8.3f s a dataset\n", "community.general.zfs, " few " tasks", theirs
    printf "%-44s %8.1f\n", "ratio", theirs / ours
}'
