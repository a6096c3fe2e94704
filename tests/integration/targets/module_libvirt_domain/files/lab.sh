#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A libvirtd of its own, in a network and a view of the file system of its own: `lab.sh start DIR PYTHON`,
# `lab.sh stop DIR`, `lab.sh run DIR COMMAND...`, `lab.sh grow DIR`: the block device.
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
    start_switch
    make_guests
    inside virtlogd --daemon --pid-file "$dir/virtlogd.pid"
    inside libvirtd --daemon --pid-file "$dir/libvirtd.pid"
    for _try in $(seq 100); do
        inside virsh -q -c qemu:///system version >/dev/null 2>&1 && break
        sleep 0.2
    done
    # The driver of tests forgets everything when nobody is connected.
    inside virsh -q -c test+unix:///default event --event lifecycle --loop >"$dir/keeper.log" 2>&1 </dev/null &
    echo $! >"$dir/keeper.pid"
    inside virsh -q -c qemu:///system pool-create-as --name hwpool --type dir --target "$dir/images" >/dev/null
    make_surroundings
    printf '#!/bin/sh\nexec nsenter --target %s --net --mount %s "$@"\n' "$(<"$dir/pid")" "$3" >"$dir/python"
    chmod 0755 "$dir/python"
}

start_switch() {
    inside mkdir -p /run/openvswitch
    ovsdb-tool create "$dir/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    inside ovsdb-server "$dir/conf.db" --remote=punix:/run/openvswitch/db.sock --pidfile="$dir/ovsdb.pid" \
        --log-file="$dir/ovsdb.log" --detach
    inside ovs-vsctl --no-wait init
    inside ovs-vswitchd unix:/run/openvswitch/db.sock --pidfile="$dir/vswitchd.pid" --log-file="$dir/vswitchd.log" \
        --disable-system --detach
    inside ovs-vsctl add-br ovs0 -- set Bridge ovs0 datapath_type=netdev
}

# A boot sector that waits for the power button and then turns the machine off, and the root of a container.
make_guests() {
    local code='\xfb\xba\x02\x06\xb8\x00\x01\xef\xf4\xba\x00\x06\xed\xf6\xc4\x01\x74\xf6\xba\x04\x06\xb8\x00\x20\xef\xf4\xeb\xfd'
    truncate --size=1M "$dir/images/boot.raw"
    printf %b "$code" | dd of="$dir/images/boot.raw" conv=notrunc status=none
    printf '\x55\xaa' | dd of="$dir/images/boot.raw" conv=notrunc bs=1 seek=510 status=none
    cp "$dir/images/boot.raw" "$dir/images/deaf.raw"
    printf '\xeb\xfe' | dd of="$dir/images/deaf.raw" conv=notrunc status=none
    mkdir -p "$dir"/root/{bin,sbin,dev,etc,proc,sys,srv}
    cp "$(type -P busybox)" "$dir/root/bin/busybox"
    ln -s busybox "$dir/root/bin/sh"
    ln -s ../bin/busybox "$dir/root/sbin/init"
    printf '::sysinit:/bin/busybox true\n::respawn:/bin/busybox sleep 1000\n' >"$dir/root/etc/inittab"
}

# What guests use that is not in a folder: a disk over the network, a block device, a kernel, a network of libvirt
make_surroundings() {
    truncate --size=1M "$dir/nbd.raw" "$dir/block.raw"
    inside qemu-nbd --fork --persistent --bind 127.0.0.1 --export-name disk1 --format raw --pid-file "$dir/nbd.pid" "$dir/nbd.raw"
    losetup --find --show "$dir/block.raw" >"$dir/loop"
    ln -s "$(<"$dir/loop")" "$dir/block"
    # As Multiboot has it: magic, flags, checksum, where it is loaded and begins; then hlt for ever
    printf %b '\x02\xb0\xad\x1b\x00\x00\x01\x00\xfe\x4f\x51\xe4\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x10\x00\xf4\xeb\xfd' >"$dir/kernel"
    truncate --size=4096 "$dir/kernel"
    inside virsh -q -c qemu:///system net-create /dev/stdin <<XML
<network><name>hwnet</name><forward mode='bridge'/><bridge name='ovs0'/><virtualport type='openvswitch'/>
<portgroup name='office'><vlan><tag id='30'/></vlan></portgroup></network>
XML
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
        for file in keeper libvirtd virtlogd vswitchd ovsdb nbd; do
            [[ ! -s "$dir/$file.pid" ]] || kill "$(<"$dir/$file.pid")" 2>/dev/null || true
        done
        kill "$(<"$dir/pid")"
        [[ ! -s "$dir/loop" ]] || losetup --detach "$(<"$dir/loop")" || true
    fi
    rm -rf "$dir"
}

case "$1" in
    start) start "$@" ;;
    stop | hold) "$1" ;;
    run) shift 2 && inside "$@" ;;
    grow) truncate --size=2M "$dir/block.raw" && losetup --set-capacity "$(<"$dir/loop")" ;;
    *) exit 2 ;;
esac
