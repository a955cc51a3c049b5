#!/bin/sh
# The development commands of package.json, each on the pinned Node: run.sh <command> [arguments].
set -u
PAGES=no
cd "$(dirname "$0")/.." || exit 1
ROOT=$(pwd -P)
case ${1:-} in
  test | screenshots) PAGES=yes ;;
esac
. "$ROOT/scripts/set-up.sh"

# Tools that start `node` by name get the same one.
PATH="${NODE24%/*}:$ROOT/node_modules/.bin:$PATH"
export PATH

command=$1
shift
case $command in
  test) exec "$NODE24" node_modules/vitest/vitest.mjs run "$@" ;;
  fuzz)
    export FUZZ_RUNS="${FUZZ_RUNS:-20000}"
    exec "$NODE24" node_modules/vitest/vitest.mjs run --project fuzz "$@"
    ;;
  check | dev | bench | new | screenshots) exec "$NODE24" "scripts/$command.ts" "$@" ;;
  *)
    echo "sightglass: there is no command $command" >&2
    exit 1
    ;;
esac
