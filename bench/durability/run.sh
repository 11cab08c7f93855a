#!/bin/sh
# What the peers do when their processes are killed: `run.sh <folder for environments> [tool ...]`.
# Makes a virtual environment per tool where there is none yet (about 2 GB in all, from PyPI), then
# runs for about 15 minutes.
set -eu
if [ $# -eq 0 ]; then
  echo "skipped: no folder for the environments given (npm run bench:durability -- <folder>)"
  exit 0
fi
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
install() {
  name=$1
  shift
  [ -x "$folder/$name/bin/python" ] || python3 -m venv "$folder/$name"
  "$folder/$name/bin/pip" install --quiet --disable-pip-version-check "$@"
}
mkdir -p "$folder"
install optuna optuna numpy
install ray 'ray[tune]' numpy
install metaflow metaflow metaflow-checkpoint numpy
install prefect prefect numpy
install dagster dagster dagster-webserver numpy
export OPENBLAS_NUM_THREADS=1
PYTHONDONTWRITEBYTECODE=1 exec "$folder/optuna/bin/python" "$here/kills.py" "$folder" "$@"
