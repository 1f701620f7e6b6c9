#!/usr/bin/env bash
# The demo: a server, the sample services, and 300 orders. Called by ./dev demo.
#
#   demo.sh BIN_DIR [--keep]      --keep leaves it running until Ctrl-C
set -euo pipefail

bin=${1:?usage: demo.sh BIN_DIR [--keep]}
keep=${2:-}
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
pids=()

finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

say() { printf '\n==> %s\n' "$*"; }

# wait_for FILE PATTERN PID: the first line of the file that matches, as soon as it is there.
wait_for() {
  local line
  while read -r line; do
    if [[ $line =~ $2 ]]; then
      printf '%s\n' "$line"
      return
    fi
  done < <(tail -n +1 -f --pid="$3" "$1")
  cat "$1" >&2
  echo "demo: the process behind $(basename "$1") ended before it was ready" >&2
  return 1
}

# number NAME: of a JSON line on standard input.
number() { sed -E "s/.*\"$1\":([0-9]+).*/\1/"; }

say "Sample services: inventory, payment, shipping (gRPC), notification (HTTP); 3 % of calls fail"
touch "$work/samples.out" "$work/segued.log"
"$bin/segue-samples" --grpc-port 0 --http-port 0 --latency-ms 20 --failure-rate 0.02 \
  --lost-rate 0.01 --csv-dir "$work" >"$work/samples.out" &
pids+=($!)
ports=$(wait_for "$work/samples.out" grpc_port "$!")
SHOP_GRPC_PORT=$(number grpc_port <<<"$ports")
SHOP_HTTP_PORT=$(number http_port <<<"$ports")
export SHOP_GRPC_PORT SHOP_HTTP_PORT
echo "gRPC on 127.0.0.1:$SHOP_GRPC_PORT, HTTP on 127.0.0.1:$SHOP_HTTP_PORT"

say "Segue, with its data in $work/data"
"$bin/segued" --config "$examples/segued.yaml" --data-dir "$work/data" \
  --grpc-address 127.0.0.1:0 --http-address "" --metrics-address 127.0.0.1:0 2>"$work/segued.log" &
pids+=($!)
SEGUE_ADDRESS=127.0.0.1:$(wait_for "$work/segued.log" '"serving gRPC"' "$!" | number port)
export SEGUE_ADDRESS
metrics=127.0.0.1:$(grep '"serving metrics"' "$work/segued.log" | number port)
echo "gRPC on $SEGUE_ADDRESS, metrics on http://$metrics/metrics"

say "segue apply -f clients/examples/order.asl.yaml"
"$bin/segue" apply -f "$examples/order.asl.yaml" -o table

orders=$(wc -l <"$examples/orders.jsonl")
say "segue submit order --input-lines clients/examples/orders.jsonl --wait    ($orders orders)"
status=0
"$bin/segue" submit order --input-lines "$examples/orders.jsonl" --wait -o table || status=$?
# 3: some executions FAILED, as those that are out of stock or declined should.
((status == 0 || status == 3)) || exit "$status"

say "What Prometheus sees (http://$metrics/metrics)"
curl -fsS "http://$metrics/metrics" >"$work/metrics"
grep -E '^segue_(executions_(started|closed)|attempts)_total|^segue_executions_open' "$work/metrics"

closed=$(awk '/^segue_executions_closed_total/ {sum += $2} END {print sum + 0}' "$work/metrics")
if ((closed != orders)); then
  echo "demo: $closed of $orders orders are accounted for" >&2
  exit 1
fi
say "All $orders orders are accounted for."

if [[ $keep == --keep ]]; then
  echo "Running until Ctrl-C. In another shell: export SEGUE_ADDRESS=$SEGUE_ADDRESS"
  wait
fi
