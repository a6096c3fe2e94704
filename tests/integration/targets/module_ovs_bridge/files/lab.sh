#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A switch of its own in a network namespace, with guests on cables: `lab.sh start DIR PYTHON`, `lab.sh stop DIR`, and
# `lab.sh end DIR server` or `switch` to stop one daemon.
# Guests a, b, c and the analyser s are namespaces hw_ovs_X; their ports in the switch's namespace hw_ovs are X0.
set -euo pipefail

dir="$2" word="${3:-}"
export OVS_RUNDIR="$dir" OVS_LOGDIR="$dir" OVS_DBDIR="$dir" OVS_SYSCONFDIR="$dir"
guests=(a b c s)
inside=(nsenter --net=/run/netns/hw_ovs)

start() {
    mkdir -p "$dir"
    local guest number=0
    ip netns add hw_ovs
    ip -n hw_ovs link set lo up
    for guest in "${guests[@]}"; do
        number=$((number + 1))
        ip netns add "hw_ovs_$guest"
        ip -n hw_ovs link add "${guest}0" type veth peer name eth0 netns "hw_ovs_$guest"
        ip -n hw_ovs link set "${guest}0" up
        ip -n "hw_ovs_$guest" link set eth0 up
        ip -n "hw_ovs_$guest" addr add "10.88.0.$number/24" dev eth0
    done
    ovsdb-tool create "$dir/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    "${inside[@]}" ovsdb-server "$dir/conf.db" --remote="punix:$dir/db.sock" --unixctl="$dir/server.ctl" \
        --pidfile="$dir/server.pid" --log-file="$dir/server.log" --detach
    ovs-vsctl --db="unix:$dir/db.sock" --no-wait init
    "${inside[@]}" ovs-vswitchd "unix:$dir/db.sock" --unixctl="$dir/switch.ctl" \
        --pidfile="$dir/switch.pid" --log-file="$dir/switch.log" --detach
    # The modules run in the switch's namespace: they ask `ip` for its addresses.
    printf '#!/bin/sh\nexec nsenter --net=/run/netns/hw_ovs %s "$@"\n' "$word" >"$dir/python"
    chmod 0755 "$dir/python"
}

end() {
    local pid
    [[ -e "$dir/$1.pid" ]] || return 0
    pid="$(<"$dir/$1.pid")"
    kill "$pid" 2>/dev/null || return 0
    for _try in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid"
}

stop() {
    local guest
    end switch
    end server
    for guest in "${guests[@]}" up; do ip netns del "hw_ovs_$guest" 2>/dev/null || true; done
    ip netns del hw_ovs 2>/dev/null || true
    rm -rf "$dir"
}

case "$1" in
    start | stop) "$1" ;;
    end) end "$word" ;;
    *) exit 2 ;;
esac
