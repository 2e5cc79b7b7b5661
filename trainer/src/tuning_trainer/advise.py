"""The search model's process: `python -m tuning_trainer advise` answers lines of JSON, each a question about one run.

A process of its own, without torch: it starts in about a second and stays. It remembers nothing: a question holds all that is
known.
"""

import json
import os
import sys
from typing import Any

from tuning_trainer.search.study import study

_VERSION = 2


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one question.

    Args:
        request: `v` 2, `ask` "study", and `study`: a `StudyRequest` of `src/domain/study.ts`.

    Returns:
        {"study": `Study`}.

    Raises:
        ValueError: another version or question; numbers that JSON cannot hold.
    """
    if request.get("v") != _VERSION:
        raise ValueError(f"version {request.get('v')!r} is not spoken here")
    if request.get("ask") != "study":
        raise ValueError(f"{request.get('ask')!r} is no question that is answered here")
    return {"study": study(request["study"])}


def reply_to(line: str) -> str:
    """Answer one line with one line; whatever goes wrong is an answer with `error`."""
    request_id = None
    try:
        request = json.loads(line)
        request_id = request.get("id")
        return json.dumps({"v": _VERSION, "id": request_id, **answer(request)}, allow_nan=False)
    except Exception as error:
        return json.dumps({"v": _VERSION, "id": request_id, "error": f"{type(error).__name__}: {error}"[:500]})


def main() -> int:
    """Answer requests from stdin on stdout until stdin ends. Libraries that print go to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(reply_to(line) + "\n")
        answers.flush()
    return 0
