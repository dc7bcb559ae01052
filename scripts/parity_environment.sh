#!/usr/bin/env bash
# Makes the environment of the reference implementations, apart from .venv.
#
#   scripts/parity_environment.sh [FOLDER]      default: TMPDIR/parityenv
#
# PYTHON=/path/to/python3.11 chooses the interpreter. torch's CPU build is
# enough; where the default index serves another, set PIP_EXTRA_INDEX_URL or
# PIP_FIND_LINKS to yours.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LIST=$PWD/tests/networks/parity/environment.txt
readonly CODE_ONLY=$PWD/tests/networks/parity/environment_no_deps.txt
readonly FOLDER=${1:-${TMPDIR:-/tmp}/parityenv}

fail() {
  echo "parity_environment: $*" >&2
  exit 2
}

python=${PYTHON:-python3.11}
command -v "$python" >/dev/null ||
  fail "expected CPython 3.11, found no $python; set PYTHON=/path/to/python3.11"
if [[ ! -x $FOLDER/bin/python ]]; then
  "$python" -m venv "$FOLDER"
fi
install() {
  "$FOLDER/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-input "$@" </dev/null || fail 'pip failed; its message is above'
}
install -r "$LIST"
# For its vocabulary and tokenizer, which need none of what it asks for.
install --no-deps -r "$CODE_ONLY"
echo "$FOLDER"
