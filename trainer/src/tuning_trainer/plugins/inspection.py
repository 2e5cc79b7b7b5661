"""What a plug-in and its data are, before anything is trained: fingerprints, rows. Runs in a child."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tuning_trainer.failures import TrialError
from tuning_trainer.files import sha256_of
from tuning_trainer.plugins import plugin_of
from tuning_trainer.plugins.plugin import Plugin
from tuning_trainer.reporter import Reporter


def inspect(config: dict[str, Any], project: Path, threads: int, reporter: Reporter) -> dict[str, Any]:
    """Say what plug-in and data the configuration means, and whether it can be trained.

    Raises:
        TrialError: kind `bad_config` or `data`, with what the plug-in says of it.
    """
    data = fingerprint_of_data(config, project, reporter)
    plugin = plugin_of(config, project, threads)
    rows, evaluates = plugin.inspect(reporter)
    listed = ", ".join(config["TRAINER_FILES"])
    warnings = []
    if not evaluates:
        # There are no figures to confirm a winner with, whatever rows there are.
        if rows["test"]:
            warnings.append(f"there are {rows['test']} held-out rows, but no evaluate: no winner can be confirmed on them")
        rows["test"] = None
    named = {part: None if count is None else {"rows": count, "name": part} for part, count in rows.items()}
    if not listed:
        warnings.append("TRAINER_FILES names no files: whether the data were edited between two trainings cannot be seen")
    return {
        "data": {"fingerprint": data, "source": listed or "the plug-in's own", "splits": named, "warnings": warnings},
        "model": {"source": "plugin", "path": str(plugin.path), "fingerprint": fingerprint_of_plugin(plugin, config, reporter)},
        "evaluates": evaluates,
    }


def refuse_changed(
    expects: dict[str, str] | None, config: dict[str, Any], project: Path, plugin: Plugin, reporter: Reporter
) -> None:
    """Refuse another plug-in or other data than the run began with.

    Raises:
        TrialError: kind `changed`, since another machine may have what this one has not.
    """
    if expects is None:
        return
    found = {"data": fingerprint_of_data(config, project, reporter), "model": fingerprint_of_plugin(plugin, config, reporter)}
    model = ("model", f"the plug-in ({plugin.path})", ", or other versions of its libraries or of the program that runs it")
    for part, what, more in (model, ("data", "what TRAINER_FILES names", "")):
        if found[part] != expects[part]:
            prints = f"fingerprint {found[part][:8]}, then {expects[part][:8]}"
            message = f"{what} is not as the run began with ({prints}): it was edited, or this machine has another copy{more}"
            raise TrialError("changed", message)


def fingerprint_of_plugin(plugin: Plugin, config: dict[str, Any], reporter: Reporter) -> str:
    """Return the SHA-256 of the plug-in's own files and of what runs them, of its libraries' versions, of the command's words."""
    total = hashlib.sha256()
    for path in plugin.files:
        total.update(f"{sha256_of(path, lambda: reporter.alive('load'))}\n".encode())
    total.update(json.dumps([plugin.versions, config["TRAINER_COMMAND"]], sort_keys=True).encode())
    return total.hexdigest()


def fingerprint_of_data(config: dict[str, Any], project: Path, reporter: Reporter) -> str:
    """Return one SHA-256 over TRAINER_FILES: names as they are written, and what the files hold.

    Raises:
        TrialError: kind `data`, for one that is not there.
    """
    total = hashlib.sha256()
    for name in config["TRAINER_FILES"]:
        path = project / name
        if not path.exists():
            raise TrialError("data", f"TRAINER_FILES: {name} is not there (looked for {path})")
        inside = [item for item in path.rglob("*") if item.is_file()] if path.is_dir() else [path]
        for item in sorted(item for item in inside if "__pycache__" not in item.parts):
            at = item.relative_to(path).as_posix()
            total.update(f"{name}\0{at}\0{sha256_of(item, lambda: reporter.alive('load'))}\n".encode())
    return total.hexdigest()
