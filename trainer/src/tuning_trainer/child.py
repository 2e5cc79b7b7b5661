"""What a child does: one command, then it ends. Runs in a forked child, or in a fresh process where fork is not to be had."""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from tuning_trainer import confirm, device, parent_death, plugins, trial
from tuning_trainer.base_models import inspect_models
from tuning_trainer.bootstrap import bootstrap_difference
from tuning_trainer.data import Split, Splits
from tuning_trainer.failures import TrialError, classify
from tuning_trainer.metrics import Score
from tuning_trainer.model import find_model
from tuning_trainer.plugins.duties import DUTIES as DUTIES_OF_PLUGINS
from tuning_trainer.protocol import EventWriter
from tuning_trainer.reporter import Reporter
from tuning_trainer.tasks import task_of
from tuning_trainer.token_lengths import token_facts, tokens_of


def work(command: dict[str, Any], stream: BinaryIO, parent: int) -> None:
    """Do one command and report its end as `finished` or `failed`.

    Args:
        stream: takes the events.
        parent: pid of the serving process; this process dies with it.
    """
    parent_death.die_with(parent)
    reporter = Reporter(EventWriter(stream), command["trial"])
    reporter.listen_for_cancel()
    limit_memory()
    offer_to_oom_killer()
    if command.get("device"):
        os.environ["CUDA_VISIBLE_DEVICES"] = command["device"]
    try:
        with log_of(command):
            import torch

            torch.set_num_threads(command.get("threads") or device.threads())
            duties = DUTIES_OF_PLUGINS if plugins.is_plugin(command["config"]) else _DUTIES
            reporter.send("finished", **duties[command["command"]](command, reporter))
    except BaseException as error:
        kind, message, facts = classify(error)
        with contextlib.suppress(OSError):
            traceback.print_exc()
        reporter.send("failed", kind=kind, message=message, facts=facts)


