#!/usr/bin/env bash
# Makes trainer/requirements.lock, requirements-trackers.lock and requirements-dev.lock from the .in files, with hashes, for Python 3.10 and newer.
# Needs uv (pip install uv). torch and what its CUDA builds bring are left out: requirements-torch.txt pins torch, its index decides the build.
set -euo pipefail
cd "$(dirname "$0")/../trainer"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat requirements.in requirements-torch.txt >"$work/all.in"
compile() { uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-header --no-annotate "$@"; }
compile "$work/all.in" -o "$work/with-torch.txt"
skip=()
for name in torch triton $(grep -oE '^(nvidia|cuda)-[a-z0-9-]+' "$work/with-torch.txt" | sort -u); do skip+=(--no-emit-package "$name"); done
compile "${skip[@]}" "$work/all.in" -o requirements.lock
sed -E 's/ *\\$//; /^ *--hash/d' requirements.lock >"$work/constraints.txt"
for kind in trackers dev; do
  grep -v '^-[cr]' "requirements-$kind.in" >"$work/$kind.in"
  if [[ $kind == dev ]]; then cat "$work/trackers.in" >>"$work/dev.in"; fi
  compile -c "$work/constraints.txt" "$work/$kind.in" -o "requirements-$kind.lock"
done
