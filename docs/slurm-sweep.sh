#!/bin/sh
# SPDX-License-Identifier: MIT
#
# slurm-sweep.sh: one shard of a sweep for each task of a Slurm job array.
#
#     sbatch --array=1-8 slurm-sweep.sh NAME SUITE|WORKLOAD [OPTION...]
#
# leaves results/NAME-1.db to NAME-8.db in the directory it was submitted from, to be united by gcsweep
# merge. A task that was ended (time limit, preemption, Ctrl-C) goes on where it was when it is submitted
# again; of some tasks only, say how many shards there are:
#
#     GCSWEEP_SHARDS=8 sbatch --array=3,5 slurm-sweep.sh NAME SUITE|WORKLOAD [OPTION...]
#
# GCSWEEP is the program, if it is not in PATH. Nothing else runs on a node meanwhile: neighbours would be
# measured, too.
#
#SBATCH --job-name=gcsweep
#SBATCH --exclusive
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=gcsweep-%A-%a.log
#SBATCH --signal=B:TERM@30

set -eu
if [ $# -lt 2 ] || [ -z "${SLURM_ARRAY_TASK_ID-}" ]; then
    echo 'usage: sbatch --array=1-N slurm-sweep.sh NAME SUITE|WORKLOAD [OPTION...]' >&2
    exit 2
fi
name=$1-$SLURM_ARRAY_TASK_ID
shift
shard=$SLURM_ARRAY_TASK_ID/${GCSWEEP_SHARDS:-$SLURM_ARRAY_TASK_COUNT}
cd "${SLURM_SUBMIT_DIR:-.}"

# In the place of the shell, so that it is the program which hears that its time is up.
if [ -e "results/$name.db" ]; then
    exec "${GCSWEEP:-gcsweep}" sweep --resume --out "$name"
fi
exec "${GCSWEEP:-gcsweep}" sweep "$@" --shard "$shard" --out "$name"
