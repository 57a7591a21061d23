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

# verify_umbra DEST: both programs run on this stack, or the build ends and says why.
verify_umbra() {
  local program said
  for program in umbra start-traffic-duplicator; do
    if ! said=$("$1/bin/$program" --version 2>&1 </dev/null); then
      warn "$program does not run on this stack:"
      tail -n 3 <<<"${said:-it says nothing}" | warn_lines
      fail "Nothing was deployed: the release that runs now stays as it is."
    fi
  done
}
