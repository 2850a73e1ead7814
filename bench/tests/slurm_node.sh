#!/bin/sh
# SPDX-License-Identifier: MIT
#
# slurm_node.sh start|stop DIR: a Slurm of one node, this machine, as the user who calls, with everything
# it keeps in DIR. Status 3, and one line on standard error, when it cannot be started here.

set -u
verb=$1
dir=$2
node=$(hostname -s)

lack() {
    echo "$*" >&2
    exit 3
}

# By their own pid files, so that no other Slurm is met. Waits until they are gone: slurmctld writes its state last.
stop() {
    for daemon in slurmd slurmctld munged; do
        [ -s "$dir/$daemon.pid" ] || continue
        pid=$(cat "$dir/$daemon.pid")
        kill "$pid" 2>/dev/null
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
}

write_configuration() {
    user=$(id -un)
    cat >"$dir/slurm.conf" <<CONFIGURATION
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$((20000 + $$ % 10000 * 2))
SlurmdPort=$((20001 + $$ % 10000 * 2))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
CompleteWait=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONFIGURATION
}

start() {
    PATH=$PATH:/usr/sbin:/sbin
    for program in munged slurmctld slurmd sbatch sinfo; do
        command -v $program >/dev/null 2>&1 ||
            lack "$program is missing (packages munge, slurmctld, slurmd, slurm-client)"
    done
    mkdir -p "$dir/state" "$dir/spool" "$dir/munge" || exit 3
    chmod 700 "$dir/munge"
    dd if=/dev/urandom of="$dir/munge.key" bs=1024 count=1 2>/dev/null && chmod 400 "$dir/munge.key"
    write_configuration
    export SLURM_CONF="$dir/slurm.conf"
    munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" \
        --pid-file="$dir/munged.pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" \
        >/dev/null 2>&1 || lack 'munged does not start here'
    slurmctld >/dev/null 2>&1 || lack 'slurmctld does not start here'
    slurmd -N "$node" >/dev/null 2>&1 || lack 'slurmd does not start here'
    for _ in $(seq 60); do
        sinfo -h -o %T 2>/dev/null | grep -q idle && return
        sleep 0.5
    done
    lack 'the node of Slurm does not become idle'
}

case $verb in
start) start || { stop; exit 3; } ;;
stop) stop ;;
*) exit 2 ;;
esac
