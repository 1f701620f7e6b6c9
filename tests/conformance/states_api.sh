#!/bin/sh
# states_api.sh PYTHON SEGUED: runs states_api.py in the Python that ./dev test makes.
if [ ! -x "$1" ]; then
  echo "no $1: ./dev test makes it, from tests/integration/requirements.txt" >&2
  exit 77
fi
exec "$1" -B "$(dirname "$0")/states_api.py" "$2"
