#!/usr/bin/env bash
# How much faster than the reference JSONata's suite is evaluated here, each expression compiled
# once on both sides: the geometric mean, the median and the least of the ratios, and that of the
# sums. One side runs after the other, so that both see the same machine. The goal: 20 times.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/bench/jsonata_ratio.sh BIN_DIR MODULE [SECONDS]

  BIN_DIR   has jsonata_suite_bench, of a release build
  MODULE    the folder of the npm package jsonata, version 2.0.6
  SECONDS   for each expression; default 0.02
SEGUE_CONFORMANCE_DIR names the folder of the suite (tests/conformance/README.md).
TEXT
}

(($# >= 2)) || { usage >&2 && exit 2; }
bin=$1 module=$2 seconds=${3:-0.02}
suite=${SEGUE_CONFORMANCE_DIR:?names the folder of the suite}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$bin/jsonata_suite_bench" "$suite" "$seconds" | sort >"$work/ours"
node "$here/jsonata_reference.js" "$module" "$suite" "$seconds" | sort >"$work/theirs"
join "$work/ours" "$work/theirs" | awk '{ print $1, $2, $3, $3 / $2 }' | sort -g -k4 >"$work/both"

printf 'slowest by ratio (case, ns here, ns reference, ratio):\n'
head -n 10 "$work/both"
awk '{ sum += log($4); ours += $2; theirs += $3; ratio[NR] = $4 }
  END {
    printf "%d expressions: geometric mean %.1f, median %.1f, least %.1f, of the sums %.1f\n",
      NR, exp(sum / NR), ratio[int((NR + 1) / 2)], ratio[1], theirs / ours
  }' "$work/both"
