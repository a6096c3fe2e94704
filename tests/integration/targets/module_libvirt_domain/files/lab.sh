#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A libvirtd of its own, in a network and a view of the file system of its own: `lab.sh start DIR PYTHON`,
# `lab.sh stop DIR`, `lab.sh run DIR COMMAND...`.
set -euo pipefail

dir="$2"

inside() { nsenter --target "$(<"$dir/pid")" --net --mount "$@"; }

# The machine's own /run, /etc/libvirt and files of libvirt are out of sight. LXC needs the cgroups, and bridges in /sys.
hold() {
    mount --make-rprivate /
    mkdir -p "$dir/cgroup" "$dir/etc" "$dir/lib" "$dir/log" "$dir/cache" "$dir/images"
    mount --rbind /sys/fs/cgroup "$dir/cgroup"
    mount -t sysfs sysfs /sys
    mount --rbind "$dir/cgroup" /sys/fs/cgroup
    mount -t tmpfs tmpfs /run
    cp -a /etc/libvirt/. "$dir/etc"
    rm -rf "$dir"/etc/qemu/* "$dir"/etc/lxc/* "$dir"/etc/storage/* "$dir"/etc/autostart/*
    printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nnamespaces = []\n' >"$dir/etc/qemu.conf"
    printf 'security_driver = "none"\n' >"$dir/etc/lxc.conf"
    mount --bind "$dir/etc" /etc/libvirt
    mkdir -p /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
    mount --bind "$dir/lib" /var/lib/libvirt
    mount --bind "$dir/log" /var/log/libvirt
    mount --bind "$dir/cache" /var/cache/libvirt
    exec sleep infinity
}

start() {
    mkdir -p "$dir"
    unshare --net --mount "$0" hold "$dir" >"$dir/hold.log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    for _try in $(seq 100); do
        [[ "$(ps -o comm= -p "$(<"$dir/pid")")" == sleep ]] && break
        sleep 0.1
    done
    inside ip link set lo up
    inside ip link add br0 type bridge
    inside ip link add br1 type bridge
    inside ip link set br0 up
    inside ip link set br1 up
    mkdir -p "$dir/socket"
    inside virtlogd --daemon --pid-file "$dir/virtlogd.pid"
    inside libvirtd --daemon --pid-file "$dir/libvirtd.pid"
    for _try in $(seq 100); do
        inside virsh -q -c qemu:///system version >/dev/null 2>&1 && break
        sleep 0.2
    done
    printf '#!/bin/sh\nexec nsenter --target %s --net --mount %s "$@"\n' "$(<"$dir/pid")" "$3" >"$dir/python"
    chmod 0755 "$dir/python"
}

destroy_all() {
    local uri name
    for uri in qemu:///system lxc:///; do
        for name in $(inside virsh -q -c "$uri" list --name 2>/dev/null); do
            inside virsh -q -c "$uri" destroy "$name" >/dev/null 2>&1 || true
        done
    done
}

stop() {
    local file
    [[ -e "$dir/pid" ]] || { rm -rf "$dir"; return 0; }
    if kill -0 "$(<"$dir/pid")" 2>/dev/null; then
        destroy_all
        for file in keeper libvirtd virtlogd; do
            [[ ! -s "$dir/$file.pid" ]] || kill "$(<"$dir/$file.pid")" 2>/dev/null || true
        done
        kill "$(<"$dir/pid")"
    fi
    rm -rf "$dir"
}

case "$1" in
    start) start "$@" ;;
    stop | hold) "$1" ;;
    run) shift 2 && inside "$@" ;;
    *) exit 2 ;;
esac
