"""Named points inside the trainer, for fault tests: runs `python -m <module>` with some functions wrapped.

A point is armed by a file `<name>.armed` in TUNING_FAULTS_DIR; its content says what happens to the first process that
comes there. It is renamed to `<name>.reached` at that moment.
"""

import functools
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["TUNING_FAULTS_DIR"])


def reach(name: str, step: int | None = None, stream: Any = None) -> None:
    """Note when, and do what the point is armed with, if it is armed (for this step)."""
    with (FOLDER / f"{name}.seen").open("a", encoding="utf-8") as file:
        file.write(f"{time.time() * 1000}\n")
    armed = FOLDER / f"{name}.armed"
    try:
        wanted, _, action = armed.read_text(encoding="utf-8").strip().partition(" ")
        if step is not None and wanted not in ("any", str(step)):
            return
        armed.rename(FOLDER / f"{name}.reached")
    except OSError:
        return
    do(action or "pause", name, stream)


def do(action: str, name: str, stream: Any) -> None:
    verb, _, argument = action.partition(":")
    if verb == "pause":
        while not (FOLDER / f"{name}.go").exists():
            time.sleep(0.02)
    elif verb == "exit":
        os._exit(int(argument))
    elif verb == "signal":
        signal.signal(int(argument), signal.SIG_DFL) if int(argument) not in (9, 19) else None
        os.kill(os.getpid(), int(argument))
    elif verb == "loop":
        while True:
            pass
    elif verb == "write":
        stream.write({"rubbish": b"\x00\xff{]\n<html>\n", "half": b'{"v":1,"seq":1,"ev', "million": b"x\n" * 1_000_000}[argument])
        stream.flush()
    elif verb == "half-then-die":
        stream.write(b'{"v":1,"seq":1,"event":"finis')
        stream.flush()
        os._exit(1)
    elif verb == "close":
        os.close(stream.fileno())
    else:
        raise ValueError(action)


def wrap(owner: Any, name: str, before: str | None = None, after: str | None = None, when: Any = lambda *_: True) -> None:
    """Put points around a function."""
    inner = getattr(owner, name)

    @functools.wraps(inner)
    def wrapped(*args: Any, **named: Any) -> Any:
        wanted = when(*args)
        if wanted and before:
            reach(before)
        value = inner(*args, **named)
        if wanted and after:
            reach(after)
        return value

    setattr(owner, name, wrapped)


def install() -> None:
    """Wrap what the points are at."""
    from tuning_trainer import attempt, checkpoints, child, schedule, serve

    step_end = schedule.Schedule.on_step_end

    def on_step_end(self: Any, args: Any, state: Any, control: Any, **more: Any) -> None:
        reach("mid-step", state.global_step, self.reporter._writer._stream)
        step_end(self, args, state, control, **more)

    schedule.Schedule.on_step_end = on_step_end
    wrap(schedule.Schedule, "_evaluate", before="mid-evaluation")
    wrap(checkpoints, "seal", before="checkpoint-half", after="checkpoint-sealed")
    wrap(attempt, "write_json", "result-ready", "result-written", lambda path, *_: path.name == "result.json")
    wrap(attempt, "sync_tree", before="model-half")
    wrap(child, "_outputs_and_score", before="held-out")
    if os.environ.get("TUNING_FAULTS_DEVICE"):
        from tuning_trainer import device

        here = device.describe
        device.describe = lambda: {**here(), "name": os.environ["TUNING_FAULTS_DEVICE"]}
    if (FOLDER / "tensor-op-before-fork").exists():
        inner = serve.import_libraries

        def import_and_compute() -> None:
            import torch

            inner()
            torch.randn(2048, 2048) @ torch.randn(2048, 2048)

        serve.import_libraries = import_and_compute


if __name__ == "__main__":
    assert sys.argv[1] == "-m"
    module = sys.argv[2]
    sys.argv = sys.argv[2:]
    if "serve" in sys.argv:
        install()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
