"""The same as counting.py, as a command: the standard library alone, and the line protocol."""

import json
import random
import signal
import sys
import time
from pathlib import Path

leaving = False


def leave(*_):
    global leaving
    leaving = True


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


signal.signal(signal.SIGTERM, leave)
say("hello", v=1, can=["train", "describe", "evaluate"])
request = json.loads(sys.stdin.readline())
config = request["config"]
if not isinstance(config["RATE"], (int, float)) or config["RATE"] < 0:
    say("failed", kind="bad_config", message=f"RATE is {config['RATE']}; allowed: 0 or more")
elif request["command"] == "describe":
    say("finished", rows={"train": 10, "dev": 5, "test": 4})
elif request["command"] == "evaluate":
    total = json.loads((Path(request["model_dir"]) / "total.json").read_text())
    say("finished", values=[total / config["STEPS"] + offset for offset in (-0.5, 0.0, 0.5)])
else:
    step, total = 0, 0.0
    if request["resume"]:
        step, total = json.loads((Path(request["resume"]) / "state.json").read_text())
    while step < config["STEPS"]:
        step += 1
        total += random.Random(config["SEED"] * 1000 + step).random() * config["RATE"]
        time.sleep(config["PAUSE"])
        say("progress", step=step, total_steps=config["STEPS"], loss=1 / step)
        if step * request["looks"] % config["STEPS"] == 0:
            say("score", value=total / step, metrics={"SIZE": step})
        if step < config["STEPS"] and (leaving or step % config["SAVE_STEPS"] == 0):
            folder = Path(request["checkpoint_dir"]) / f"step-{step}"
            folder.mkdir(exist_ok=True)
            (folder / "state.json").write_text(json.dumps([step, total]))
            say("checkpoint", step=step)
            if leaving:
                sys.exit(0)
    (Path(request["model_dir"]) / "total.json").write_text(json.dumps(total))
    say("finished", score=total / step, metrics={"SIZE": step})
