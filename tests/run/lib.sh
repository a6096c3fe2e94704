# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the test tiers share. A tier is a script beside this file:
#
#     source "$(dirname "$0")/lib.sh"
#     begin_tier lint
#     check yamllint yamllint .      # one line, one count, one log
#     end_tier
#
# end_tier writes "passed failed skipped" into tests/output/results/<tier>, which `all` adds up,
# and fails when something failed or when nothing was counted.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
output="$root/tests/output"
cache="$root/.cache"
venv="$root/.venv"
totals_pattern='%d passed, %d failed, %d skipped\n'

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Puts our tools first, and real Pythons before version switchers' shims that refuse to run.
use_venv() {
    "$root/tests/run/setup"
    local path="$venv/bin" minor dir
    for minor in 8 9 10 11 12 13 14; do
        dir="$(find_python_dir "3.$minor")" || continue
        [[ ":$path:$PATH:" == *":$dir:"* && "$(type -P "python3.$minor")" == "$dir/"* ]] || path+=":$dir"
    done
    export PATH="$path:$PATH"
    export ANSIBLE_NOCOLOR=1 NO_COLOR=1 PYTHONDONTWRITEBYTECODE=1
    unset PYTHONPATH ANSIBLE_CONFIG ANSIBLE_COLLECTIONS_PATH
}

# Prints the directory of an executable python of this version that really runs and can make a venv.
find_python_dir() {
    local candidate
    while IFS= read -r candidate; do
        [[ -x "$candidate" && "$candidate" != "$venv/"* ]] || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            dirname "$candidate"
            return 0
        fi
    done < <(
        type -aP "python$1" || true
        compgen -G "$HOME/.pyenv/versions/$1.*/bin/python$1" || true
    )
    return 1
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "'$*' needs root, and sudo is not installed"
    fi
}

# Installs the Debian packages that are missing, by name. Elsewhere it is up to the user to have the tools.
apt_install() {
    local package missing=()
    if ! command -v apt-get >/dev/null; then
        say "not a Debian system: the tools of these packages must be here: $*"
        return 0
    fi
    for package in "$@"; do
        [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing Debian packages: ${missing[*]}"
    mkdir -p "$output" "$cache"
    if ! {
        flock "$apt_lock" # apt-get does not wait for another one
        as_root apt-get -q update &&
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get -q -y --no-install-recommends install "${missing[@]}"
    } >"$output/apt.log" 2>&1 {apt_lock}>"$cache/apt.lock"; then
        tail -n 20 "$output/apt.log" >&2
        die "apt-get could not install: ${missing[*]}; see $output/apt.log"
    fi
}

# Copies the collection, uncommitted changes included, to .cache/tree/<name>/ansible_collections/hostwright/virt.
# ansible-test insists on such a physical path; a copy also keeps what the tools leave behind out of the checkout.
copy_tree() {
    tree="$cache/tree/$1"
    collection="$tree/ansible_collections/hostwright/virt"
    rm -rf "$collection"
    mkdir -p "$collection"
    (cd "$root" && list_files | tar --null --no-recursion -T - -cf - | tar -xf - -C "$collection")
    # Several tools list the files by git, and would otherwise find the checkout, which ignores .cache.
    git -C "$collection" -c init.defaultBranch=main init -q
    export ANSIBLE_COLLECTIONS_PATH="$tree"
}

# Lists the files of the checkout, NUL between them; a tracked file that was removed is left out.
list_files() {
    local file
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -coz --exclude-standard --deduplicate
    else
        find . \( -name .git -o -name .ansible -o -name .cache -o -name .venv -o -name __pycache__ \
            -o -path ./collections -o -path ./tests/output \) -prune -o -type f -print0
    fi | while IFS= read -r -d '' file; do
        [[ -e "$file" || -L "$file" ]] && printf '%s\0' "$file"
    done || true
}

# `ansible-test --venv` downloads get-pip from a server of its own; where that is not reachable our stand-in does.
# It looks for the file that its own message names, and a file that is there already is left alone.
prepare_ansible_test() {
    local name dir="$HOME/.ansible/test/cache"
    name="$(python -c '
import inspect, re
from ansible_test._internal import python_requirements
source = inspect.getsource(python_requirements.get_venv_packages)
print("get_pip_%s.py" % re.search(r"pip=.([0-9.]+)", source).group(1).replace(".", "_"))')"
    [[ -e "$dir/$name" ]] && return 0
    mkdir -p "$dir"
    cp "$root/tests/run/get_pip.py" "$dir/$name"
}

begin_tier() {
    tier="$1"
    logs="$output/$tier"
    passed=0 failed=0 skipped=0 SECONDS=0
    mkdir -p "$cache" "$output/results"
    exec {tier_lock}>"$cache/$tier.lock"
    flock "$tier_lock"
    rm -rf "$logs" "$output/results/$tier"
    mkdir -p "$logs"
    say "== $tier"
}

add_counts() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
}

skip() {
    say "  skip $1: $2"
    add_counts 0 0 1
}

# Runs a command with its output in a log; $? is the command's. A function that is run this way must mind each of its
# commands itself: bash does not stop it at the first failure.
logged() {
    local name="$1" log="$logs/$1.log" start=$SECONDS code=0
    shift
    "$@" >"$log" 2>&1 </dev/null || code=$?
    took=$((SECONDS - start))
    if ((code)); then
        printf '  FAIL %-44s %4d s  exit %d, log: %s\n' "$name" "$took" "$code" "${log#"$root"/}"
        tail -n 40 "$log" | sed 's/^/       | /'
    fi
    return "$code"
}

# Says that a logged command went well, with what it counted.
report() { printf '  ok   %-44s %4d s  %s\n' "$1" "$took" "${2:-}"; }

# Runs a command that counts as one.
check() {
    if logged "$@"; then
        report "$1"
        add_counts 1 0 0
    else
        add_counts 0 1 0
    fi
}

# Takes "passed failed skipped" of a junit file made by pytest; a missing file counts as a failure.
add_junit() {
    local p f s
    read -r p f s < <(python3 "$root/tests/run/count_junit.py" "$1" || echo "0 1 0")
    add_counts "$p" "$f" "$s"
    # shellcheck disable=SC2034 # for the caller's report
    counted="$p passed, $f failed, $s skipped"
}

# Runs a play and counts each assertion that held; a play that failed, or asserted nothing, counts as one failure.
# One that hangs is stopped after 25 minutes, so that the totals are always printed.
run_play() {
    local name="$1" held
    shift
    if logged "$name" timeout --kill-after 30 1500 "$@"; then
        held="$(grep -c 'All assertions passed' "$logs/$name.log")" || true
        if ((held)); then
            report "$name" "$held assertions"
        else
            printf '  FAIL %-44s %4d s  no assertion ran, log: %s\n' "$name" "$took" "${logs#"$root"/}/$name.log"
            add_counts 0 1 0
        fi
    else
        held="$(grep -c 'All assertions passed' "$logs/$name.log")" || true
        add_counts 0 1 0
    fi
    add_counts "$held" 0 0
}

end_tier() {
    if ((passed + failed == 0)); then
        say "  FAIL $tier counted nothing"
        failed=1
    fi
    printf '%d %d %d %d\n' "$passed" "$failed" "$skipped" "$SECONDS" >"$output/results/$tier"
    say "== $tier took $SECONDS s"
    # shellcheck disable=SC2059 # our own format
    [[ -n "${HOSTWRIGHT_ALL:-}" ]] || printf "$totals_pattern" "$passed" "$failed" "$skipped"
    ((failed == 0))
}
