#!/bin/bash
# Makes the shipped model from nothing: generate → tokenizer → train → write → evaluate. See README.md for
# the time it takes. Needs Debian's python3-torch, python3-numpy and python3-regex.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-/usr/bin/python3}
out=${1:-build}
export OMP_WAIT_POLICY=PASSIVE
"$python" -u train.py --out "$out"
"$python" export.py "$out/checkpoint.pt" "$out/merges.json" ../nagare-guide.gguf
"$python" evaluate.py
