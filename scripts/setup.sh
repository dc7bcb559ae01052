#!/usr/bin/env bash
# Makes .venv from the lock file; done again only when the lock has changed.
#
#   scripts/setup.sh            PYTHON=/path/to/python3.11 to choose one
#
# The packages are installed without their dependencies: the lock already holds
# every one of them, and pip would refuse the combination (BUILD.md says why).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LOCK=requirements/requirements.lock
readonly LIBRARIES=requirements/os_libraries.txt
readonly STAMP=.venv/installed.lock

fail() {
  echo "setup: $*" >&2
  exit 2
}

# Installs OS packages as root, or says in one line which ones are missing.
install_packages() {
  local purpose=$1
  shift
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "$purpose needs OS packages; install them: sudo apt-get install $*"
  fi
  echo "setup: installing OS packages: $*"
  local log
  log=$(mktemp)
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null
  then
    tail -n 5 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: $*"
  fi
  rm -f "$log"
}

is_311() {
  "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) or
    sys.implementation.name != "cpython")' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3 python; do
    if is_311 "$candidate"; then
      echo "$candidate"
      return
    fi
    if [[ -n ${PYTHON:-} ]]; then
      break
    fi
  done
}

check_libraries() {
  local library package missing=()
  while read -r library package; do
    if [[ -n $library && $library != \#* ]] &&
      ! .venv/bin/python -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' \
        "$library" 2>/dev/null; then
      missing+=("$package")
    fi
  done <"$LIBRARIES"
  if ((${#missing[@]})); then
    install_packages 'acme_vlm' "${missing[@]}"
  fi
}

make_environment() {
  local python
  python=$(find_python)
  if [[ -z $python ]]; then
    fail "expected CPython 3.11, found ${PYTHON:-none}; install it" \
      "(Debian 12: apt-get install python3.11 python3.11-venv; elsewhere:" \
      "uv python install 3.11) or set PYTHON=/path/to/python3.11"
  fi
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages 'a virtual environment' python3.11-venv
  fi
  "$python" -m venv .venv
}

if ! is_311 .venv/bin/python; then
  # Absent, or made for a Python that is gone.
  rm -f "$STAMP"
  make_environment
fi
check_libraries
if ! cmp -s "$LOCK" "$STAMP"; then
  echo "setup: installing $(grep -c == "$LOCK") packages into .venv"
  # What builds the one or two packages without a wheel comes from the lock too.
  awk '/^(packaging|setuptools|wheel)==/ {on = 1} on; !/\\$/ {on = 0}' "$LOCK" \
    >.venv/build.lock
  for list in .venv/build.lock "$LOCK"; do
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
      --no-input --no-deps --no-build-isolation --require-hashes \
      -r "$list" </dev/null ||
      fail "pip could not install $LOCK; its message is above"
  done
  # The checkout itself, importable from any folder.
  pwd >"$(.venv/bin/python -c \
    'import sysconfig; print(sysconfig.get_path("purelib"))')/acme_vlm.pth"
  # Last, so that a setup that was cut short goes on where it was.
  cp "$LOCK" "$STAMP"
fi
