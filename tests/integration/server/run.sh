#!/bin/sh
# run.sh PYTHON FILE: one file of tests in the Python that ./dev test makes.
if [ ! -x "$1" ]; then
  echo "no $1: ./dev test makes it, from tests/integration/requirements.txt" >&2
  exit 1
fi
exec "$1" -B -m pytest -q -rs -s -p no:cacheprovider "$2"
