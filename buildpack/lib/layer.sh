# shellcheck shell=bash
# The layer of the Cloud Native buildpack: what it was made from, and the file that describes it.

target_stack() (
  # shellcheck source=/dev/null
  if [ -z "${CNB_TARGET_DISTRO_NAME:-}" ] && [ -r /etc/os-release ]; then . /etc/os-release; fi
  echo "${CNB_TARGET_DISTRO_NAME:-${ID:-linux}}-${CNB_TARGET_DISTRO_VERSION:-${VERSION_ID:-unknown}}"
)

buildpack_version() { sed -n 's/^version = "\(.*\)"$/\1/p' "$BUILDPACK_DIR/buildpack.toml"; }

# Everything that decides which binaries come out: the package that was asked for, the buildpack's own packages and
# scripts, and the sources where it brings them or lies among them.
origin_digest() {
  local sources=$BUILDPACK_DIR/source
  [ -d "$sources" ] || sources=$BUILDPACK_DIR/..
  {
    config_var "$1" UMBRA_PACKAGE_URL
    config_var "$1" UMBRA_PACKAGE_SHA256
    cat "$BUILDPACK_DIR/lib/umbra_binary.sh"
    find "$BUILDPACK_DIR/packages" -name '*.sha256' -type f -exec cat {} + 2>/dev/null | LC_ALL=C sort || true
    if [ -f "$sources/CMakeLists.txt" ]; then
      find "$sources"/{CMakeLists.txt,cmake,include,src,wrapper} -type f -exec sha256sum {} + 2>/dev/null |
        cut -c 1-64 | LC_ALL=C sort || true
    fi
  } | sha256sum | cut -c 1-16
}

# What a layer must have been made from to be used again: version, stack, architecture, origin.
layer_key() {
  echo "$(buildpack_version)-$(target_stack)-${CNB_TARGET_ARCH:-$(dpkg --print-architecture)}-$(origin_digest "$1")"
}

# The key of a layer that was restored. The lifecycle writes that file anew, with quotes and indentation of its own.
restored_key() {
  [ -f "$1.toml" ] || return 0
  sed -n "s/^[[:space:]]*made_from[[:space:]]*=[[:space:]]*[\"']\([^\"']*\)[\"'][[:space:]]*$/\1/p" "$1.toml"
}

# describe_layer LAYER KEY
describe_layer() {
  cat >"$1.toml" <<TOML
[types]
launch = true
build = true
cache = true

[metadata]
made_from = "$2"
TOML
}
