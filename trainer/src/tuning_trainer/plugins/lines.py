"""Version 1 of the line protocol between the trainer and a plug-in's command (docs/plugins.md): what a line must look like."""

import json
from typing import Any

from tuning_trainer.failures import TrialError

VERSION = 1
#: Longest line of a command, in bytes: the figures of some 200,000 rows.
LONGEST_LINE = 4 << 20
COMMANDS = ("train", "describe", "evaluate")

_STEP: tuple[type, ...] = (int,)
_NUMBER: tuple[type, ...] = (int, float)
#: Events of a command with their fields: name, types, and whether it must be there. Unknown fields are left alone.
_EVENTS: dict[str, dict[str, tuple[tuple[type, ...], bool]]] = {
    "hello": {"v": (_STEP, True), "can": ((list,), True)},
    "progress": {"step": (_STEP, True), "total_steps": (_STEP, True), "loss": (_NUMBER, False), "epoch": (_NUMBER, False)},
    "score": {"value": (_NUMBER, True), "metrics": ((dict,), False)},
    "checkpoint": {"step": (_STEP, True)},
    "warning": {"message": ((str,), True)},
    "finished": {
        "score": (_NUMBER, False),
        "metrics": ((dict,), False),
        "rows": ((dict,), False),
        "values": ((list,), False),
    },
    "failed": {"kind": ((str,), True), "message": ((str,), True), "facts": ((dict,), False)},
}
_WORDS: dict[tuple[type, ...], str] = {
    _STEP: "a whole number",
    _NUMBER: "a number",
    (list,): "a list",
    (dict,): "an object",
    (str,): "a text",
}


def parse(line: bytes) -> dict[str, Any]:
    """Return an event of a command.

    Raises:
        TrialError: kind `trainer_bug`; says what is wrong with the line.
    """
    text = line.decode("utf-8", errors="replace").strip()
    shown = text if len(text) <= 120 else f"{text[:119]}…"
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        hint = 'allowed on stdout: one JSON object a line, such as {"event": "progress", "step": 1, "total_steps": 10}'
        raise _wrong(f"a line that is no event: {shown}; {hint}; what is for people goes to stderr")
    fields = _EVENTS.get(event["event"])
    if fields is None:
        raise _wrong(f"an event that is not known, {event['event']}; allowed: {', '.join(_EVENTS)}")
    for name, (types, needed) in fields.items():
        value = event.get(name)
        if value is None and not needed:
            continue
        if not isinstance(value, types) or isinstance(value, bool):
            said = "is missing" if value is None else f"is {json.dumps(value)[:80]}"
            raise _wrong(f"{event['event']}: {name} {said}; allowed: {_WORDS[types]}")
    return event


def check_hello(event: dict[str, Any]) -> list[str]:
    """Return what a command can do, from its first event.

    Raises:
        TrialError: kind `trainer_bug`: it is no hello, or of a version that is not spoken here.
    """
    if event["event"] != "hello":
        raise _wrong(f"{event['event']} before hello; its first line must be {hello_for_people()}")
    if event["v"] != VERSION:
        raise TrialError("trainer_bug", f"TRAINER_COMMAND speaks version {event['v']} of the line protocol; allowed: {VERSION}")
    can = event["can"]
    if "train" not in can:
        raise _wrong(f"hello without train among what it can: {json.dumps(can)[:80]}; allowed: {', '.join(COMMANDS)}")
    return can


def hello_for_people() -> str:
    """Return an example of a first line."""
    return json.dumps({"event": "hello", "v": VERSION, "can": list(COMMANDS)})


def _wrong(what: str) -> TrialError:
    return TrialError("trainer_bug", f"TRAINER_COMMAND wrote {what}")
