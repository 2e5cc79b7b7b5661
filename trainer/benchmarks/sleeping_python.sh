#!/bin/sh
# The interpreter of a worker whose trainings sleep: the trainer is sleeping.py, the search model the real one.
python="$SLEEPING_PYTHON"
[ "$3" = serve ] && exec "$python" "$(dirname "$0")/sleeping.py"
exec "$python" "$@"
