#!/usr/bin/env bash
# The demo: a server, the services of a shop, and 300 orders. Called by ./dev demo.
#
#   demo.sh BIN_DIR [--keep]      --keep leaves it running until Ctrl-C
#
# Ends with 0 only if every order ended as it should. Leaves no process and no file behind.
set -euo pipefail

usage() {
  echo "usage: demo.sh BIN_DIR [--keep]" >&2
  exit 2
}

(($# == 1 || $# == 2)) || usage
readonly bin=$1 keep=${2:-}
[[ -z $keep || $keep == --keep ]] || usage
for binary in segued segue segue-samples; do
  [[ -x $bin/$binary ]] || { echo "demo: there is no $bin/$binary" >&2; exit 2; }
done

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly examples orders=$examples/orders.jsonl
work=$(mktemp -d "${TMPDIR:-/tmp}/segue-demo.XXXXXX")
readonly work
samples_pid='' segued_pid=''

# The server before the services: it lets the calls that are under way end.
finish() {
  local status=$? pid
  trap '' INT TERM
  for pid in $segued_pid $samples_pid; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if ((status != 0 && status != 130)) && [[ -s $work/segued.log ]]; then
    echo "demo: the last lines of the server's log:" >&2
    tail -n 20 "$work/segued.log" >&2
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n==> %s\n' "$*"; }

# wait_for FILE PATTERN PID: prints the first line that matches, as soon as it is there.
wait_for() {
  until grep -m1 -E "$2" "$1"; do
    kill -0 "$3" 2>/dev/null || {
      cat "$1" >&2
      echo "demo: the process behind $(basename "$1") ended before it was ready" >&2
      return 1
    }
    sleep 0.05
  done
}

# number NAME: the number of this name in the JSON on standard input; 0 where there is none.
number() {
  local found
  found=$(grep -oE "\"$1\": ?[0-9]+" | head -n 1) || true
  echo "${found##*[: ]}" | grep . || echo 0
}

start_samples() {
  say "Services: inventory, payment, shipping (gRPC), notification (HTTP)"
  echo "A call takes up to 20 ms; 2 % of them fail, of another 1 % the answer is lost."
  "$bin/segue-samples" --grpc-port 0 --http-port 0 --latency-ms 20 --failure-rate 0.02 \
    --lost-rate 0.01 --csv-dir "$work" >"$work/samples.out" &
  samples_pid=$!
  local ports
  ports=$(wait_for "$work/samples.out" grpc_port "$samples_pid")
  SHOP_GRPC_PORT=$(number grpc_port <<<"$ports")
  SHOP_HTTP_PORT=$(number http_port <<<"$ports")
  export SHOP_GRPC_PORT SHOP_HTTP_PORT
  echo "gRPC on 127.0.0.1:$SHOP_GRPC_PORT, HTTP on 127.0.0.1:$SHOP_HTTP_PORT"
}

start_segued() {
  say "Segue, with its data in $work/data"
  "$bin/segued" --config "$examples/segued.yaml" --data-dir "$work/data" \
    --grpc-address 127.0.0.1:0 --http-address "" --metrics-address 127.0.0.1:0 \
    2>"$work/segued.log" &
  segued_pid=$!
  local port
  port=$(wait_for "$work/segued.log" '"serving gRPC"' "$segued_pid" | number port)
  export SEGUE_ADDRESS=127.0.0.1:$port
  port=$(grep -m1 '"serving metrics"' "$work/segued.log" | number port)
  metrics_url=http://127.0.0.1:$port/metrics
  echo "gRPC on $SEGUE_ADDRESS, metrics on $metrics_url"
}

submit_orders() {
  say "segue submit order --wait --input-lines clients/examples/orders.jsonl    ($total orders)"
  local status=0
  "$bin/segue" submit order --wait --input-lines "$orders" -o json \
    >"$work/summary.json" || status=$?
  # 3: some executions FAILED, as those that are out of stock or declined should.
  ((status == 0 || status == 3)) || exit "$status"
}

# outcome LABEL NAME EXPECTED: one line of the summary; counts what is as it should be.
outcome() {
  local ended
  ended=$(number "$2" <"$work/summary.json")
  printf '    %-38s %4d of %d\n' "$1" "$ended" "$3"
  ((ended != $3)) || accounted=$((accounted + ended))
}

# What an order holds decides how it ends; orders.jsonl has one fate at most for each.
show_outcomes() {
  local sold_out declined far
  sold_out=$(grep -c '"rare-' "$orders")
  declined=$(grep -c -- '-0000"' "$orders")
  far=$(grep -c '"country": "AQ"' "$orders")
  accounted=0
  say "Every order, by its outcome"
  outcome "shipped" SUCCEEDED $((total - sold_out - declined - far))
  outcome "OutOfStock: stock given back" OutOfStock "$sold_out"
  outcome "CardDeclined: stock given back" CardDeclined "$declined"
  outcome "CannotShip: money and stock given back" CannotShip "$far"
}

show_calls() {
  local calls=$work/ledger.jsonl
  curl -fsS "http://127.0.0.1:$SHOP_HTTP_PORT/ledger" >"$calls"
  say "What the services saw (http://127.0.0.1:$SHOP_HTTP_PORT/ledger)"
  printf '    %5d calls\n' "$(wc -l <"$calls")"
  printf '    %5d did their work, each for an idempotency key of its own\n' \
    "$(grep -c '"executed":true' "$calls")"
  printf '    %5d were turned away, and tried again\n' \
    "$(grep -c '"executed":false,"repeat":false' "$calls")"
  printf '    %5d came again because an answer was lost, and did nothing twice\n' \
    "$(grep -c '"repeat":true' "$calls")"
}

show_metrics() {
  say "What Prometheus sees: a few lines of $metrics_url"
  curl -fsS "$metrics_url" >"$work/metrics"
  grep -E '^segue_executions_((started|closed)_total|open)|^segue_attempts_total.*"payment"' \
    "$work/metrics"
}

total=$(grep -c . "$orders")
start_samples
start_segued
say "segue apply -f clients/examples/order.asl.yaml"
"$bin/segue" apply -f "$examples/order.asl.yaml" -o table
submit_orders
show_metrics
show_calls
show_outcomes

# The server's own count, beside the client's.
closed=$(awk '/^segue_executions_closed_total/ {sum += $2} END {print sum + 0}' "$work/metrics")
if ((accounted != total || closed != total)); then
  echo "demo: of $total orders, $accounted ended as they should; the server closed $closed" >&2
  exit 1
fi
say "All $total orders are accounted for."

if [[ $keep == --keep ]]; then
  echo "Running until Ctrl-C. In another shell: export SEGUE_ADDRESS=$SEGUE_ADDRESS"
  trap 'exit 0' INT TERM
  wait
fi
