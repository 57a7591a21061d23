# shellcheck shell=bash
# What an application folder says about umbra.

# The commands of the Procfile in the folder $1, one a line: `web: puma -p $PORT` is `puma -p $PORT`.
procfile_commands() {
  [ -f "$1/Procfile" ] || return 0
  sed -n 's/^[[:space:]]*[A-Za-z0-9_-]\{1,\}[[:space:]]*:[[:space:]]*//p' "$1/Procfile"
}

# Whether a command of the Procfile in the folder $1 names one of the two programs as a word. The commands are read to
# their end (no grep -q), else the pipe breaks under pipefail.
procfile_names_umbra() {
  procfile_commands "$1" |
    grep -E '(^|[^[:alnum:]_.-])(umbra|start-traffic-duplicator)([^[:alnum:]_.-]|$)' >/dev/null
}

# Whether the Procfile in the folder $1 says with flags where copies go.
procfile_has_flags() {
  procfile_names_umbra "$1" || return
  procfile_commands "$1" | grep -E '[[:space:]]--(config|gor-options|shadow)[[:space:]=]' >/dev/null
}

# The file that configures umbra in the folder $1, if there is one. The wrapper looks in the same order.
configuration_file() {
  local file
  for file in config/umbra.yaml umbra.yaml config/gor.options; do
    if [ -f "$1/$file" ]; then
      echo "$file"
      return
    fi
  done
}

wants_umbra() { [ -n "$(configuration_file "$1")" ] || procfile_names_umbra "$1"; }
