"""A trial's TensorBoard event file, beside its events.jsonl and made from it. Runs in the serving process.

Each attempt begins the file anew from what events.jsonl keeps of the attempts before it, so that a resumed training has no
step twice and none that was torn; from then on each event is appended as it comes. A TensorBoard that looks on meanwhile
forgets what it has read when it sees the new file's first record. It does not go on from a file that has vanished, so the
earlier ones stay. Nothing of it is part of a trial: scores and weights never know of it.
"""

import contextlib
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tuning_trainer import events
from tuning_trainer.files import read_json
from tuning_trainer.scalars import final_scalars, scalars

FOLDER = "tensorboard"
#: Marks what TensorBoard takes for an event file; the time makes a later one the last in the order of names.
_PREFIX = "events.out.tfevents"
#: Ends the name of a file that is still being written.
_FRESH = ".new"
_ENDS = ("finished", "failed")
#: Failures after which the training goes on, or may.
_GOES_ON = ("cancelled", "fenced", "killed", "hang", "busy")
#: Keys of a configuration that say where things lie, and nothing of a training.
_PLACES = ("OUTPUT_DIR_ROOT", "STORE", "RUN_NAME_PREFIX")


class EventFile:
    """The event file of one trial, in the hands of one attempt.

    Args:
        trial: the trial's folder.
        config: what is trained; its values are the file's hyperparameters.
    """

    def __init__(self, trial: Path, config: dict[str, Any]) -> None:
        self._trial = trial
        self._config = config
        self._path: Path | None = None
        self._scored = -1

    def tell(self, event: dict[str, Any]) -> None:
        """Show an event that events.jsonl has got; a full disk must not stop the training, which will say so itself."""
        name = event["event"]
        # A step that is scored twice has its later score, and a training that was over needs no attempt to be told of.
        again = name == "eval" and event["step"] <= self._scored
        with contextlib.suppress(OSError):
            if name == "started" or again or (name in _ENDS and self._path is None):
                self._begin()
            elif self._path is not None and name in ("step", "eval", *_ENDS):
                with self._path.open("ab") as file:
                    file.write(b"".join(self._records([event])))
        if name == "eval":
            self._scored = max(self._scored, event["step"])

    def _begin(self) -> None:
        folder = self._trial / FOLDER
        folder.mkdir(exist_ok=True)
        for half in folder.glob(f"*{_FRESH}"):
            half.unlink()
        told = events.read(self._trial / "events.jsonl")
        ends = [event for event in told[-1:] if event.get("event") in _ENDS]
        now = time.time()
        path = folder / f"{_PREFIX}.{now:017.6f}"
        fresh = path.with_name(f"{path.name}{_FRESH}")
        course = events.course(told)
        fresh.write_bytes(b"".join([*_head(now), _session(self._config, now), *self._records([*course, *ends])]))
        fresh.rename(path)
        self._path = path
        self._scored = max((event["step"] for event in course if event["event"] == "eval"), default=-1)

    def _records(self, told: Iterable[dict[str, Any]]) -> Iterable[bytes]:
        for event in told:
            name, t = event["event"], float(event["t"])
            if name in ("step", "eval"):
                yield _scalars(scalars(event, self._config.get("METRIC")), event["step"], t)
            elif name == "finished":
                yield from self._end(t)
            elif _is_over(event):
                yield _session_end("STATUS_FAILURE", t)

    def _end(self, t: float) -> Iterable[bytes]:
        result = read_json(self._trial / "result.json")
        if result is not None:
            shown = final_scalars(result["score"], result.get("metrics"), self._config.get("METRIC"))
            yield _scalars(shown, result["best_step"], t)
        yield _session_end("STATUS_SUCCESS", t)


def _is_over(event: dict[str, Any]) -> bool:
    return event["event"] == "finished" or (event["event"] == "failed" and event.get("kind") not in _GOES_ON)


def _head(t: float) -> Iterable[bytes]:
    from tensorboardX.proto.event_pb2 import Event, SessionLog

    yield _record(Event(wall_time=t, file_version="brain.Event:2"))
    # Whoever has read an earlier file of this trial forgets all of its steps.
    yield _record(Event(wall_time=t, step=0, session_log=SessionLog(status=SessionLog.START)))


def _session(config: dict[str, Any], t: float) -> bytes:
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.summary import hparams

    values = {key: value for key, value in config.items() if isinstance(value, (str, int, float)) and key not in _PLACES}
    _, started, _ = hparams(values, {})
    return _record(Event(wall_time=t, summary=started))


def _session_end(status: str, t: float) -> bytes:
    from tensorboardX.proto.api_pb2 import Status
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo

    event = Event(wall_time=t)
    value = event.summary.value.add(tag="_hparams_/session_end_info")
    content = HParamsPluginData(version=0, session_end_info=SessionEndInfo(status=Status.Value(status), end_time_secs=t))
    value.metadata.plugin_data.plugin_name = "hparams"
    value.metadata.plugin_data.content = content.SerializeToString()
    return _record(event)


def _scalars(values: dict[str, float], step: int, t: float) -> bytes:
    from tensorboardX.proto.event_pb2 import Event

    event = Event(wall_time=t, step=step)
    for tag, value in values.items():
        event.summary.value.add(tag=tag, simple_value=value)
    return _record(event)


def _record(event: Any) -> bytes:
    """Return an event as a record of the file: length, checksum, content, checksum."""
    from tensorboardX.record_writer import masked_crc32c

    content = event.SerializeToString()
    length = struct.pack("<Q", len(content))
    checks = [struct.pack("<I", masked_crc32c(part)) for part in (length, content)]
    return length + checks[0] + content + checks[1]
