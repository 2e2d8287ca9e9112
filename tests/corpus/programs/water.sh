#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A box of water, EDGE nanometres wide, relaxed by GROMACS: water.sh EDGE STEPS
set -e
gmx=/usr/bin/gmx
top=/usr/share/gromacs/top
printf '#include "%s/oplsaa.ff/forcefield.itp"\n#include "%s/oplsaa.ff/spc.itp"\n[ system ]\nwater\n[ molecules ]\n' $top $top >topol.top
printf 'integrator = steep\nemtol = 1\nnsteps = %s\ncutoff-scheme = Verlet\ncoulombtype = PME\nnstxout = 5\n' "$2" >run.mdp
$gmx solvate -cs spc216.gro -box "$1" "$1" "$1" -o conf.gro -p topol.top
$gmx grompp -f run.mdp -c conf.gro -p topol.top -o run.tpr -maxwarn 9
exec $gmx mdrun -s run.tpr -nt 1 -ntmpi 1 -ntomp 1 -deffnm run
