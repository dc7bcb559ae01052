#!/usr/bin/env bash
# Resolves requirements.in under overrides.txt into the lock file. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/../requirements"
if ! command -v uv >/dev/null; then
  echo 'lock: expected uv on the path; install it: pip install uv' >&2
  exit 2
fi
uv pip compile --quiet --python-version 3.11 --override overrides.txt \
  --generate-hashes --no-header --no-annotate --no-emit-index-url \
  --output-file requirements.lock requirements.in "$@"
