# shellcheck shell=bash
# What can be said of the application's configuration before it runs.

# The seconds that `umbra check` may take. It only reads files.
readonly check_timeout=30

# ask_umbra UMBRA APP_DIR VARS_DIR [FLAG...]: the problems and warnings of `umbra check`, and its exit status. Its
# standard output is the configuration, with everything that config vars put into it: that stays here.
ask_umbra() (
  local shadows
  cd "$2" || exit
  export_config_vars "$3"
  export PORT=5000
  # In the place of the wrapper, which makes flags of it. An address can hold a password, so here it is no flag.
  shadows=$(config_var "$3" UMBRA_SHADOWS)
  if [ -z "$(configuration_file .)" ]; then export UMBRA_SHADOW="${shadows//,/ }"; fi
  timeout "$check_timeout" "$1" check "${@:4}" 2>&1 >/dev/null </dev/null
)

# check_configuration UMBRA APP_DIR VARS_DIR: prints the problems. Returns 1 when there are any.
check_configuration() {
  local what flags=(--config off) said
  what=$(configuration_file "$2")
  case $what in
    config/umbra.yaml) flags=(--config "$what") ;;
    config/gor.options) flags+=(--gor-options "$what") ;;
    *)
      if [ -z "$(config_var "$3" UMBRA_SHADOWS)" ]; then
        note "No shadow is configured yet: heroku config:set UMBRA_SHADOWS=https://... adds one, without a build"
        return 0
      fi
      what=UMBRA_SHADOWS
      ;;
  esac
  if said=$(ask_umbra "$1" "$2" "$3" "${flags[@]}"); then
    note "$what is in order"
    [ -z "$said" ] || warn_lines <<<"$said"
    return 0
  fi
  warn "$what has problems:"
  warn_lines <<<"${said:-umbra check gave no reason (or took longer than $check_timeout s)}"
  return 1
}

# report_configuration UMBRA APP_DIR VARS_DIR STRICT: a warning, and the end of the build only where that was asked for.
report_configuration() {
  if ! check_configuration "$1" "$2" "$3"; then
    [ "$4" != 1 ] || fail "UMBRA_STRICT=1: the build ends here."
    warn "The application will run, but nothing is copied until this is in order." \
      "(With UMBRA_STRICT=1 this would end the build.)"
  fi
  if ! procfile_names_umbra "$2"; then
    warn "Nothing in the Procfile starts umbra. To have traffic copied, write" \
      "  web: start-traffic-duplicator <the command as it was>"
  fi
}
