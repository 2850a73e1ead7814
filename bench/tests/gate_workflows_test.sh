#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gate_workflows_test.sh SOURCES BUILD ROUNDS: the workflows that docs/ offers see a regression, and see none where there
# is none. Speaks TAP.
#
# The commands that are run are those in docs/github-gate.yml and docs/gitlab-gate.yml, taken out of them. They run in a
# fresh copy of the sources, under version control, into which a regression is planted: a default changed, a leak, a
# slower free. The suite is a small one that goes by the name of ci. The compiler is one that takes an object from BUILD
# where the source is the same, as a cache would: so building costs seconds, and only what was planted is compiled.

set -eu
sources=$1
built=$2
rounds=$3
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT TERM
tree=$work/tree
number=0

command -v git >/dev/null || {
    echo '1..0 # SKIP git is not installed'
    exit 0
}

# ---- A copy of the sources, and what a machine for such jobs has -----------------------------------------

make_compiler() { # NAME REAL
    cat >"$work/$1" <<COMPILER
#!/bin/sh
source= object= makefile= before=
for word; do
    case \$before in
    -c) source=\$word ;;
    -o) object=\$word ;;
    -MF) makefile=\$word ;;
    esac
    before=\$word
done
case \$source in
../*)
    if [ -f "$built/\$object" ] && cmp -s -- "\$source" "$sources/\${source##*../}"; then
        cp -- "$built/\$object" "\$object" && echo "\$object:" >"\$makefile"
        exit
    fi
    exec $2 "\$@"
    ;;
esac
exec $2 "\$@" -fno-lto
COMPILER
    chmod +x "$work/$1"
}

mkdir -p -- "$tree" "$work/home" "$work/suites"
(cd -- "$sources" && tar cf - --exclude='./build*' --exclude='./.git' --exclude='./.x' --exclude='./base' \
    --exclude='./results/*.*' --exclude='./results/gate' .) | (cd -- "$tree" && tar xf -)
make_compiler cc gcc
make_compiler c++ g++
CC=$work/cc CXX=$work/c++ GCSWEEP_SETUP=-Db_lto=false GCSWEEP_SUITES=$work/suites HOME=$work/home
export CC CXX GCSWEEP_SETUP GCSWEEP_SUITES HOME
unset GCSWEEP_BUILD GITHUB_ACTIONS GITHUB_STEP_SUMMARY || :

cat >"$work/suites/ci.ini" <<'SUITE'
[suite]
summary = a few cells
[churn]
churn.operations = 2000
churn.live = 20000
[cycles]
cycles.kind = tree
cycles.count = 1000
[listgrow]
listgrow.length = 2000
listgrow.rounds = 20
SUITE

in_tree() { (cd -- "$tree" && "$@"); }
commit() { in_tree git -c user.name=t -c user.email=t@t commit -q --allow-empty -a -m "$1"; }

in_tree git init -q
in_tree git add -A
commit 'the sources'
in_tree ./x gate --accept --no-report >"$work/log" 2>&1 || {
    sed 's/^/# /' "$work/log"
    echo 'Bail out! the copy cannot be built'
    exit 1
}
commit 'a baseline'

# ---- The workflows ------------------------------------------------------------------------------------------

# What stands behind `run:`.
sed -n 's/^ *run: //p' "$sources/docs/github-gate.yml" >"$work/github"
# What stands below `script:`.
awk '/^  script:/ { on = 1; next } on && /^    - / { sub(/^    - /, ""); print; next } { on = 0 }' \
    "$sources/docs/gitlab-gate.yml" >"$work/gitlab"

# What its checkout does; on GitLab that is in the script.
prepare_github() {
    [ -d "$tree/base" ] || in_tree git worktree add -q --detach base "$base"
    GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary
    export GITHUB_ACTIONS GITHUB_STEP_SUMMARY
    : >"$work/summary"
}
prepare_gitlab() {
    unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY || :
    CI_MERGE_REQUEST_DIFF_BASE_SHA=$base
    export CI_MERGE_REQUEST_DIFF_BASE_SHA
    rm -rf -- "$tree/base"
}
base=$(in_tree git rev-parse HEAD)

run_workflow() { # NAME
    "prepare_$1"
    status=0
    (cd -- "$tree" && sh -e "$work/$1") >"$work/log" 2>&1 || status=$?
}

# ---- What is planted ----------------------------------------------------------------------------------------

plant_nothing() { :; }
plant_threshold() {
    sed -i '0,/\.threshold = {700,/s//.threshold = {7000,/' "$tree/runtime/policy_generational.c"
}
plant_leak() {
    sed -i 's/^    rt_free_inline(rt, rt_list(list)->items/    if (rt_list_capacity(list) % 8 != 0)\n    &/' "$tree/runtime/list.c"
}
plant_slower_free() {
    sed -i 's/^    rt_pool_give_\(first\|hard\)(rt, pool, unit, class_index);$/    for (volatile int i = 0; i < 300; i++) {\n    }\n&/' \
        "$tree/runtime/alloc.c"
}

check() { # WORKFLOW PLANT STATUS
    number=$((number + 1))
    "plant_$2"
    if [ "$2" != nothing ] && in_tree git diff --quiet; then
        echo "not ok $number - $2 could not be planted"
        return
    fi
    commit "$2"
    run_workflow "$1"
    colour=$([ "$3" -eq 0 ] && echo green || echo red)
    if [ "$status" -eq "$3" ] && grep -q "^gate: $colour: " "$work/log" &&
        { [ "$1" != github ] || grep -q "^## gcsweep gate: $colour" "$work/summary"; } &&
        [ -s "$tree/results/gate/junit.xml" ] && [ -s "$tree/results/gate/report.html" ]; then
        echo "ok $number - $1 says $colour of $2"
    else
        echo "not ok $number - $1 says $colour of $2 (status $status)"
        sed 's/^/# /' "$work/log"
    fi
    in_tree git reset -q --hard "$base"
}

# One round is for every day: each file and each plant once. Several are the proof.
if [ "$rounds" -eq 1 ]; then
    check gitlab nothing 0
    check github threshold 1
    check github leak 1
    check github slower_free 1
else
    for _ in $(seq "$rounds"); do
        for workflow in github gitlab; do
            check "$workflow" nothing 0
            check "$workflow" threshold 1
            check "$workflow" leak 1
            check "$workflow" slower_free 1
        done
    done
fi
echo "1..$number"
