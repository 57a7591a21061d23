# shellcheck shell=bash
# Putting the two programs into a folder, and finding out whether they run here.

# install_umbra DEST CACHE_DIR VARS_DIR: DEST/bin/umbra and DEST/bin/start-traffic-duplicator, or it fails with a
# message. In a bash of its own, so that `set -e` holds in it and its names stay its own. The address of a package can
# hold a password, so it goes by the environment: a command line can be read by all.
install_umbra() {
  (
    UMBRA_PACKAGE_URL=$(config_var "$3" UMBRA_PACKAGE_URL)
    UMBRA_PACKAGE_SHA256=$(config_var "$3" UMBRA_PACKAGE_SHA256)
    export BUILDPACK_DIR UMBRA_PACKAGE_URL UMBRA_PACKAGE_SHA256
    # shellcheck disable=SC2016  # the inner bash expands them
    exec bash -euo pipefail -c '. "$BUILDPACK_DIR/lib/umbra_binary.sh"; provide_umbra "$1" "$2"' bash "$1" "$2"
  ) || fail "umbra could not be provided: see above." \
    "Nothing was deployed: the release that runs now stays as it is."
}

# Says why a program does not run here, if it does not: `why_unusable FILE --version`. Nothing when it runs.
why_unusable() {
  local said
  if said=$("$@" 2>&1 </dev/null); then return; fi
  if [ -n "$said" ]; then tail -n 3 <<<"$said"; else echo "it ends with an error and says nothing"; fi
}

# verify_umbra DEST STRICT: returns 1 when umbra itself does not run here. The wrapper then starts the application
# without it. Where the wrapper does not run there is nothing that could, so that fails the build.
verify_umbra() {
  local why
  why=$(why_unusable "$1/bin/start-traffic-duplicator" --version)
  if [ -n "$why" ]; then
    warn "start-traffic-duplicator does not run on this stack:"
    warn_lines <<<"$why"
    fail "It was made for another one. Nothing was deployed: the release that runs now stays as it is."
  fi
  why=$(why_unusable "$1/bin/umbra" --version)
  [ -n "$why" ] || return 0
  warn "umbra does not run on this stack:"
  warn_lines <<<"$why"
  [ "$2" != 1 ] || fail "UMBRA_STRICT=1: the build ends here."
  warn "The application will run WITHOUT umbra: nothing is copied."
  return 1
}
