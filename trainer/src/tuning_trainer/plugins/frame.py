"""One training of a plug-in, top to bottom: find it, resume, let it train, publish, write the result. Runs in a child."""

import os
import time
from pathlib import Path
from typing import Any

from tuning_trainer import checkpoints, device
from tuning_trainer.attempt import attempt, fresh_model, publish, write_result
from tuning_trainer.files import write_json
from tuning_trainer.lock import Lock
from tuning_trainer.plugins import plugin_of
from tuning_trainer.plugins.command import THREADS
from tuning_trainer.plugins.course import Course, cpu_seconds
from tuning_trainer.plugins.inspection import refuse_changed
from tuning_trainer.plugins.secret_names import forget_secrets
from tuning_trainer.reporter import Reporter

#: In a published model: what it was trained with, so that the plug-in can build it again.
CONFIG_FILE = "tuning_config.json"
#: Keys that cannot change it stay out: trainings that differ in them alone give equal models (`domain/trialIdentity.ts`).
_WITHOUT_EFFECT = {
    *("OUTPUT_DIR_ROOT", "STORE", "RUN_NAME_PREFIX", "LOGGING_STEPS", "SAVE_TOTAL_LIMIT", "SAVE_STRATEGY", "SAVE_STEPS"),
    *("TRAINER", "TRAINER_COMMAND", "TRAINER_FILES", "CONSTRAINTS"),
}


def train(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Do a `run` command whose configuration names a plug-in. As `tuning_trainer.trial.train`."""
    return attempt(command, lambda lock: _train(command, reporter, lock))


def _train(command: dict[str, Any], reporter: Reporter, lock: Lock) -> dict[str, Any]:
    from tuning_trainer.trial import peak_memory_mb

    trial, folder, config = command["trial"], Path(command["dir"]), command["config"]
    started = time.time()
    threads = enter(command)
    reporter.alive("load")
    plugin = plugin_of(config, Path.cwd(), threads)
    refuse_changed(command.get("expects"), config, Path.cwd(), plugin, reporter)
    course = Course(trial, folder, config, lock, reporter, command.get("prune"))
    course.begin()
    reporter.send(
        "started",
        pid=os.getpid(),
        resumed_from=int(course.resume.name[len(checkpoints.PREFIX) :]) if course.resume else 0,
        # A plug-in says how many there are with its first step.
        total_steps=course.state.total_steps,
        rows={"train": 0, "dev": 0},
    )
    reporter.leave_if_cancelled()
    course.end_if_hopeless()
    fresh = fresh_model(folder)
    said = plugin.train(course, fresh)
    score, metrics = course.finish(said, plugin.trains_by)
    reporter.alive("save", course.state.step)
    lock.check()
    write_json(fresh / CONFIG_FILE, {key: value for key, value in config.items() if key not in _WITHOUT_EFFECT})
    state = course.state
    facts = {
        "score": score,
        "metrics": metrics,
        "best_step": state.step,
        "best_epoch": state.epoch,
        "steps": state.step,
        "epochs": state.epoch,
        "config": config,
        "curve": state.curve,
        "evals": state.evals,
        # Of the last attempt, with the processes that it started.
        "cpu_seconds": cpu_seconds(),
        "rows": {"train": 0, "dev": 0},
        "threads": threads,
        "precision": None,
        "peak_memory_mb": peak_memory_mb("cpu" if config.get("TRAINER_COMMAND") else device.device_type()),
    }
    return write_result(trial, folder, lock, publish(fresh, folder), started, facts)


def enter(command: dict[str, Any]) -> int:
    """Go to the project's folder, without secrets, with numerical libraries bound to the command's threads.

    Returns:
        How many threads those are.
    """
    import threadpoolctl
    import torch

    # Set by the child before; torch is what everything else here follows.
    threads = torch.get_num_threads()
    # For libraries that are loaded already, and for those that the plug-in loads.
    threadpoolctl.threadpool_limits(threads)
    os.environ.update(dict.fromkeys(THREADS, str(threads)))
    forget_secrets()
    os.chdir(command["project_dir"])
    return threads
