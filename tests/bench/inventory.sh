#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What an inventory of 1,000 guests costs. First ten hosts of a hundred LXC containers each, by hypervisors: the time, and
# the number of commands that the hosts were given. Then 1,000 domains of libvirt's test driver behind a libvirtd, by
# libvirt and, where ANSIBLE_COLLECTIONS_PATH has it (the package `ansible` has), by community.libvirt.libvirt; the time of
# an empty inventory is taken off. Run by hand, as root, with ansible-inventory in PATH, this collection in
# ANSIBLE_COLLECTIONS_PATH, and libvirt-python for its Python. Only the ratio means anything.
set -euo pipefail

# A view of the file system of its own, where no other libvirtd is
[[ -n "${hidden:-}" ]] || hidden=1 exec unshare --mount "$0" "$@"
mount -t tmpfs tmpfs /run

count="${1:-1000}"
dir="$(mktemp -d)"
stop() {
    [[ ! -s "$dir/libvirtd.pid" ]] || kill "$(<"$dir/libvirtd.pid")" || true
    rm -rf "$dir"
}
trap stop EXIT
export ANSIBLE_INVENTORY_ENABLED="hostwright.virt.hypervisors,hostwright.virt.libvirt,community.libvirt.libvirt,ini"

make_containers() {
    local number
    for ((number = 1; number <= count / 10; number++)); do
        mkdir -p "$dir/lxc/guest$number"
        printf 'lxc.uts.name = guest%d\nlxc.rootfs.path = dir:/srv/guest%d\nlxc.net.0.type = veth\nlxc.net.0.hwaddr = 00:16:3e:00:%02x:%02x\n' \
            "$number" "$number" $((number / 256)) $((number % 256)) >"$dir/lxc/guest$number/config"
    done
}

# The driver's own guests, in a file that libvirtd reads at every connection
make_domains() {
    local number
    {
        echo "<node>"
        for ((number = 1; number <= count; number++)); do
            printf '<domain type="test"><name>guest%d</name><memory unit="MiB">512</memory><vcpu>2</vcpu><os><type>hvm</type></os>' "$number"
            printf '<devices><interface type="network"><mac address="52:54:00:00:%02x:%02x"/><source network="default"/></interface></devices></domain>\n' \
                $((number / 256)) $((number % 256))
        done
        echo "</node>"
    } >"$dir/test.xml"
    libvirtd --daemon --pid-file "$dir/libvirtd.pid" --config /dev/null
    sleep 3
}

list() { # FILE NAME: how many guests a source lists
    ansible-inventory -i "$1" --list 2>"$dir/log" | python3 -c '
import json, sys
names = json.load(sys.stdin)["_meta"]["hostvars"]
print(sum("guest" in name for name in names))'
}

seconds() { # FILE: the best of three runs
    local start end
    for _ in 1 2 3; do
        start="$(date +%s.%N)"
        list "$1" >"$dir/count"
        end="$(date +%s.%N)"
        awk -v start="$start" -v end="$end" 'BEGIN {print end - start}'
    done | sort -n | head -n 1
}

report() { # TITLE FILE
    local time
    time="$(seconds "$2")"
    (($(<"$dir/count"))) || { echo "$1: no guests; is the library here?" >&2; exit 1; }
    awk -v title="$1" -v empty="$empty" -v time="$time" -v listed="$(<"$dir/count")" 'BEGIN {
        printf "%-44s %7.2f s, %d guests\n", title, time - empty, listed}'
    last="$time"
}

echo "localhost ansible_connection=local" >"$dir/empty.ini"
empty="$(seconds "$dir/empty.ini")"

make_containers
{
    printf 'plugin: hostwright.virt.hypervisors\ntypes: [lxc]\ntime_limit: 600\nlxc_paths: [%s/lxc]\nhosts:\n' "$dir"
    for number in 0 1 2 3 4 5 6 7 8 9; do printf -- '- {name: host%d, ansible_connection: local}\n' "$number"; done
} >"$dir/hosts.hostwright.yml"
report "hypervisors, ten hosts of LXC" "$dir/hosts.hostwright.yml"
printf '%-44s %7d\n' "commands to the ten hosts" \
    "$(ansible-inventory -i "$dir/hosts.hostwright.yml" --list -vvv 2>&1 | grep -c ' EXEC ')"

make_domains
printf 'plugin: hostwright.virt.libvirt\nuris: ["test+unix://%s/test.xml"]\n' "$dir" >"$dir/kvm.hostwright.yml"
printf 'plugin: hostwright.virt.libvirt\ndetails: false\nuris: ["test+unix://%s/test.xml"]\n' "$dir" >"$dir/quick.hostwright.yml"
printf 'plugin: community.libvirt.libvirt\nuri: "test+unix://%s/test.xml"\n' "$dir" >"$dir/peer.libvirt.yml"
report "libvirt, names and states" "$dir/quick.hostwright.yml"
report "libvirt, all facts" "$dir/kvm.hostwright.yml"
ours="$last"
if ansible-doc -t inventory community.libvirt.libvirt >/dev/null 2>&1; then
    report "community.libvirt.libvirt" "$dir/peer.libvirt.yml"
    awk -v empty="$empty" -v ours="$ours" -v peer="$last" 'BEGIN {
        printf "%-44s %7.2f\n", "ratio, peer to ours with all facts", (peer - empty) / (ours - empty)}'
else
    echo "community.libvirt is not installed: not compared"
fi
