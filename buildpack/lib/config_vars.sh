# shellcheck shell=bash
# Config vars come as a folder with one file for each: the name is the variable's, the content its value. A value is
# whatever the user typed: it is only ever read, never part of a command line and never evaluated.

# The value of the config var $2 in the folder $1; nothing where it is not set.
config_var() {
  if [ -n "$1" ] && [ -f "$1/$2" ]; then cat "$1/$2"; fi
}

# What must not come from the user's settings into a program of the build: where programs, libraries and a shell's
# start files are found, and what bash keeps for itself.
reserved_name() {
  case $1 in
    PATH | HOME | PWD | OLDPWD | SHELL | IFS | ENV | CDPATH | TMPDIR | PS4 | POSIXLY_CORRECT) return 0 ;;
    UID | EUID | PPID | SHELLOPTS | BASH* | FUNCNAME | DIRSTACK | GROUPS | LINENO | RANDOM | SECONDS) return 0 ;;
    LD_* | LIBRARY_PATH | CPATH | CPPATH | GCONV_PATH | LOCPATH | OPENSSL_* | GIT_* | CNB_*) return 0 ;;
  esac
  return 1
}

# Exports the config vars of the folder $1. Call it in a subshell: a variable of this script's may have the same name.
export_config_vars() {
  local _file _name
  [ -n "$1" ] && [ -d "$1" ] || return 0
  for _file in "$1"/*; do
    _name=${_file##*/}
    if [ -f "$_file" ] && [[ $_name =~ ^[A-Za-z][A-Za-z0-9_]*$ ]] && ! reserved_name "$_name"; then
      export "$_name=$(tr -d '\000' <"$_file")"
    fi
  done
}
