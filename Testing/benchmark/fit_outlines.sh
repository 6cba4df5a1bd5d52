#!/bin/sh
# The estimate of outlines for the bundled model, from its runs on REAL_DATA kept in CACHE, and the page that judges it:
#   sh Testing/benchmark/fit_outlines.sh REAL_DATA CACHE [MODEL]
# About 15 minutes on two free cores, of which features and fit take three; runs that are in CACHE already are not made again.
set -e
here=$(dirname "$0")
python=${PYTHON:-python}
model=${3:-default}
"$python" "$here/outline_cases.py" "$1" "$2" --part fit --phantoms 110 --spoiled 1 --model "$model"
"$python" "$here/outline_model.py" "$1" "$2" --model "$model"
"$python" "$here/outline_cases.py" "$1" "$2" --part judge --phantoms 24 --spoiled 1 --model "$model"
"$python" "$here/outline_reliability.py" "$2" --model "$model"
