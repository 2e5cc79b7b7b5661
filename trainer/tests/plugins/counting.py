"""A plug-in of the tests: adds up numbers drawn from SEED, one a step, and pickles where it is. Every setting takes effect."""

import json
import random
import time


def check(config):
    if not isinstance(config["RATE"], (int, float)) or config["RATE"] < 0:
        raise ValueError(f"RATE is {config['RATE']}; allowed: 0 or more")


def describe(config):
    return {"train": 10, "dev": 5, "test": 4}


def train(config, report):
    step, total = 0, 0.0
    if report.resume:
        step, total = json.loads((report.resume / "state.json").read_text())
    while step < config["STEPS"]:
        step += 1
        total += random.Random(config["SEED"] * 1000 + step).random() * config["RATE"]
        time.sleep(config["PAUSE"])
        report.progress(step, config["STEPS"], loss=1 / step)
        if report.look_due:
            report.score(total / step, SIZE=step)
        if report.checkpoint_due:
            with report.checkpoint(step) as folder:
                (folder / "state.json").write_text(json.dumps([step, total]))
    (report.model_dir / "total.json").write_text(json.dumps(total))
    return {"mean_draw": total / step, "SIZE": step}


def evaluate(config, model_dir, split):
    total = json.loads((model_dir / "total.json").read_text())
    return [total / config["STEPS"] + offset for offset in (-0.5, 0.0, 0.5)]
