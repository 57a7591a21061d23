# Where the buildpacks get umbra from.  To be sourced by bash; `provide_umbra` is the one function for others.
#
#   provide_umbra DEST CACHE_DIR
#
# puts DEST/bin/umbra and DEST/bin/start-traffic-duplicator there, and beside bin/ what a package has: LICENSE, NOTICES,
# README, sbom.cdx.json.  It takes the first of these that works, and says which:
#
#   1. a package in the buildpack's own packages/ for this stack and architecture, whose .sha256 is right
#   2. UMBRA_PACKAGE_URL, which must have the hash UMBRA_PACKAGE_SHA256
#   3. what 4 built before: CACHE_DIR/umbra/VERSION-STACK-ARCH/
#   4. a build from source: the buildpack's own source/, or the checkout that it lies in
#
# It returns 1 when none does, and has then said what to do.  A package from a URL without a hash, or with another hash,
# is refused for good: nothing else is tried then.
#
# Read from the environment: STACK or CNB_TARGET_DISTRO_NAME, CNB_TARGET_DISTRO_VERSION and CNB_TARGET_ARCH;
# BUILDPACK_DIR (default: the folder above this file's), UMBRA_PACKAGE_URL, UMBRA_PACKAGE_SHA256, TMPDIR.  Nothing in
# them is evaluated.
# No function here depends on the caller's `set -e`, and all but provide_umbra begin with umbra_.

umbra_binary_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
umbra_programs=(umbra start-traffic-duplicator)

umbra_topic() { printf -- '-----> %s\n' "$*"; }
umbra_detail() { printf '       %s\n' "$@"; }
umbra_problem() { printf ' !     %s\n' "$@"; }  # on standard output as well, so that the order holds

# --- which package --------------------------------------------------------------------------------------------------

umbra_stack() {
  if [ -n "${CNB_TARGET_DISTRO_NAME:-}" ]; then
    echo "$CNB_TARGET_DISTRO_NAME-${CNB_TARGET_DISTRO_VERSION:-}"
  elif [ -n "${STACK:-}" ]; then
    echo "$STACK"
  else
    # shellcheck source=/dev/null
    (. /etc/os-release 2>/dev/null && echo "$ID-${VERSION_ID:-unstable}")
  fi
}

umbra_arch() {
  if [ -n "${CNB_TARGET_ARCH:-}" ]; then
    echo "$CNB_TARGET_ARCH"
  else
    dpkg --print-architecture
  fi
}

# The stacks whose packages run on stack $1: Heroku's are Ubuntu's releases.
umbra_stacks_like() {
  echo "$1"
  case $1 in
    heroku-[0-9][0-9]) echo "ubuntu-${1#heroku-}.04" ;;
    ubuntu-[0-9][0-9].04) local release=${1#ubuntu-}; echo "heroku-${release%.04}" ;;
  esac
}

# --- trying a folder ------------------------------------------------------------------------------------------------

# Is there a umbra in $1 that runs on this machine?  Says why not, of $2.
umbra_runs() {
  local program said
  for program in "${umbra_programs[@]}"; do
    if [ ! -x "$1/bin/$program" ]; then
      umbra_problem "$2 has no bin/$program."
      return 1
    fi
  done
  if ! said=$("$1/bin/umbra" --version 2>&1); then
    umbra_problem "umbra of $2 does not run here: $(head -c 300 <<<"$said" | head -n 1)"
    return 1
  fi
}

umbra_install() {
  mkdir -p "$2" && cp -R "$1/." "$2/"
}

# Unpacks the package $1 into DEST $2, if it runs; $3 is what to call it.
umbra_install_package() {
  local stage=$umbra_work/package
  rm -rf "$stage"
  mkdir -p "$stage" || return 1
  if ! tar -xzf "$1" -C "$stage" --strip-components=1 --no-same-owner 2>/dev/null; then
    umbra_problem "$3 cannot be unpacked: it is no package of umbra."
    return 1
  fi
  umbra_runs "$stage" "$3" && umbra_install "$stage" "$2"
}

umbra_sha256() { sha256sum <"$1" | cut -d ' ' -f 1; }

# --- 1. the buildpack's own packages --------------------------------------------------------------------------------

