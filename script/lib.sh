# Shared by the scripts: where things are, and steps that show how they go.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck disable=SC2034 # for the scripts that read this file
VENV="$ROOT/.venv"
SETUP="$ROOT/.setup" # logs of the set-up, and stamps of what went into it
mkdir -p "$SETUP"
unset PYTHONDONTWRITEBYTECODE # many processes start here: each would compile all modules anew

say() { printf '%s\n' "$*" >&2; }
fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

seconds_since() { # start in nanoseconds -> "12.3 s"
  local millis=$((($(date +%s%N) - $1) / 1000000))
  printf '%d.%d s' $((millis / 1000)) $((millis % 1000 / 100))
}

# step NAME HINT COMMAND...: runs COMMAND with its output in a log. Says how long it took; after a failure shows the end
# of the log and HINT, which tells what to do.
step() {
  local name="$1" hint="$2" log status=0 started
  shift 2
  log="$SETUP/$(tr -c 'a-zA-Z0-9\n' '-' <<<"$name").log"
  started="$(date +%s%N)"
  "$@" >"$log" 2>&1 </dev/null &
  show_progress "$name" "$!" "$started"
  wait "$!" || status=$?
  if [ "$status" -ne 0 ]; then
    say "  ✗ $name ($(seconds_since "$started"))"
    tail -n 40 "$log" | sed 's/^/      /' >&2
    fail "$name failed. The whole log: $log
$hint"
  fi
  say "  ✓ $name ($(seconds_since "$started"))"
}

show_progress() { # name, pid, start
  if [ ! -t 2 ]; then
    say "  … $1"
    return
  fi
  while kill -0 "$2" 2>/dev/null; do
    printf '\r  … %s (%s) ' "$1" "$(seconds_since "$3")" >&2
    sleep 0.2
  done
  printf '\r\033[K' >&2
}

# checksum FILE-OR-FOLDER...: one digest of all contents and names, so that a stamp says what it was made from.
checksum() {
  (cd "$ROOT" && find "$@" -type f -not -path '*/node_modules/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

is_stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; } # stamp file, what it should hold
