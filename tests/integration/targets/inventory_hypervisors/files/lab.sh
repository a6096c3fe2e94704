#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Hosts with guests, all of them this machine in a network and a view of the file system of its own, where sshd listens on
# several ports: LXC and libvirt are real, jails are those of the twins, and xl answers as recorded.
# `lab.sh start DIR PYTHON`, `lab.sh run DIR COMMAND...`, `lab.sh stop DIR`.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd -P)"
root="${here%%/tests/output/*}" # ansible-test runs a copy of the target
tests="${root%/tests/integration/*}/tests"
dir="$2"
# shellcheck source=tests/integration/targets/setup_sshd/files/sshd.sh
source "$here/../../setup_sshd/files/sshd.sh"
hash="$(printf 'correct horse' | openssl passwd -6 -stdin)"

inside() { nsenter --target "$(<"$dir/pid")" --net --mount --wd="$PWD" "$@"; }

hide() {
    mount --make-rprivate /
    mkdir -p "$dir"/{cgroup,etc,cache,log,lib,empty}
    mount --rbind /sys/fs/cgroup "$dir/cgroup"
    mount -t sysfs sysfs /sys
    mount --rbind "$dir/cgroup" /sys/fs/cgroup
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs "$dir/etc"
    mkdir "$dir/etc/up" "$dir/etc/work" /run/sshd
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$dir/etc/up,workdir=$dir/etc/work" /etc
    for name in lib cache log; do mkdir -p "/var/$name/libvirt" && mount --bind "$dir/$name" "/var/$name/libvirt"; done
    rm -rf /etc/libvirt/qemu/* /etc/libvirt/lxc/*
    printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nnamespaces = []\n' >/etc/libvirt/qemu.conf
    printf 'security_driver = "none"\n' >/etc/libvirt/lxc.conf
}

add_users() {
    local user
    useradd -m -d "$dir/home/admin" -s "$(type -P tcsh || echo /bin/sh)" -p "$hash" hwadmin
    for user in noisy slow flood; do useradd -m -d "$dir/home/$user" -s "$dir/$user" -p "$hash" "hw$user"; done
    printf '%s\n' "Defaults secure_path=$dir/twins/bin:/usr/sbin:/usr/bin" 'hwadmin ALL=(ALL) ALL' >/etc/sudoers.d/hostwright
    # shellcheck disable=SC2016 # for csh and sh
    printf 'echo "Welcome to a csh"\n' >"$dir/home/admin/.cshrc"
    printf '#!/bin/sh\nprintf "Welcome! \\033[1m{{ 7 * 7 }}\\033[0m\\n\\377\\n"\nexec /bin/sh "$@"\n' >"$dir/noisy"
    printf '#!/bin/sh\nexec sleep 300\n' >"$dir/slow"
    printf '#!/bin/sh\nhead -c 11000000 /dev/zero | tr "\\0" x\nexec /bin/sh "$@"\n' >"$dir/flood"
    chmod 0755 "$dir"/{noisy,slow,flood}
    printf '%s\n' 'off1 { path = /jails/off1; ip4.addr = "lo1|192.0.2.21/32"; meta.tags = "db"; persist; }' \
        'web1 { path = /jails/web1; host.hostname = web1.example.org; persist; }' >/etc/jail.conf
    rm -rf /etc/jail.conf.d /etc/xen
    mkdir -p /etc/xen/auto
    cp "$tests"/unit/captures/xen/4.20/*.cfg /etc/xen/
    ln -s ../web.cfg /etc/xen/auto/web
}

# $1: port, $2: PATH of its sessions
listen() {
    configure_sshd "$dir/sshd-$1" "$2" "Port $1" 'ListenAddress 127.0.0.1' "${with_passwords[@]}"
    /usr/sbin/sshd -D -e -f "$dir/sshd-$1" </dev/null >"$dir/sshd-$1.log" 2>&1 &
    echo $! >"$dir/sshd-$1.pid"
}

hold() {
    hide
    add_users
    ip link set lo up
    ip link add br0 type bridge
    ip address add 192.0.2.1/24 dev br0
    ip link set br0 up
    listen 2201 /usr/sbin:/usr/bin
    listen 2202 "$dir/twins/bin:/usr/sbin:/usr/bin"
    listen 2203 "$dir/xen/bin:/usr/sbin:/usr/bin"
    echo ready >"$dir/ready"
    exec sleep infinity
}

make_container() {
    local home="$dir/lxc/$1"
    mkdir -p "$home"/rootfs/{bin,dev,etc,proc,sys,tmp,root,usr}
    cp /usr/bin/busybox "$home/rootfs/bin/"
    chroot "$home/rootfs" /bin/busybox --install -s /bin
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$home/rootfs/etc/passwd"
    cat >"$home/config" <<CFG
lxc.uts.name = $1
lxc.rootfs.path = dir:$home/rootfs
lxc.net.0.type = veth
lxc.net.0.link = br0
lxc.net.0.flags = up
lxc.net.0.hwaddr = 00:16:3e:00:01:0$2
lxc.net.0.ipv4.address = 192.0.2.1$2/24
lxc.group = web
lxc.start.auto = 1
lxc.init.cmd = /bin/sleep infinity
CFG
}

# A tool that answers as recorded: $1 the tool, then pairs of arguments and files
make_tool() {
    local tool="$1"
    shift
    {
        # shellcheck disable=SC2016 # for the script
        printf '#!/bin/sh\ncase "$*" in\n'
        while (($#)); do printf '"%s") cat %q ;;\n' "$1" "$2" && shift 2; done
        printf '*) exit 1 ;;\nesac\n'
    } >"$dir/xen/bin/$tool"
    chmod 0755 "$dir/xen/bin/$tool"
}

define_domain() {
    inside virsh -q -c "$1" define /dev/stdin <<XML
<domain type='$2'><name>$3</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<metadata><h:mark xmlns:h='https://example.org/h'><h:tag>$4</h:tag></h:mark></metadata>
<os><type>$5</type>$6</os>
<devices>$7</devices></domain>
XML
}

start_guests() {
    local name captures="$tests/unit/captures/xen/4.20"
    make_container toto 1
    make_container tata 2
    make_container off 3
    # A guest with guests of its own, as far as a tool in it says
    # shellcheck disable=SC2016 # for the script
    printf '#!/bin/sh\ncase $1 in ps) echo ab ;; inspect) cat /docker.json ;; esac\n' >"$dir/lxc/toto/rootfs/bin/docker"
    chmod 0755 "$dir/lxc/toto/rootfs/bin/docker"
    printf '%s\n' '{"Id":"ab","Name":"/inner","State":{"Status":"running","Pid":7},"Networks":{},"Labels":{"x":""}}' \
        >"$dir/lxc/toto/rootfs/docker.json"
    for name in '{{ 7 * 7 }}' '-rf'; do
        mkdir -p "$dir/lxc/$name"
        cp "$dir/lxc/off/config" "$dir/lxc/$name/config"
    done
    for name in toto tata; do inside lxc-start -P "$dir/lxc" -n "$name" </dev/null >"$dir/$name.log" 2>&1; done
    inside lxc-freeze -P "$dir/lxc" -n tata
    mkdir -p "$dir/xen/bin"
    make_tool xl "list -v -c" "$captures/list-v-c.txt" "list -l" "$captures/list-l.txt" info "$captures/info-n.txt"
    inside env PATH="$dir/twins/bin:$PATH" jail -c web1
    inside virtlogd --daemon --pid-file "$dir/virtlogd.pid"
    inside libvirtd --daemon --pid-file "$dir/libvirtd.pid"
    for _try in $(seq 100); do
        inside virsh -q -c lxc:///system version >/dev/null 2>&1 && break
        sleep 0.2
    done
    define_domain qemu:///system qemu vm1 kvm hvm '' "<interface type='bridge'><source bridge='br0'/>\
<mac address='52:54:00:00:01:01'/></interface>"
    define_domain qemu:///system qemu toto kvm hvm '' ''
    define_domain lxc:///system lxc box1 small exe '<init>/bin/sleep</init><initarg>6000</initarg>' \
        "<filesystem type='mount'><source dir='$dir/lxc/off/rootfs'/><target dir='/'/></filesystem><console type='pty'/>"
    inside virsh -q -c qemu:///system autostart vm1
    inside virsh -q -c qemu:///system start vm1
    inside virsh -q -c lxc:///system start box1
    # A guest that the host has seen, as after a packet of it
    inside ip neighbour add 192.0.2.51 lladdr 52:54:00:00:01:01 dev br0 nud stale
}

start() {
    mkdir -p "$dir/lxc" "$dir/home" "$dir/python" "$dir/empty"
    chmod 0755 "$dir"
    make_keys "$dir" '*'
    ssh-keygen -q -t ed25519 -N '' -f "$dir/other_key"
    # libvirt-python of the system, which is for a Python of the same version
    ln -s /usr/lib/python3/dist-packages/libvirt*.py /usr/lib/python3/dist-packages/libvirt*.so "$dir/python/"
    "$tests/twins/install" "$dir/twins" "$1"
    mkdir -p "$dir"/twins/root/jails/{web1,off1}
    unshare --net --mount "$0" hold "$dir" >"$dir/hold.log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    for _try in $(seq 100); do
        [[ -e "$dir/ready" ]] && break
        sleep 0.1
    done
    "$0" guests "$dir" >"$dir/guests.log" 2>&1 && return 0
    cat "$dir/hold.log" "$dir/guests.log" >&2
    return 1
}

stop() {
    local name uri
    [[ -e "$dir/pid" ]] || { rm -rf "$dir"; return 0; }
    for uri in qemu:///system lxc:///system; do
        for name in $(inside virsh -q -c "$uri" list --name 2>/dev/null); do
            inside virsh -q -c "$uri" destroy "$name" >/dev/null 2>&1 || true
        done
    done
    for name in toto tata; do
        inside lxc-unfreeze -P "$dir/lxc" -n "$name" >/dev/null 2>&1 || true
        inside lxc-stop -P "$dir/lxc" -n "$name" -k >/dev/null 2>&1 || true
    done
    for name in "$dir"/sshd-*.pid; do stop_sshd "$(<"$name")"; done
    for name in "$dir"/{libvirtd,virtlogd}.pid "$dir/pid"; do
        [[ ! -s "$name" ]] || kill "$(<"$name")" 2>/dev/null || true
    done
    sleep 0.2
    rm -rf --one-file-system "$dir"
}

case "$1" in
    start) shift 2 && start "$@" ;;
    stop | hold) "$1" ;;
    guests) start_guests ;;
    run) shift 2 && inside "$@" ;;
    *) exit 2 ;;
esac