umbra_from_packages() {
  local stack package name
  while read -r stack; do
    while read -r package; do
      name=$(basename "$package")
      if [ "$(head -c 64 "$package.sha256" 2>/dev/null)" != "$(umbra_sha256 "$package")" ]; then
        umbra_problem "packages/$name is not used: $name.sha256 is missing or says another hash." \
          "Make the buildpack again: make package buildpack"
        continue
      fi
      if umbra_install_package "$package" "$1" "packages/$name"; then
        umbra_detail "umbra from packages/$name"
        return 0
      fi
    done < <(find "$umbra_buildpack/packages" -maxdepth 1 -name "umbra-*-$stack-$umbra_arch_name.tar.gz" 2>/dev/null |
      sort -rV)
  done < <(umbra_stacks_like "$umbra_stack_name")
  return 1
}

# --- 2. a package from a URL ----------------------------------------------------------------------------------------

# A URL without what may be secret in it: user, password, path, query. A password may hold a slash, though it should
# not: the host begins behind the last @.
umbra_shown_url() {
  local scheme=${1%%://*} rest=${1#*://} name
  rest=${rest%%[?#]*}
  rest=${rest##*@}
  name=${rest##*/}
  [[ $name =~ ^[A-Za-z0-9._+-]+\.(tar\.gz|tgz)$ ]] || name=...
  printf '%s://%s/.../%s' "$scheme" "${rest%%/*}" "$name"
}

umbra_curl_meaning() {
  case $1 in
    3) echo "this is no URL, or its port is no number" ;;
    1) echo "only https, http and file can be used" ;;
    6) echo "its host is not known" ;;
    7) echo "nothing accepts connections there" ;;
    22) echo "the server answers with an error" ;;
    28) echo "it took too long" ;;
    37) echo "there is no such file" ;;
    35 | 51 | 60) echo "its certificate or its TLS is not accepted" ;;
    63) echo "it is larger than 200 MB" ;;
    *) echo "curl's exit status is $1" ;;
  esac
}

