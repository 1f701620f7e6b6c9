#!/usr/bin/env bash
# Measures the server from outside and its parts from inside, one after the other; prints one
# summary at the end. Asserts no figure: a machine's load is not a fault of the code. ./dev bench.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/bench/run.sh BIN_DIR [--quick] [-- segue-load bench options...]

BIN_DIR has segued, segue-load and those of the *_bench binaries that are to run.
  --quick           a tenth of the time: whether it works, no figures to quote
  SEGUE_BENCH_DIR   where the data goes, and is removed afterwards; default: below BIN_DIR, on the
                    disk of the build, since fsync on a tmpfs costs nothing
TEXT
}

die() {
  printf 'bench: %s\n' "$*" >&2
  exit 1
}

case ${1:-} in
  -h | --help) usage && exit ;;
  "") usage >&2 && exit 1 ;;
esac
bin=$(cd "$1" && pwd) || exit 1
shift
# For figures that are worth keeping; and the least time of each micro benchmark, in seconds.
load_options=(--duration=20s --warmup=5s --alone-duration=10s) min_time=0.5
if [[ ${1:-} == --quick ]]; then
  load_options=(--duration=2s --warmup=500ms --alone-duration=1s) min_time=0.05
  shift
fi
if (($#)); then
  [[ $1 == -- ]] || die "'$1': options of segue-load bench go behind --"
  load_options+=("${@:2}")
fi
for program in segued segue-load; do
  [[ -x $bin/$program ]] || die "no $program in $bin: ./dev build release"
done

work=$(mktemp -d "${SEGUE_BENCH_DIR:-$bin}/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The micro benchmarks put theirs on the same disk.
export TMPDIR=$work SEGUE_BENCH_DIR=$work

say() { printf '\n==> %s\n' "$*"; }

machine() {
  local model commit
  model=$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)
  commit=$(git -C "$(dirname "$0")" describe --always --dirty 2>/dev/null || echo unknown)
  printf 'commit   %s\n' "$commit"
  printf 'machine  %s cores, %s; load before: %s\n' \
    "$(nproc)" "${model:-unknown processor}" "$(cut -d' ' -f1-3 /proc/loadavg)"
  printf 'disk     %s\n' "$(df --output=fstype,source "$work" | tail -1 | tr -s ' ')"
}

# measure NAME COMMAND...: runs it, and keeps what it prints for the summary.
failed=() names=()
measure() {
  local name=$1
  shift
  say "$name"
  names+=("$name")
  (cd "$work" && "$@") | tee "$work/$name.out" || failed+=("$name")
}

machine | tee "$work/machine"

measure segue-load "$bin/segue-load" bench --quiet --segued "$bin/segued" --work-dir "$work" \
  "${load_options[@]}"
skipped=()
for name in store_bench registry_bench grpc_connector_bench; do
  if [[ -x $bin/$name ]]; then
    measure "$name" "$bin/$name" --benchmark_min_time="$min_time" --benchmark_color=false
  else
    skipped+=("$name")
  fi
done

printf '\n================ summary ================\n'
cat "$work/machine"
for name in "${names[@]}"; do
  printf '\n%s\n' "$name"
  # Of Google Benchmark only the rows.
  case $name in
    *_bench) grep -E '^Benchmark|^[A-Za-z]\w*.* (ns|us|ms) ' "$work/$name.out" || true ;;
    *) cat "$work/$name.out" ;;
  esac
done
((${#skipped[@]} == 0)) || printf '\nnot built, so not run: %s\n' "${skipped[*]}"
((${#failed[@]} == 0)) || die "ended with an error: ${failed[*]}"
