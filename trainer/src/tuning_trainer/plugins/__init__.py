"""Own trainings: a function in a Python file (TRAINER), or a command in any language (TRAINER_COMMAND). Runs in a child.

docs/plugins.md is the guide. `frame` is what both share; `function` and `command` are the two kinds.
"""

from pathlib import Path
from typing import Any

from tuning_trainer.plugins.plugin import Plugin


def is_plugin(config: dict[str, Any]) -> bool:
    """Say whether a configuration trains a plug-in, and not a task of the trainer's own."""
    return config.get("TRAINER") is not None or config.get("TRAINER_COMMAND") is not None


def plugin_of(config: dict[str, Any], project: Path, threads: int) -> Plugin:
    """Return the plug-in that a configuration names.

    Raises:
        TrialError: kind `bad_config`, when it is not there or cannot be used.
    """
    from tuning_trainer.plugins.command import CommandPlugin
    from tuning_trainer.plugins.function import FunctionPlugin

    if config.get("TRAINER") is not None:
        return FunctionPlugin(config, project)
    return CommandPlugin(config, project, threads)
