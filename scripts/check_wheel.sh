#!/usr/bin/env bash
# Builds the wheel and runs tests on what it installed, away from the checkout.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$PWD

# From a copy, so that no build folder is left here and no stale one is used.
git ls-files -z --cached --others --exclude-standard |
  tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null |
  tar -xf - -C "$work" --one-top-level=source
(cd "$work/source" && "$root/.venv/bin/python" -m build --wheel \
  --no-isolation --outdir "$work/dist" >"$work/build.log" 2>&1) ||
  { tail -n 20 "$work/build.log" >&2; exit 1; }
echo "wheel: $(basename "$work"/dist/*.whl)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
  --no-index --target "$work/site" "$work"/dist/*.whl

# Only the tests and the wheel: the checkout must not be what is imported.
mkdir "$work/away"
cp -r "$work/source/tests" "$work/source/docs" "$work/source/pyproject.toml" \
  "$work/away/"
rm "$work/away/tests/architecture_test.py"
cd "$work/away"
PYTHONPATH=$work/site "$root/.venv/bin/python" - <<'PYTHON'
import os
import acme_vlm
import launch
for package in acme_vlm, launch:
  where = next(iter(package.__path__))
  assert where.startswith(os.environ['PYTHONPATH']), where
PYTHON
PYTHONPATH=$work/site "$root/.venv/bin/python" -m pytest -q \
  -o pythonpath= -p no:cacheprovider "${@:-tests/networks}" \
  tests/replicate_test.py tests/evaluation/reward_page_test.py
