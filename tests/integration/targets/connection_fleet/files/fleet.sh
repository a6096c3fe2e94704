#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Two hosts in namespaces: `fleet.sh start DIR`, `fleet.sh stop DIR`.
set -euo pipefail

dir="$2"
guests="$(cd "$(dirname "$0")" && pwd -P)/../../connection_guests/files/lab.sh"
# shellcheck source=tests/integration/targets/setup_sshd/files/sshd.sh
source "$(dirname "$guests")/../../setup_sshd/files/sshd.sh"

list_guests() {
    case "$1" in
        fy) echo auth backup cas dhcp dns1 dns2 etherpad git gitlab grafana ldap1 ldap2 mail ;;
        fz) echo mailman matrix mirror monitor nextcloud ntp proxy radius roundcube sql web1 web2 ;;
    esac
}

hold() {
    local name="$1" address="$2" guest
    mount --make-rprivate /
    hostname "$name"
    # LXC looks for interfaces in /sys, and needs the cgroups there
    mkdir -p "$dir/$name/cgroup" /run/sshd
    mount --rbind /sys/fs/cgroup "$dir/$name/cgroup"
    mount -t sysfs sysfs /sys
    mount --rbind "$dir/$name/cgroup" /sys/fs/cgroup
    mount --bind "$dir/$name/lxc" /var/lib/lxc
    ip link set lo up
    while ! ip link show eth0 >/dev/null 2>&1; do sleep 0.1; done
    ip addr add "$address" dev eth0
    ip link set eth0 up
    for guest in /var/lib/lxc/*/; do
        lxc-start -n "$(basename "$guest")" </dev/null >/dev/null 2>&1
    done
    exec /usr/sbin/sshd -D -e -f "$dir/sshd_config"
}

start() {
    local name guest number=0
    mkdir -p "$dir"
    make_keys "$dir" 10.67.1.2 10.67.2.2
    configure_sshd "$dir/sshd_config" /usr/bin:/bin
    for name in fy fz; do
        number=$((number + 1))
        for guest in $(list_guests "$name"); do
            "$guests" guest "$dir/$name" "$guest"
            # Where its host sees it
            sed -i "s|dir:.*|dir:/var/lib/lxc/$guest/rootfs|" "$dir/$name/lxc/$guest/config"
        done
        unshare --mount --net --uts "$0" hold "$dir" "$name" "10.67.$number.2/24" >"$dir/$name/log" 2>&1 </dev/null &
        echo $! >"$dir/$name/pid"
        while [[ "$(readlink "/proc/$!/ns/net")" == "$(readlink /proc/self/ns/net)" ]]; do sleep 0.1; done
        ip link add "hw-$name" type veth peer name eth0 netns "$!"
        ip addr add "10.67.$number.1/24" dev "hw-$name"
        ip link set "hw-$name" up
    done
    for number in 1 2; do
        for _try in $(seq 300); do
            ssh-keyscan -t ed25519 "10.67.$number.2" 2>/dev/null | grep -q . && continue 2
            sleep 0.1
        done
        tail "$dir"/*/log >&2
        return 1
    done
}

stop() {
    local name guest pid
    for name in fy fz; do
        [[ -e "$dir/$name/pid" ]] || continue
        pid="$(<"$dir/$name/pid")"
        if [[ -e "/proc/$pid" ]]; then
            for guest in "$dir/$name"/lxc/*/; do
                nsenter --target "$pid" --net --mount lxc-stop -n "$(basename "$guest")" -k >/dev/null 2>&1 || true
            done
            stop_sshd "$pid"
        fi
        ip link del "hw-$name" 2>/dev/null || true
    done
    rm -rf "$dir"
}

case "$1" in
    start | stop) "$1" ;;
    hold) hold "$3" "$4" ;;
    *) exit 2 ;;
esac
