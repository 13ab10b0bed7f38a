#!/bin/sh
# Trains the parser as it is shipped: two rounds, the second from the averages that the first keeps at its last check.
# usage: models/train_parser.sh UD   (folder with {ewt,gumfree}-{train,dev}.conllu.gz; about half an hour of one core)
set -eu
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
"${PYTHON:-python3}" "$here/train_parser.py" "$1" --steps 2400 --keep "$work/first" --out "$work"
"${PYTHON:-python3}" "$here/train_parser.py" "$1" --steps 1800 --dropout 0.2 --start "$work/first"
