# What ./run and ./test share: install what is missing, configure, build. Sourced, never run.
# Everything here writes to standard error only, and nothing at all when there is nothing to do.

nagare_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export CMAKE_COLOR_DIAGNOSTICS=ON

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root, and there is no sudo; as root, run: apt-get install$missing_packages"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@" >&2
}

apt_update() {
  as_root apt-get update --quiet >&2 || die "apt-get update failed; is the network there?"
}

# install_packages LIST…: installs what the lists name (one package a line, # comments) and dpkg does not have.
install_packages() {
  local lists=() wanted installed name
  for name in "$@"; do lists+=("$nagare_root/tools/$name"); done
  wanted=$(sed -e 's/#.*//' "${lists[@]}" | tr -s ' \t\n' ' ')
  if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian, so nothing is installed; needed are:$wanted"
    return
  fi
  # shellcheck disable=SC2086  # one argument a package
  installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' $wanted 2>/dev/null || true)"
  missing_packages=""
  for name in $wanted; do
    case "$installed" in *" installed:$name "*) ;; *) missing_packages+=" $name" ;; esac
  done
  [ -n "$missing_packages" ] || return 0
  say "installing:$missing_packages"
  # shellcheck disable=SC2086
  apt-cache show $missing_packages >/dev/null 2>&1 || apt_update  # a fresh system knows no packages yet
  # shellcheck disable=SC2086
  apt_install $missing_packages && return 0
  apt_update  # an old list names versions that are gone
  # shellcheck disable=SC2086
  apt_install $missing_packages || die "apt-get could not install$missing_packages (the messages above say why)"
}

# configure PRESET: runs cmake where there is no build folder yet, or where the presets are newer than it.
configure() {
  local folder="$nagare_root/build/$1" fresh=()
  if [ -f "$folder/build.ninja" ] && [ ! "$nagare_root/CMakePresets.json" -nt "$folder/build.ninja" ] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$nagare_root" "$folder/CMakeCache.txt"; then
    return 0
  fi
  if [ -f "$folder/CMakeCache.txt" ]; then fresh=(--fresh); fi
  mkdir -p "$folder"
  (cd "$nagare_root" && cmake "${fresh[@]}" --preset "$1") >"$folder/configure.log" 2>&1 ||
    { cat "$folder/configure.log" >&2; die "cmake could not configure '$1' (log: build/$1/configure.log)"; }
}

# build PRESET [TARGET…]: configures and builds; quiet when nothing changed. On a terminal ninja shows its progress;
# elsewhere the log goes to build/PRESET/build.log and is shown only on failure.
build() {
  local preset=$1 folder="$nagare_root/build/$1"
  shift
  mkdir -p "$folder"
  exec 8>"$folder/.building"
  flock 8  # two at once would tread on each other
  configure "$preset"
  if ninja -C "$folder" -n "$@" 2>/dev/null | grep -q '^ninja: no work to do'; then
    exec 8>&-
    return 0
  fi
  say "building ($preset); the first build takes some minutes …"
  if [ -t 2 ]; then
    NINJA_STATUS='[%f/%t, %e s] ' ninja -C "$folder" "$@" >&2 8>&- || die "the build failed"
  else
    ninja -C "$folder" "$@" >"$folder/build.log" 2>&1 8>&- ||
      { grep -vE '^\[[0-9]+/[0-9]+\] ' "$folder/build.log" | tail -n 80 >&2; die "the build failed (log: build/$preset/build.log)"; }
  fi
  exec 8>&-
}
