# Sourced by bin/sightglass and scripts/run.sh, with ROOT set, and PAGES=yes if the command needs the UI
# built. Leaves the runtime in NODE24, and sets the tree up first when something is missing. On a tree
# that is set up it starts no process but `find`, since it runs before every command.

find_node24() {
  for NODE24 in "$ROOT"/node_modules/node-*-*/bin/node; do
    [ -x "$NODE24" ] && return 0
  done
  # No pinned Node 24 exists for every platform; a newer one from the PATH serves there.
  NODE24=$(command -v node) || return 1
  case $("$NODE24" --version) in
    v2[4-9].* | v[3-9][0-9].*) return 0 ;;
  esac
  return 1
}

# What npm installed is current when npm's own record is newer than our lockfile, or when the lockfile
# is the one that was last installed (a checkout of an equal file only looks newer).
packages_current() {
  [ -d "$ROOT/node_modules/vite" ] || return 1
  [ "$ROOT/node_modules/.package-lock.json" -nt "$ROOT/package-lock.json" ] ||
    cmp -s "$ROOT/package-lock.json" "$ROOT/node_modules/.sightglass/package-lock.json"
}

# Folders count too, for a deleted file changes its folder only. The contents decide in setup.mjs.
pages_current() {
  [ "$PAGES" = yes ] && [ -f "$ROOT/src/ui/index.html" ] || return 0
  [ -f "$ROOT/dist/ui/.sources" ] || return 1
  [ -z "$(find "$ROOT/src/ui" "$ROOT/src/api/contract" "$ROOT/src/core" "$ROOT/vite.config.ts" \
    "$ROOT/package-lock.json" -newer "$ROOT/dist/ui/.sources" 2>/dev/null | head -n 1)" ]
}

# A published package has no scripts to set itself up with, and comes with its UI built.
if [ -f "$ROOT/scripts/setup.mjs" ] && ! { packages_current && pages_current; }; then
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "sightglass: Node.js 20 or newer, with npm, is needed: https://nodejs.org" >&2
    exit 1
  fi
  # Standard output belongs to the command that follows.
  PAGES=$PAGES node "$ROOT/scripts/setup.mjs" >&2 || exit 1
fi

if ! find_node24; then
  echo "sightglass: no Node 24 for this platform came from npm, and none is on the PATH." >&2
  echo "sightglass: install Node.js 24 or newer (https://nodejs.org) and start again." >&2
  exit 1
fi

# libuv reads this before any JavaScript runs. The embedded store holds a thread for each query.
export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-16}"