# What curl says on its own is not shown, and the URL is not on its command line: either could give away a password.
umbra_download() {
  local url=${1//\\/\\\\} redirects='=https,http'
  [[ $1 != https://* ]] || redirects='=https'
  printf 'url = "%s"\n' "${url//\"/\\\"}" | curl -q --config - --output "$2" --fail --silent --location \
    --proto '=https,http,file' --proto-redir "$redirects" --connect-timeout 10 --max-time 300 --max-filesize 200000000 \
    --retry 3 --retry-connrefused 2>/dev/null
}

# 0: installed.  1: try what comes next.  2: refused.
umbra_from_url() {
  local url=${UMBRA_PACKAGE_URL:-} wanted=${UMBRA_PACKAGE_SHA256:-} got shown status
  [ -n "$url" ] || return 1
  case $url in
    *://*) ;;
    *) umbra_problem "UMBRA_PACKAGE_URL is no URL: it must begin with https:// (or http://, file://)."; return 2 ;;
  esac
  if [[ $url =~ [[:cntrl:][:space:]] ]]; then
    umbra_problem "UMBRA_PACKAGE_URL has blanks or line ends in it: set it again."
    return 2
  fi
  shown=$(umbra_shown_url "$url")
  wanted=${wanted,,}
  if ! [[ $wanted =~ ^[0-9a-f]{64}$ ]]; then
    umbra_problem "UMBRA_PACKAGE_URL is set, but UMBRA_PACKAGE_SHA256 is no SHA-256 (64 hexadecimal digits): refused." \
      "Set it to the first word of the package's .sha256 file: heroku config:set UMBRA_PACKAGE_SHA256=..."
    return 2
  fi
  umbra_detail "Fetching $shown"
  umbra_download "$url" "$umbra_work/download"
  status=$?
  if [ $status -ne 0 ]; then
    umbra_problem "$shown cannot be fetched: $(umbra_curl_meaning $status)." \
      "Look at UMBRA_PACKAGE_URL, or unset it. What else there is will be tried now."
    return 1
  fi
  got=$(umbra_sha256 "$umbra_work/download")
  if [ "$got" != "$wanted" ]; then
    umbra_problem "$shown is refused: it is not the file that UMBRA_PACKAGE_SHA256 names." \
      "Wanted $wanted," "got    $got." "If the package was made anew, set UMBRA_PACKAGE_SHA256 to its new hash."
    return 2
  fi
  umbra_install_package "$umbra_work/download" "$1" "The package of UMBRA_PACKAGE_URL" || return 1
  umbra_detail "umbra from $shown"
}

# --- 3. what was built before ---------------------------------------------------------------------------------------

# The version of the source tree $1, or nothing.
umbra_source_version() {
  sed -n 's/^project(umbra VERSION \([0-9.]*\).*/\1/p' "$1/CMakeLists.txt" 2>/dev/null
}

# The tree to build from, or nothing.
umbra_source() {
  local tree
  for tree in "$umbra_buildpack/source" "$umbra_buildpack/.."; do
    if [ -n "$(umbra_source_version "$tree")" ]; then
      (cd "$tree" && pwd)
      return
    fi
  done
}

# Names the state of the source tree $1: a version that is being worked on must not come out of a cache.
umbra_source_hash() {
  (cd "$1" && find CMakeLists.txt cmake include src wrapper -type f -print0 2>/dev/null | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
}

umbra_from_cache() {
  [ -n "$umbra_tree" ] && [ -d "$umbra_cached" ] || return 1
  [ "$(cat "$umbra_cached/source.sha256" 2>/dev/null)" = "$(umbra_source_hash "$umbra_tree")" ] || return 1
  umbra_runs "$umbra_cached" "The cache" || return 1
  mkdir -p "$1/bin" && cp "$umbra_cached"/bin/* "$1/bin/" || return 1
  umbra_detail "umbra from the cache ($(basename "$umbra_cached"))"
}

# --- 4. a build from source -----------------------------------------------------------------------------------------

umbra_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The development packages that this system lacks, a line each; a|b means that either will do.
umbra_missing_packages() {
  local entry name
  for entry in libuv1-dev libssl-dev zlib1g-dev libre2-dev libyaml-cpp-dev libfmt-dev libcxxopts-dev \
    nlohmann-json3-dev 'libllhttp-dev|node-llhttp'; do
    for name in ${entry//|/ }; do
      umbra_installed "$name" && continue 2
    done
    echo "$entry"
  done
}

# apt with lists, downloads and state of its own, so that it needs no root.  The system's keys sign what it takes.
umbra_apt() {
  local tool=$1
  shift
  "$tool" -o Debug::NoLocking=1 -o Dir::State="$umbra_work/apt/state" -o Dir::State::status=/var/lib/dpkg/status \
    -o Dir::Cache="$umbra_work/apt/cache" -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 \
    -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -qq "$@"
}

umbra_apt_has() {
  local policy
  policy=$(umbra_apt apt-cache policy "$1")  # not piped: grep -q would end apt-cache early, which pipefail reports
  grep -q 'Candidate: [^(]' <<<"$policy"
}

# Fetches the packages $@ and unpacks them into $umbra_work/prefix.
umbra_fetch_packages() {
  local entry name installable=() alone=() archive
  mkdir -p "$umbra_work"/apt/{state/lists/partial,cache/archives/partial} "$umbra_work/prefix" || return 1
  umbra_apt apt-get update || return 1
  for entry in "$@"; do
    for name in ${entry//|/ }; do
      umbra_apt_has "$name" && break
    done
    # Of node-llhttp only the C sources are wanted, not the node that it depends on.
    if [ "$name" = node-llhttp ]; then alone+=("$name"); else installable+=("$name"); fi
  done
  if [ ${#installable[@]} -gt 0 ]; then
    umbra_apt apt-get install --yes --download-only --no-install-recommends "${installable[@]}" || return 1
  fi
  if [ ${#alone[@]} -gt 0 ]; then
    (cd "$umbra_work/apt/cache/archives" && umbra_apt apt-get download "${alone[@]}") || return 1
  fi
  for archive in "$umbra_work"/apt/cache/archives/*.deb; do
    dpkg-deb --extract "$archive" "$umbra_work/prefix" || return 1
  done
  find "$umbra_work/prefix" -path '*/pkgconfig/*.pc' -exec sed -i "s|=/usr|=$umbra_work/prefix/usr|" {} +
}

# As many compilers as there are processors, with a gigabyte of memory each.
umbra_jobs() {
  local processors gigabytes
  processors=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  [ "${gigabytes:-1}" -ge 1 ] || gigabytes=1
  echo $((gigabytes < processors ? gigabytes : processors))
}

umbra_compile() {
  local prefix=$umbra_work/prefix/usr build=$umbra_work/build
  local libraries
  libraries=$prefix/lib/$(g++ -print-multiarch)
  PKG_CONFIG_PATH=$libraries/pkgconfig:$prefix/share/pkgconfig cmake -S "$umbra_tree" -B "$build" -G 'Unix Makefiles' \
    -DCMAKE_BUILD_TYPE=Release -DUMBRA_STATIC=ON -DUMBRA_WERROR=OFF -DCMAKE_PREFIX_PATH="$prefix" &&
    cmake --build "$build" --target packed --parallel "$(umbra_jobs)"
}

# Runs "$@" with its output in a log, of which the end is shown when it fails.
umbra_quietly() {
  "$@" >"$umbra_work/log" 2>&1 && return
  umbra_problem "This failed; the end of its output:"
  tail -n 30 "$umbra_work/log" | cut -c 1-300 | sed 's/^/       /'
  return 1
}

umbra_has_tools() {
  local tool missing=()
  for tool in g++ cmake make pkg-config dpkg-deb apt-get strip; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] && return
  umbra_problem "umbra cannot be built here: ${missing[*]} not found." \
    "A build image of Heroku has them (heroku-24, heroku-26). Elsewhere: apt-get install g++ cmake make pkg-config"
  return 1
}

umbra_keep() {
  local program next=$umbra_cached.next
  rm -rf "$next"
  mkdir -p "$next/bin" || return 1
  for program in "${umbra_programs[@]}"; do
    strip --strip-all -o "$next/bin/$program" "$umbra_work/build/$program" || return 1
  done
  umbra_source_hash "$umbra_tree" >"$next/source.sha256"
  # The builds of other versions and stacks have had their day.
  find "$(dirname "$umbra_cached")" -mindepth 1 -maxdepth 1 ! -path "$next" -exec rm -rf {} +
  mv "$next" "$umbra_cached"
}

umbra_from_source() {
  local missing started=$SECONDS
  [ -n "$umbra_tree" ] || return 1
  umbra_topic "Building umbra $(umbra_source_version "$umbra_tree") from source (minutes; the result is cached)"
  umbra_has_tools || return 1
  mapfile -t missing < <(umbra_missing_packages)
  if [ ${#missing[@]} -gt 0 ]; then
    umbra_detail "Fetching with apt: ${missing[*]}"
    if ! umbra_quietly umbra_fetch_packages "${missing[@]}"; then
      umbra_problem "umbra needs these to build, and apt could not fetch them: ${missing[*]}" \
        "Build again if the mirror was away. On Ubuntu they are in \"universe\", which /etc/apt must name."
      return 1
    fi
  fi
  umbra_detail "Compiling with $(umbra_jobs) at once"
  if ! umbra_quietly umbra_compile; then
    umbra_problem "Please report this, with the lines above and the stack ($umbra_stack_name, $umbra_arch_name)."
    return 1
  fi
  if ! umbra_keep; then
    umbra_problem "The build cannot be kept in $(dirname "$umbra_cached"): is it writable, and is the disk full?"
    return 1
  fi
  umbra_detail "Built in $((SECONDS - started)) s"
  umbra_from_cache "$1"
}

# --- all of it ------------------------------------------------------------------------------------------------------

umbra_nothing_works() {
  umbra_problem "There is no umbra for $umbra_stack_name ($umbra_arch_name). What can be done:" \
    "- use a buildpack that has a package for this stack in packages/, or" \
    "- set UMBRA_PACKAGE_URL and UMBRA_PACKAGE_SHA256 to a package ('make package' makes one), or" \
    "- build on a stack with g++, cmake and make (heroku-24, heroku-26), from a buildpack with its source/."
}

# In a subshell: what it sets is gone afterwards, and its temporary folder too, whatever happens.
provide_umbra() (
  set +e
  # GNU tools in the words of one language; a CDPATH makes cd talk.
  export LC_ALL=C
  unset CDPATH
  umbra_buildpack=${BUILDPACK_DIR:-$umbra_binary_dir}
  umbra_stack_name=$(umbra_stack)
  umbra_arch_name=$(umbra_arch)
  if ! [[ $umbra_stack_name =~ ^[a-z0-9][a-z0-9.-]*$ && $umbra_arch_name =~ ^[a-z0-9]+$ ]]; then
    umbra_problem "\"$umbra_stack_name\" is no stack or \"$umbra_arch_name\" no architecture: set STACK, as in heroku-24."
    exit 1
  fi
  umbra_work=$(mktemp -d "${TMPDIR:-/tmp}/umbra.XXXXXX") || exit 1
  trap 'rm -rf "$umbra_work"' EXIT
  trap 'exit 143' TERM INT HUP
  umbra_tree=$(umbra_source)
  umbra_cached=$2/umbra/$(umbra_source_version "$umbra_tree")-$umbra_stack_name-$umbra_arch_name

  if umbra_from_packages "$1"; then
    [ -z "${UMBRA_PACKAGE_URL:-}" ] ||
      umbra_detail "UMBRA_PACKAGE_URL is not used: the buildpack has a package of its own."
    exit 0
  fi
  umbra_from_url "$1"
  case $? in
    0) exit 0 ;;
    2) exit 1 ;;
  esac
  umbra_from_cache "$1" || umbra_from_source "$1" || { umbra_nothing_works; exit 1; }
)
