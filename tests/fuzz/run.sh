#!/bin/sh
# Runs one fuzzer, for ctest and for ./dev fuzz: run.sh BINARY WORK_FOLDER [LIBFUZZER_OPTION..]
# It takes all seeds, then mutates them for SEGUE_FUZZ_SECONDS (2). What it finds stays in
# WORK_FOLDER/found, what crashes it in WORK_FOLDER/crashes.
set -eu
binary=$1 work=$2
shift 2
name=${binary##*/fuzz_}
seeds=$(dirname "$0")/corpus/$name

seconds=${SEGUE_FUZZ_SECONDS:-2}
case $seconds in
  0* | *[!0-9]*) # libFuzzer would run for ever
    echo "SEGUE_FUZZ_SECONDS is how many, not '$seconds'" >&2
    exit 2
    ;;
esac

# What one input may take: far above what the code under test promises, on a busy machine too.
input_seconds=20 memory_mb=2048 at_once_mb=1024 input_bytes=4096
case $name in
  definition | config | jsonata | jsonpath | intrinsics)
    input_seconds=10 memory_mb=1024 at_once_mb=128 input_bytes=65536
    ;;
esac

mkdir -p "$work/found" "$work/crashes" "$work/limits"
/usr/bin/python3 -B "$(dirname "$0")/limits.py" "$name" "$work/limits"
# The seeds have 5 minutes; ctest cannot know how long the rest is to take.
exec timeout --foreground --kill-after=10 "$((seconds + 300))" \
  "$binary" -max_total_time="$seconds" -timeout="$input_seconds" -rss_limit_mb="$memory_mb" \
  -malloc_limit_mb="$at_once_mb" -max_len="$input_bytes" -artifact_prefix="$work/crashes/" \
  "$@" "$work/found" "$seeds" "$work/limits"
