#!/bin/sh
# Waits for the Temporal server, then makes the namespace and the attributes by which runs are found. Done again, it
# changes nothing. ATTEMPTS tries of each step, PAUSE_SECONDS apart.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}"
attempts=${ATTEMPTS:-60}
pause=${PAUSE_SECONDS:-2}

again() {
  what=$1
  shift
  try=1
  until "$@"; do
    if [ "$try" -ge "$attempts" ]; then
      echo "$what: gave up after $attempts attempts" >&2
      exit 1
    fi
    try=$((try + 1))
    sleep "$pause"
  done
  echo "$what: done"
}
namespace() {
  temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "${RETENTION:-8760h}"
}
# A new namespace is known to all parts of the server some seconds later.
attribute() {
  temporal operator search-attribute list -n "$TEMPORAL_NAMESPACE" 2>/dev/null | grep -qw "$1" ||
    temporal operator search-attribute create -n "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"
}

again 'the server answers' temporal operator cluster health
again "namespace $TEMPORAL_NAMESPACE" namespace
again 'attribute TuningStatus' attribute TuningStatus Keyword
again 'attribute TuningParameter' attribute TuningParameter Keyword
again 'attribute TuningRound' attribute TuningRound Int
again 'attribute TuningBestScore' attribute TuningBestScore Double
again 'attribute TuningModel' attribute TuningModel Keyword
