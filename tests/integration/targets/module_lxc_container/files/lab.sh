#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A network and a view of /sys of its own for LXC, which looks for bridges in /sys and for containers by sockets that
# belong to the network namespace: `lab.sh start DIR PYTHON`, `lab.sh stop DIR`, `lab.sh run DIR COMMAND...`.
set -euo pipefail

dir="$2"

inside() { nsenter --target "$(<"$dir/pid")" --net --mount "$@"; }

# `ip netns exec` would hide the cgroups, which LXC needs.
hold() {
    mount --make-rprivate /
    mkdir -p "$dir/cgroup"
    mount --rbind /sys/fs/cgroup "$dir/cgroup"
    mount -t sysfs sysfs /sys
    mount --rbind "$dir/cgroup" /sys/fs/cgroup
    mount -t tmpfs tmpfs /run
    exec sleep infinity
}

start() {
    mkdir -p "$dir/lxc"
    unshare --net --mount "$0" hold "$dir" >"$dir/log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    for _try in $(seq 50); do
        [[ "$(ps -o comm= -p "$(<"$dir/pid")")" == sleep ]] && break
        sleep 0.1
    done
    inside ip link set lo up
    inside ip link add br0 type bridge
    inside ip link add br1 type bridge
    inside ip addr add 10.66.0.1/24 dev br0
    inside ip link set br0 up
    inside ip link set br1 up
    inside ip link add up0 type veth peer name up1
    inside ip link set up0 up
    inside ip link set up1 up
    printf '#!/bin/sh\nexec nsenter --target %s --net --mount %s "$@"\n' "$(<"$dir/pid")" "$3" >"$dir/python"
    chmod 0755 "$dir/python"
}

stop() {
    local name
    [[ -e "$dir/pid" ]] || { rm -rf "$dir"; return 0; }
    if kill -0 "$(<"$dir/pid")" 2>/dev/null; then
        for name in "$dir"/lxc/*/config; do
            [[ -e "$name" ]] || continue
            inside lxc-stop -P "$dir/lxc" -n "$(basename "$(dirname "$name")")" -k >/dev/null 2>&1 || true
        done
        kill "$(<"$dir/pid")"
    fi
    rm -rf "$dir"
    # LXC leaves empty cgroups after failed starts.
    find /sys/fs/cgroup -maxdepth 2 -type d -name 'lxc.monitor.hw*' -exec rmdir {} + 2>/dev/null || true
}

case "$1" in
    start) start "$@" ;;
    stop | hold) "$1" ;;
    run) shift 2 && inside "$@" ;;
    *) exit 2 ;;
esac
