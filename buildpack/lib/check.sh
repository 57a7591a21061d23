# shellcheck shell=bash
# What can be said of the application's configuration before it runs.

# check_as_the_wrapper_does UMBRA APP_DIR VARS_DIR [FLAG...]: prints problems and warnings, returns umbra's exit status.
# It only reads files, so half a minute is more than it needs.
check_as_the_wrapper_does() (
  cd "$2" || exit
  export_config_vars "$3"
  export PORT=5000
  local flags=(--quiet "${@:4}")
  if [ "$(configuration_file .)" = config/gor.options ]; then flags+=(--gor-options config/gor.options); fi
  timeout 30 "$1" check "${flags[@]}" 2>&1 </dev/null
)

# check_configuration UMBRA APP_DIR VARS_DIR STRICT: returns 1 when there are problems.
check_configuration() {
  local what unknown=warn said
  what=$(configuration_file "$2")
  if [ -z "$what" ]; then
    if procfile_has_flags "$2"; then
      note "The flags in the Procfile are looked at when umbra starts"
      return 0
    elif [ -z "$(config_var "$3" UMBRA_SHADOWS)" ]; then
      note "No shadow is configured yet: heroku config:set UMBRA_SHADOWS=https://... adds one, without a build"
      return 0
    fi
    what=UMBRA_SHADOWS
  fi
  # The wrapper starts with options that no gor knows, since a site must come up. Who is strict wants to know of them.
  if [ "$4" = 1 ]; then unknown=error; fi
  if said=$(check_as_the_wrapper_does "$1" "$2" "$3" --gor-unknown "$unknown"); then
    note "$what is in order"
    [ -z "$said" ] || warn_lines <<<"$said"
    return 0
  fi
  warn "$what has problems:"
  warn_lines <<<"${said:-umbra check gave no reason (or took longer than 30 s)}"
  return 1
}

# report_configuration UMBRA APP_DIR VARS_DIR STRICT: a warning, and the end of the build only where that was asked for.
report_configuration() {
  if ! check_configuration "$@"; then
    [ "$4" != 1 ] || fail "UMBRA_STRICT=1: the build ends here."
    warn "The application will run, but nothing is copied until this is in order." \
      "(With UMBRA_STRICT=1 this would end the build.)"
  fi
  if ! procfile_names_umbra "$2"; then
    warn "Nothing in the Procfile starts umbra. To have traffic copied, write" \
      "  web: start-traffic-duplicator <the command as it was>"
  fi
}
