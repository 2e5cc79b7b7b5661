"""One training, top to bottom: set up, resume, train, keep the best, write the result. Runs in a child."""

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer import checkpoints, device, shaping
from tuning_trainer.attempt import attempt, save_whole, write_result
from tuning_trainer.best import OwnState
from tuning_trainer.data import DataError, Split, Splits, load_splits
from tuning_trainer.failures import TrialError
from tuning_trainer.files import sync_folder
from tuning_trainer.lock import Lock
from tuning_trainer.model import find_model, weights_fingerprint
from tuning_trainer.reporter import Reporter
from tuning_trainer.rows import training_set
from tuning_trainer.tasks import task_of

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback


def train(command: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Do a `run` command.

    Args:
        command: `trial`, `dir`, `token`, `config`, `project_dir`, `prune`, `expects` (docs/trainer-protocol.md).
        reporter: told of every step.

    Returns:
        The fields of the `finished` event.

    Raises:
        TrialError: typed; anything else is classified by the caller.
    """

    def trained(lock: Lock) -> dict[str, Any]:
        folder, project = Path(command["dir"]), Path(command["project_dir"])
        rules = (command.get("prune"), command.get("expects"))
        return _Training(command["trial"], folder, command["config"], project, lock, reporter, *rules).run()

    return attempt(command, trained)


class _Training:
    def __init__(
        self,
        trial: str,
        folder: Path,
        config: dict[str, Any],
        project: Path,
        lock: Lock,
        reporter: Reporter,
        pruning: dict[str, Any] | None,
        expects: dict[str, str] | None = None,
    ) -> None:
        self.trial = trial
        self.folder = folder
        self.config = config
        self.task = task_of(config)
        self.project = project
        self.lock = lock
        self.reporter = reporter
        self.pruning = pruning
        self.expects = expects
        self.checkpoints = folder / "checkpoints"
        self.kind = device.device_type()
        self.precision = device.choose_precision(config["PRECISION"])

    def run(self) -> dict[str, Any]:
        started = time.time()
        prepared = set_up(self.config, self.project, self.expects, self.reporter)
        model, train, dev = prepared.model, prepared.train, prepared.splits.dev
        self.checkpoints.mkdir(exist_ok=True)
        sync_folder(self.folder)
        resume, warnings = checkpoints.newest_valid(self.checkpoints, self.trial)
        for message in warnings:
            self.reporter.send("warning", code="checkpoint", message=message)
        own = OwnState.load(resume, self._weights_of) if resume else OwnState()
        trainer = self._trainer(model, prepared.rows, dev, own)
        self.reporter.send(
            "started",
            pid=os.getpid(),
            resumed_from=int(resume.name[len(checkpoints.PREFIX) :]) if resume else 0,
            total_steps=prepared.total_steps,
            rows={"train": len(train), "dev": len(dev)},
        )
        self.reporter.leave_if_cancelled()
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
        return self._finish(model, own, train, dev, trainer, started)

    def _weights_of(self, checkpoint: Path) -> dict[str, Any]:
        from safetensors.torch import load_file

        if (checkpoint / shaping.TRAINED).exists():
            return load_file(checkpoint / shaping.TRAINED)
        state = self.task.load_model(checkpoint, self.kind, self.config).state_dict()
        return {name: tensor.cpu() for name, tensor in state.items()}

    def _trainer(self, model: Any, rows: dict[str, Any], dev: Split, own: OwnState) -> "Trainer":
        from tuning_trainer.schedule import Schedule

        schedule = Schedule(self.config, self.trial, model, dev, self.checkpoints, self.lock, self.reporter, own, self.pruning)
        return library_trainer(self.config, model, rows, self.checkpoints, schedule)

    def _finish(
        self,
        model: Any,
        own: OwnState,
        train: Split,
        dev: Split,
        trainer: "Trainer",
        started: float,
    ) -> dict[str, Any]:
        import torch

        best = own.best
        if best is None:
            raise TrialError("trainer_bug", "the training ended without an evaluation")
        steps = trainer.state.global_step
        final = best
        if best["step"] != steps and own.best_weights is not None:
            shaping.restore(model, own.best_weights)
        merged = bool(self.config.get("LORA_R")) and self.config["LORA_MERGE"] and shaping.merge_adapters(model)
        if best["step"] != steps or merged:
            _, again = self.task.score(model, dev, self.config, lambda: self.reporter.alive("evaluate", steps))
            final = {**best, "score": again.value, "metrics": again.metrics}
        self.reporter.alive("save", steps)
        self.lock.check()
        kept = save_whole(model, self.folder)
        facts = {
            "score": final["score"],
            "metrics": final["metrics"],
            "best_step": best["step"],
            "best_epoch": best["epoch"],
            "steps": steps,
            "epochs": trainer.state.epoch,
            "config": self.config,
            "curve": own.curve,
            "evals": own.evals,
            # Of the last attempt: what the training takes of a processor, whatever else is busy meanwhile.
            "cpu_seconds": time.process_time(),
            "rows": {"train": len(train), "dev": len(dev)},
            "threads": torch.get_num_threads(),
            "precision": self.precision,
            "peak_memory_mb": peak_memory_mb(self.kind),
        }
        return write_result(self.trial, self.folder, self.lock, kept, started, facts, shaping.versions(self.config))


@dataclass(frozen=True)
class Prepared:
    """What a training is made of. `train` is the share of the rows that it has; `rows` is as its loss takes them."""

    splits: Splits
    train: Split
    model: Any
    rows: dict[str, Any]
    total_steps: int


def set_up(config: dict[str, Any], project: Path, expects: dict[str, str] | None, reporter: Reporter) -> Prepared:
    """Load rows and model for a training, seeded and shaped, and refuse what cannot be trained here.

    Raises:
        TrialError: typed; anything else is classified by the caller.
    """
    task, kind = task_of(config), device.device_type()
    refuse_precision(device.choose_precision(config["PRECISION"]), kind)
    device.refuse_several(kind)
    splits = load_or_refuse(config, project, reporter)
    base = find_model(config["BASE_MODEL"], project)
    refuse_changed(expects, splits.fingerprint, base.path)
    train = task.share(splits.train, config.get("TRAIN_SHARE"))
    reporter.alive("load")
    seed_everything(config["SEED"])
    model = task.load_model(base.path, kind, config)
    # Negatives are mined by the model as it came, before it is shaped.
    rows = task.training_rows(model, train, config, lambda: reporter.alive("load"))
    shaping.shape(model, config, base.lasting_name)
    return Prepared(splits, train, model, rows, total_steps(config, len(next(iter(rows.values())))))


def library_trainer(
    config: dict[str, Any], model: Any, rows: dict[str, Any], folder: Path, callback: "TrainerCallback", **changes: Any
) -> "Trainer":
    """Return the library's trainer for a configuration; what happens beside its steps is up to the callback.

    Args:
        rows: as `Task.training_rows` gives them.
        folder: where it writes checkpoints when the callback asks for one.
        changes: arguments of the library that differ from those of the configuration.
    """
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    task, kind = task_of(config), device.device_type()
    precision = device.choose_precision(config["PRECISION"])
    arguments: dict[str, Any] = {
        "output_dir": str(folder),
        "num_train_epochs": config["NUM_TRAIN_EPOCHS"],
        "per_device_train_batch_size": config["TRAIN_BATCH_SIZE"],
        "gradient_accumulation_steps": config["GRAD_ACC_STEPS"],
        "learning_rate": config["LEARNING_RATE"],
        # transformers 5 reads a float below 1 as a ratio of all steps.
        "warmup_steps": float(config["WARMUP_RATIO"]),
        "weight_decay": config["WEIGHT_DECAY"],
        "lr_scheduler_type": config["LR_SCHEDULER"],
        "optim": config.get("OPTIMIZER", "adamw_torch_fused"),
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": kind == "cpu",
        "seed": config["SEED"],
        "data_seed": config["SEED"],
        "logging_steps": config["LOGGING_STEPS"],
        "logging_nan_inf_filter": False,
        "eval_strategy": "no",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": kind == "cuda",
        **task.arguments(model, config, rows),
        **changes,
    }
    trainer = shaping.trainer_class(task.trainer_class(), config)(
        model=model,
        args=task.arguments_class()(**arguments),
        train_dataset=training_set(rows),
        loss=task.loss(model, config),
        callbacks=[callback],
    )
    for printer in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(printer)
    return trainer


def refuse_precision(precision: str, kind: str) -> None:
    """Raise for a number format that would only waste time here."""
    if precision == "fp16" and kind == "cpu":
        raise TrialError(
            "bad_config", "PRECISION = fp16 is about a hundred times slower on a CPU; allowed here: auto, fp32, bf16"
        )


def load_or_refuse(config: dict[str, Any], project: Path, reporter: Reporter) -> Splits:
    """Load the splits; data that cannot be used become a typed failure."""
    try:
        return load_splits(config, project, lambda: reporter.alive("load"))
    except DataError as error:
        raise TrialError("data", str(error)) from error


def refuse_changed(expects: dict[str, str] | None, data: str, model: Path) -> None:
    """Refuse rows or weights that are not those that the run began with.

    Args:
        expects: fingerprints `data` and `model`; None = whatever is here.
        data: fingerprint of the rows here.
        model: folder of the base model here.

    Raises:
        TrialError: kind `changed`, since another machine may have what this one has not.
    """
    if expects is None:
        return
    if data != expects["data"]:
        message = f"the rows are not those that the run began with (fingerprint {data[:8]}, then {expects['data'][:8]})"
        raise TrialError("changed", f"{message}: the files were edited, or this machine has another copy")
    weights = weights_fingerprint(model)
    if weights != expects["model"]:
        message = f"BASE_MODEL has other weights than the run began with (fingerprint {weights[:8]}, then {expects['model'][:8]})"
        raise TrialError("changed", message)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, on every device."""
    from transformers import set_seed

    set_seed(seed)


def total_steps(config: dict[str, Any], rows: int) -> int:
    """Return the optimizer steps of a training, as the training loop counts them."""
    batches = math.ceil(rows / config["TRAIN_BATCH_SIZE"])
    per_epoch = max(1, math.ceil(batches / config["GRAD_ACC_STEPS"]))
    return math.ceil(config["NUM_TRAIN_EPOCHS"] * per_epoch)


def peak_memory_mb(kind: str) -> float:
    """Return the most memory used so far, in MiB: of the accelerator, or on a CPU of this process or one that it started."""
    if kind == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 2**20
    try:
        import resource
        import sys

        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
    except ImportError:
        return 0.0
