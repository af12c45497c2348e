#!/bin/sh
# How the locks in this folder were made: the real tools on the manifests beside them.
#   make.sh UV POETRY_1_1 POETRY_1_8 POETRY_2 PDM
# Each argument is the path of an executable. Versions used: uv 0.13.8, Poetry 1.1.15, 1.8.5 and
# 2.5.1, PDM 2.29.3.
set -eu
cd "$(dirname "$0")"
(cd uv && "$1" lock)
(cd uv && "$1" export -q --frozen --package api --no-header --no-emit-workspace --format pylock.toml \
  -o ../pylock/pylock.toml)
(cd uv && "$1" export -q --frozen --package plain --extra a --no-header -o ../requirements/requirements.txt)
for version in 1.1 1.8 2; do
  mkdir -p "poetry-$version/app" "poetry-$version/lib"
  cp poetry-manifests/lib.toml "poetry-$version/lib/pyproject.toml"
  cp poetry-manifests/app.toml "poetry-$version/app/pyproject.toml"
  [ "$version" = 1.1 ] && sed -i 's/^priority = .*/default = true/' "poetry-$version"/*/pyproject.toml
done
(cd poetry-1.1/app && "$2" lock)
(cd poetry-1.8/app && "$3" lock)
(cd poetry-2/app && "$4" lock)
(cd poetry-pep621 && "$4" lock)
(cd pdm/app && PDM_IGNORE_SAVED_PYTHON=1 PDM_USE_VENV=false "$5" lock -G :all && rm -f .pdm-python)