def inspect(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Say what data and model the configuration means, and whether they can be used."""
    project = Path(command["project_dir"])
    trial.refuse_precision(command["config"]["PRECISION"], device.device_type())
    task = task_of(command["config"])
    splits = trial.load_or_refuse(command["config"], project, reporter)
    named = {"train": splits.train, "dev": splits.dev, "test": splits.test}
    data: dict[str, Any] = {
        "fingerprint": splits.fingerprint,
        "source": splits.source,
        "metric": task.metric_for(splits.dev),
        "splits": {part: task.facts(split) if split else None for part, split in named.items()},
        "warnings": list(splits.warnings),
    }
    reporter.alive("load")
    models = inspect_models(command["config"], command.get("tunable") or {}, project)
    for part, facts in _token_facts(splits, Path(models["model"]["path"]), command["config"], reporter).items():
        data["splits"][part]["tokens"] = facts
    return {"inspection": {"data": data, **models}}


def _token_facts(splits: Splits, model: Path, config: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Return how long the texts of each split are in tokens; nothing for a model whose tokenizer cannot be read alone."""
    task = task_of(config)
    tokens = tokens_of(model, config)
    if tokens is None:
        return {}
    parts = {"train": splits.train, "dev": splits.dev, **({"test": splits.test} if splits.test else {})}
    prompts = task.prompts(splits.train.columns, config, tokens.prompts)
    about = ["tokens", task.name, tokens.digest, tokens.limit, prompts]

    def measure(split: Split) -> dict[str, Any]:
        return token_facts(tokens, task, split, config, lambda: reporter.alive("load"))

    return {part: splits.remember([*about, part], lambda split=split: measure(split)) for part, split in parts.items()}  # type: ignore[misc]


def evaluate(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Score saved models on a split (path null: the base model); with two of them, also the bootstrap of their difference."""
    config = command["config"]
    task = task_of(config)
    splits = trial.load_or_refuse(config, Path(command["project_dir"]), reporter)
    split = splits.test if command["split"] == "test" else splits.dev
    if split is None:
        raise TrialError("data", f"there is no {command['split']} split to evaluate on")
    if command.get("expects"):
        base = find_model(config["BASE_MODEL"], Path(command["project_dir"])).path
        trial.refuse_changed(command["expects"], splits.fingerprint, base)
    scores: dict[str, dict[str, Any]] = {}
    outputs = []
    seconds = 0.0
    for entry in command["models"]:
        found, result = _outputs_and_score(entry, command, split, reporter)
        outputs.append(found)
        scores[entry["name"]] = {"score": result.value, "metrics": result.metrics}
        seconds += result.seconds
        reporter.leave_if_cancelled()
    difference = None
    if len(outputs) == 2 and task.name == "sts":
        difference = bootstrap_difference(outputs[0], outputs[1], list(split.columns["score"]), config["SEED"])
    facts = {
        "split": split.name,
        "pairs": task.units(split),
        "scores": scores,
        "difference": difference,
        "seconds": seconds,
    }
    if "dev_noise" in command:
        facts["confirmation"] = _confirmation(command, outputs, split)
    return {"evaluation": facts}


def _outputs_and_score(entry: dict[str, Any], command: dict[str, Any], split: Split, reporter: Reporter) -> tuple[Any, Score]:
    """Score a model, or the outputs that it gave elsewhere; `cosines_to` gets them as 64-bit little-endian floats."""
    import numpy

    config = command["config"]
    task = task_of(config)
    units = task.units(split)
    if entry.get("cosines_from"):
        given = numpy.fromfile(entry["cosines_from"], dtype="<f8")
        if len(given) == 0 or len(given) % units != 0:
            message = f"{entry['name']} was scored on {len(given)} held-out {task.unit} elsewhere; here are {units}"
            raise TrialError("data", message)
        outputs = given if len(given) == units else given.reshape(units, -1)
        return outputs, task.score_of(outputs, split, config)
    reporter.alive("load")
    folder = Path(entry["path"]) if entry["path"] else find_model(config["BASE_MODEL"], Path(command["project_dir"])).path
    # A model may begin with weights that it lacks, such as the head of a reranker: the same for everybody.
    trial.seed_everything(config["SEED"])
    model = task.load_model(folder, device.device_type(), config)
    outputs, result = task.score(model, split, config, lambda: reporter.alive("evaluate"))
    if entry.get("cosines_to"):
        outputs.astype("<f8").tofile(entry["cosines_to"])
    return outputs, result


def _confirmation(command: dict[str, Any], outputs: list[Any], split: Split) -> dict[str, Any]:
    """Compare the models as arms; `dev_noise` is {sd, repeats}, or null."""
    noise = command["dev_noise"]
    arms = zip(command["models"], outputs, strict=True)
    models = [confirm.Scored(entry["arm"], entry["seed"], found) for entry, found in arms]
    measure = task_of(command["config"]).measure(split)
    try:
        return confirm.confirm(models, measure, (noise["sd"], noise["repeats"]) if noise else None)
    except ValueError as error:
        raise TrialError("nan", str(error)) from error


def _time(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    # Here, since it needs the libraries.
    from tuning_trainer import timing

    return timing.time_training(command, reporter)


_DUTIES: dict[str, Callable[[dict[str, Any], Reporter], dict[str, Any]]] = {
    "run": trial.train,
    "inspect": inspect,
    "evaluate": evaluate,
    "time": _time,
}


@contextlib.contextmanager
def log_of(command: dict[str, Any]) -> Any:
    """Send stdout and stderr, also those of C libraries, to the command's log."""
    path = command.get("log") or (str(Path(command["dir"]) / "trainer.log") if "dir" in command else None)
    if path:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)
    yield
    sys.stdout.flush()
    sys.stderr.flush()


def limit_memory() -> None:
    """Bound this process's address space by TUNING_TRAINER_MEMORY_MB (MiB), for shared machines and for tests."""
    limit = os.environ.get("TUNING_TRAINER_MEMORY_MB")
    if not limit:
        return
    import resource

    size = int(limit) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def offer_to_oom_killer() -> None:
    """Have the kernel choose this process when memory runs out: trainer and worker are needed to resume it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def main() -> int:
    """Serve one command in a fresh process: the command as a line on stdin, events on the descriptor in TUNING_EVENT_FD."""
    command = json.loads(sys.stdin.buffer.readline())
    with os.fdopen(int(os.environ["TUNING_EVENT_FD"]), "wb") as stream:
        work(command, stream, os.getppid())
    return 0


if __name__ == "__main__":
    sys.exit(main())
