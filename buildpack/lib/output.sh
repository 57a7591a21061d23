# shellcheck shell=bash
# What a line of the build log looks like. Everything goes to standard output, so that the order holds.

step() { printf -- '-----> %s\n' "$*"; }
note() { printf '       %s\n' "$@"; }
warn() { printf ' !     %s\n' "$@"; }
fail() {
  warn "$@"
  exit 1
}

# note_lines, warn_lines: each line of standard input as a line of the log.
note_lines() { sed 's/^/       /'; }
warn_lines() { sed 's/^/ !     /'; }
