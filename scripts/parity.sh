#!/usr/bin/env bash
# Compares checkpoints with the reference torch implementation.
#
#   scripts/parity.sh vit_b_32                  published sizes, seeded weights
#   scripts/parity.sh laion_vit_bigg_14:12,8           the same, fewer blocks
#   scripts/parity.sh openai/clip-vit-base-patch32   a real one, from the hub
#   scripts/parity.sh PATH                           a real one, from a folder
#
# REFERENCE=/path/to/python chooses an environment that exists; without it
# scripts/parity_environment.sh makes one. More options: --help.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z ${REFERENCE:-} ]]; then
  folder=${TMPDIR:-/tmp}/parityenv
  REFERENCE=$folder/bin/python
  [[ -x $REFERENCE ]] || scripts/parity_environment.sh "$folder" >/dev/null
fi
export JAX_PLATFORMS=cpu OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
exec .venv/bin/python -m tests.networks.parity --reference "$REFERENCE" "$@"
