# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that stays with a guest of the base system while it runs: plain sh(1) of FreeBSD. Private; data."""

from __future__ import annotations

RUN = r"""#!/bin/sh
# Kept by Ansible, hostwright.virt.bhyve_vm: changes are lost.
#
# Runs guests of bhyve(8) from files of bhyve_config(5). Keys that begin with hostwright are for this script.
#   start NAME            in the background
#   boot NAME...          one after the other, with their pauses
#   stop SECONDS NAME...  press the power button, wait, then cut the power; without names all that run
#   status NAME...
#   clean NAME            remove what is left of a guest whose bhyve and whose script were killed
#   run NAME              stay with the guest until it is off; start calls this
umask 077
configs=@CONFIGS@
state=@STATE@
logs=@LOGS@
PATH=$PATH:/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
export PATH

# Prints the value of a key of the guest's file; of several lines the last one counts, as for bhyve
value() {
    awk -v key="$1=" 'index($0, key) == 1 { found = substr($0, length(key) + 1) } END { print found }' "$conf"
}

# Prints "bridge tap mtu" of each tap(4) interface, with - for what is not said
taps() {
    awk '
        /^pci\.0\.[0-9]+\.[0-7]\.(backend|bridge|mtu)=/ {
            place = $0; sub(/\.[a-z]+=.*/, "", place)
            rest = substr($0, length(place) + 2)
            key = rest; sub(/=.*/, "", key)
            found[place, key] = substr(rest, length(key) + 2); places[place] = 1
        }
        END {
            for (place in places) {
                tap = found[place, "backend"]
                if (tap !~ /^(tap|vmnet)[0-9]+$/) continue
                bridge = found[place, "bridge"]; if (bridge == "") bridge = "-"
                mtu = found[place, "mtu"]; if (mtu == "") mtu = "-"
                print bridge, tap, mtu
            }
        }' "$conf"
}

# Prints "hd path" or "cd path" of each disk in the order of the bus
disks() {
    awk '
        /^pci\.0\.[0-9]+\.[0-7]\.(device|path|port\.0\.(path|type))=/ {
            split($0, part, "."); place = part[3] * 8 + part[4]
            rest = $0; sub(/^pci\.0\.[0-9]+\.[0-7]\./, "", rest)
            key = rest; sub(/=.*/, "", key)
            found[place, key] = substr(rest, length(key) + 2); places[place] = 1
        }
        END {
            for (place in places) {
                device = found[place, "device"]
                if (device == "ahci") {
                    kind = found[place, "port.0.type"]; path = found[place, "port.0.path"]
                } else if (device == "virtio-blk" || device == "nvme") {
                    kind = "hd"; path = found[place, "path"]
                } else continue
                if (path != "") print place, kind, path
            }
        }' "$conf" | sort -n | cut -d " " -f 2-
}

say() {
    printf '%s %s: %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$name" "$*"
}

# Whether bhyve runs a guest of this name, whoever has started it
runs() {
    pgrep -lf '^bhyve: ' | awk -v name="$1" '$2 == "bhyve:" && $3 == name { found = 1 } END { exit !found }'
}

# A VM stays in the kernel when bhyve was killed, and a new one would find the device busy (15.1)
destroy() {
    bhyvectl --vm="$name" --destroy >/dev/null 2>&1
}

# Makes the interfaces that are not there, and puts them into their bridges. A member of a bridge has the MTU of the
# bridge, and another one cannot be set (15.1).
make_taps() {
    taps | while read -r bridge tap mtu; do
        if ! ifconfig "$tap" >/dev/null 2>&1; then
            ifconfig "$tap" create >/dev/null || exit 1
            ifconfig "$tap" description "hostwright $name" || exit 1
        fi
        [ "$mtu" = - ] || ifconfig "$tap" mtu "$mtu" 2>/dev/null
        if [ "$bridge" != - ] && ! ifconfig "$bridge" | grep -qF "member: $tap "; then
            ifconfig "$bridge" addm "$tap" || exit 1
        fi
        [ "$mtu" = - ] || ifconfig "$tap" | grep -q " mtu $mtu\$" || say "$tap has another MTU, that of its bridge"
        ifconfig "$tap" up || exit 1
    done
}

# bhyve makes the sockets of virtio-console, and stops at one that is there already: it never removes one (15.1)
remove_sockets() {
    sed -n 's/^pci\.0\.[0-9]*\.[0-7]\.port\.[0-9]*\.path=//p' "$conf" | while read -r path; do
        [ ! -S "$path" ] || rm -f "$path"
    done
}

# Removes those that this script has made
remove_taps() {
    taps | while read -r _ tap _; do
        if ifconfig "$tap" 2>/dev/null | grep -qxF "$(printf '\tdescription: hostwright %s' "$name")"; then
            ifconfig "$tap" destroy
        fi
    done
}

load_freebsd() {
    set -- -m "$(value memory.size)"
    [ -z "$com" ] || set -- "$@" -c "$com"
    [ "$(value memory.wired)" != true ] || set -- "$@" -S
    disk=$(disks | sed -n 's/^hd //p' | head -n 1)
    bhyveload "$@" -d "$disk" "$name"
}

load_grub() {
    disks | awk '{ kind = $1; sub(/^.. /, ""); n = count[kind]++; print "(" kind (n + 0) ") " $0 }' >"$state/$name.map"
    set -- -r "hd0${partition:+,$partition}" -m "$state/$name.map" -M "$(value memory.size)"
    [ -z "$com" ] || set -- "$@" -c "$com"
    [ "$(value memory.wired)" != true ] || set -- "$@" -S
    folder=$(value hostwright.grub.dir)
    [ -z "$folder" ] || set -- "$@" -d "$folder"
    sed -n 's/^hostwright\.grub\.command\.[0-9]*=//p' "$conf" >"$state/$name.grub"
    if [ -s "$state/$name.grub" ]; then
        grub-bhyve "$@" "$name" <"$state/$name.grub"
    else
        grub-bhyve "$@" "$name" </dev/null
    fi
}

# Puts the guest's system into the VM, where its firmware does not do that
load() {
    com=$(value lpc.com1.path)
    partition=$(value hostwright.grub.partition)
    case $(value hostwright.loader) in
    bhyveload) load_freebsd ;;
    grub) load_grub ;;
    esac
}

limit() {
    sed -n 's/^hostwright\.limits\.\([a-z]*\)=/\1:/p' "$conf" | while read -r rule; do
        said=$(rctl -a "process:$pid:$rule" 2>&1) && continue
        case $said in *"No such process"*) break ;; esac # it has ended, and its own words are the last ones
        say "the limit $rule could not be set: $said"
    done
}

reason() {
    case $1 in
    0) echo reset ;;
    1) echo poweroff ;;
    2) echo halt ;;
    3) echo "triple fault" ;;
    4) echo error ;;
    5) echo suspended ;;
    *) if [ "$1" -gt 128 ] && [ "$1" -le 192 ]; then echo "signal $(($1 - 128))"; else echo error; fi ;;
    esac
}

# Starts the guest once, and waits until bhyve has ended; its exit code is in $code
once() {
    if ! { cp "$configs/$name.conf" "$conf.new" && mv "$conf.new" "$conf"; }; then
        code=4
        return
    fi
    destroy
    remove_sockets
    if ! make_taps; then
        say "its interfaces could not be made"
        code=4
        return
    fi
    if ! load; then
        say "its loader has failed"
        code=4
        return
    fi
    if [ -e "$state/$name.stop" ]; then
        code=1
        return
    fi
    bhyve -k "$conf" "$name" </dev/null &
    pid=$!
    limit
    wait "$pid"
    code=$?
    while kill -0 "$pid" 2>/dev/null; do # a signal to this script ends the wait, not bhyve
        wait "$pid"
        code=$?
    done
    pid=
}

# Removes what a guest has for the time that it runs
tidy() {
    destroy
    if [ -f "$conf" ]; then
        remove_sockets
        remove_taps
    fi
    rm -f "$conf" "$state/$name.map" "$state/$name.grub"
}

run_guest() {
    mkdir -p "$state" "$logs"
    conf=$state/$name.conf
    [ ! -e "$logs/$name.log" ] || mv "$logs/$name.log" "$logs/$name.log.0"
    exec >>"$logs/$name.log" 2>&1
    rm -f "$state/$name.stop" "$state/$name.reason"
    pid=
    trap 'touch "$state/$name.stop"; [ -z "$pid" ] || kill -TERM "$pid"' TERM INT
    if runs "$name"; then
        say "a guest of this name runs already, and not by this service"
        exit 4
    fi
    tidy # a script before this one may have been killed
    kldload -n vmm nmdm || say "vmm.ko or nmdm.ko could not be loaded"
    while :; do
        say "starts"
        once
        say "has ended: $(reason "$code") ($code)"
        [ "$code" -eq 0 ] && [ ! -e "$state/$name.stop" ] || break
        sleep 1
    done
    tidy
    rm -f "$state/$name.stop"
    printf '%s %s\n' "$code" "$(reason "$code")" >"$state/$name.reason"
    exit "$code"
}

start_guest() {
    if [ ! -f "$configs/$name.conf" ]; then
        say "there is no $configs/$name.conf" >&2
        return 1
    fi
    mkdir -p "$state" "$logs"
    # Without -f daemon(8) would keep the caller's pipes open. Its lock on the file keeps a second one away, and the one
    # before it lets go of the lock a moment after the guest is gone.
    for _ in 1 2 3 4 5; do
        daemon -f -p "$state/$name.pid" "$0" run "$name" && return 0
        sleep 1
    done
    return 1
}

boot_guests() {
    for name; do
        conf=$configs/$name.conf
        start_guest || continue
        pause=$(value hostwright.start_delay)
        [ -z "$pause" ] || sleep "$pause"
    done
}

running() {
    for file in "$state"/*.pid; do
        [ -f "$file" ] || continue
        name=${file##*/}
        name=${name%.pid}
        if kill -0 "$(cat "$file")" 2>/dev/null; then echo "$name"; fi
    done
}

stop_guests() {
    left=$1
    shift
    if [ $# -eq 0 ]; then
        for name in $(running); do set -- "$@" "$name"; done
    fi
    for name; do
        kill -TERM "$(cat "$state/$name.pid" 2>/dev/null)" 2>/dev/null
    done
    for name; do
        while runs "$name" && [ "$left" -gt 0 ]; do
            sleep 1
            left=$((left - 1))
        done
        if runs "$name"; then
            bhyvectl --vm="$name" --force-poweroff
        fi
    done
}

clean_guest() {
    conf=$state/$name.conf
    if runs "$name"; then
        say "runs" >&2
        return 1
    fi
    tidy
    rm -f "$state/$name.stop"
}

status_guests() {
    if [ $# -eq 0 ]; then
        for name in $(running); do set -- "$@" "$name"; done
    fi
    code=0
    for name; do
        if runs "$name"; then
            echo "$name runs"
        else
            echo "$name does not run"
            code=1
        fi
    done
    return "$code"
}

command=$1
[ $# -eq 0 ] || shift
name=$1
case $command in
start) start_guest ;;
boot) boot_guests "$@" ;;
run) run_guest ;;
stop) stop_guests "$@" ;;
status) status_guests "$@" ;;
clean) clean_guest ;;
*)
    echo "usage: $0 start|boot|stop|status|clean|run ..." >&2
    exit 64
    ;;
esac
"""
