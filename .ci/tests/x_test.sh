#!/bin/sh
# SPDX-License-Identifier: MIT
#
# x_test.sh: the launcher on machines that are not at hand: without root, without apt-get, with
# packages that cannot be had. All that it could reach is faked: its PATH holds a few harmless tools
# and stand-ins for the package manager, sudo, Meson and ninja, which note how they are called.
# Speaks TAP.

set -u
project=$(dirname -- "$(readlink -f -- "$0")")/../..
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
root="$scratch/the project"
export FAKE="$scratch/fake"
unset CC CXX GCSWEEP_BUILD GCSWEEP_SETUP
number=0

fake() { # NAME: the script on standard input
    { echo '#!/bin/sh' && cat; } >"$FAKE/bin/$1"
    chmod +x "$FAKE/bin/$1"
}

# A machine with these packages; the rest is set by the caller: FAKE_UID, FAKE_SUDO, FAKE_UNAVAILABLE.
machine() {
    rm -rf -- "$FAKE" "$root"
    mkdir -p -- "$FAKE/bin" "$root/.ci" "$root/bench/verbs"
    cp -- "$project/x" "$root/x"
    cp -- "$project/.ci/tally.awk" "$root/.ci/"
    touch "$root/bench/verbs/run.c"
    for tool in sh readlink dirname awk sed cat rm mkdir mktemp tail env paste touch chmod sleep grep; do
        ln -s -- "$(command -v "$tool")" "$FAKE/bin/$tool"
    done
    for package; do echo "installed:$package"; done >"$FAKE/installed"
    : >"$FAKE/calls"
    export FAKE_UID=0 FAKE_SUDO=yes FAKE_UNAVAILABLE=none
    fake dpkg-query <<'END'
cat "$FAKE/installed"
END
    fake id <<'END'
echo "$FAKE_UID"
END
    fake sudo <<'END'
[ "$FAKE_SUDO" = yes ] || exit 1
[ "$1" != -n ] || shift
echo sudo >>"$FAKE/calls"
FAKE_UID=0 "$@"
END
    fake apt-get <<'END'
[ "$FAKE_UID" = 0 ] || exit 100
if read -r line; then echo "stdin: $line" >>"$FAKE/calls"; fi
echo "apt-get $DEBIAN_FRONTEND $*" >>"$FAKE/calls"
case $* in
*" $FAKE_UNAVAILABLE"*) exit 100 ;;
*' install '*) for word; do echo "installed:$word"; done >>"$FAKE/installed" ;;
esac
END
    fake meson <<'END'
echo "meson $*" >>"$FAKE/calls"
while [ $# -gt 2 ]; do shift; done
mkdir -p "$1/meson-private" && touch "$1/build.ninja" "$1/meson-private/coredata.dat"
END
    fake ninja <<'END'
echo "ninja $*" >>"$FAKE/calls"
echo '{ echo "in $PWD"; for word; do echo "<$word>"; done; }' | cat - >"$2/gcsweep"
chmod +x "$2/gcsweep"
END
}

# run ARGUMENT...: from a directory of its own; leaves $status, $scratch/out and $scratch/err.
run() {
    mkdir -p -- "$scratch/elsewhere"
    status=0
    (cd -- "$scratch/elsewhere" && echo typed | TMPDIR=$scratch PATH=$FAKE/bin "$root/x" "$@") \
        >"$scratch/out" 2>"$scratch/err" || status=$?
}

verdict() { # STATUS-OF-THE-CHECK NAME
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# out: /' "$scratch/out"
        sed 's/^/# err: /' "$scratch/err"
        sed 's/^/# call: /' "$FAKE/calls"
    fi
}

calls() { grep -q -- "$1" "$FAKE/calls"; }

core='gcc g++ libc6-dev make meson ninja-build pkg-config libcmocka-dev libsqlite3-dev libjansson-dev
libinih-dev zlib1g-dev libbenchmark-dev'
# The stand-ins for meson and ninja are there, though no package is.
absent=$(echo "$core" | paste -s -d ' ' - | sed 's/meson ninja-build //')

machine
run run churn
[ "$status" -eq 0 ] && calls 'apt-get noninteractive .* update$' && calls 'install --no-install-recommends gcc'
verdict $? 'root installs what is missing, after an update'
! calls stdin && ! calls sudo
verdict $? 'installing reads no input and needs no sudo as root'
! calls clang && ! calls gnuplot
verdict $? 'only what the verb needs is installed'
printf 'in %s\n<run>\n<churn>\n' "$scratch/elsewhere" | cmp -s - "$scratch/out"
verdict $? 'the program has the output to itself and runs where the caller is'

: >"$FAKE/calls"
run run 'a b' ''
[ "$status" -eq 0 ] && ! calls apt-get && ! calls meson && [ ! -s "$scratch/err" ]
verdict $? 'a second call installs nothing, configures nothing and says nothing'
printf 'in %s\n<run>\n<a b>\n<>\n' "$scratch/elsewhere" | cmp -s - "$scratch/out"
verdict $? 'arguments reach the program as they are'

rm -- "$root/build/build.ninja"
run run && [ "$status" -eq 0 ] && calls 'meson setup'
verdict $? 'a build directory that was left half done is made again'
mv -- "$root" "$root moved" && root="$root moved" && : >"$FAKE/calls"
run run && [ "$status" -eq 0 ] && calls 'meson setup'
verdict $? 'a build directory that was moved is made again'
rm -rf -- "$root" && root="$scratch/the project"

machine
FAKE_UID=1000
run run
[ "$status" -eq 0 ] && calls sudo && calls 'install .* gcc'
verdict $? 'somebody with sudo installs with it'

machine
FAKE_UID=1000 FAKE_SUDO=no
run run
[ "$status" -eq 3 ] && grep -q "missing: $absent;.*apt-get install.* $absent\$" "$scratch/err" && [ ! -s "$scratch/out" ]
verdict $? 'without root and sudo the missing packages are named, status 3'

# shellcheck disable=SC2086
machine $core
rm -- "$FAKE/bin/apt-get"
run run
[ "$status" -eq 0 ] && grep -q 'without python3' "$scratch/err"
verdict $? 'what is optional may be missing'
run run
[ "$status" -eq 0 ] && [ ! -s "$scratch/err" ]
verdict $? 'and is not mentioned a second time'

# shellcheck disable=SC2086
machine $core
FAKE_UNAVAILABLE=python3
run run
[ "$status" -eq 0 ] && [ "$(grep -c update "$FAKE/calls")" -eq 1 ] && run run && [ "$(grep -c update "$FAKE/calls")" -eq 1 ]
verdict $? 'what is optional and cannot be had is tried once'

machine gcc
FAKE_UNAVAILABLE=libcmocka-dev
run run
[ "$status" -eq 3 ] && grep -q 'missing:.* libcmocka-dev .*apt-get failed' "$scratch/err"
verdict $? 'an apt-get that fails is reported with what is missing, status 3'

machine
run rnu
[ "$status" -eq 2 ] && grep -q 'did you mean "run"?' "$scratch/err" && ! calls apt-get
verdict $? 'an unknown verb is refused with the nearest one before anything is installed'
run help
[ "$status" -eq 0 ] && grep -q '^usage: ./x' "$scratch/out" && [ ! -s "$scratch/err" ]
verdict $? 'help is printed without installing anything'
echo "1..$number"
