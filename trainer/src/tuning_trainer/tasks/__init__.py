"""The tasks: what is trained, and how it is scored. `task_of` is where the rest of the trainer meets them."""

from typing import Any

from tuning_trainer.tasks.retrieval import Retrieval
from tuning_trainer.tasks.sts import Sts
from tuning_trainer.tasks.task import Task

__all__ = ["TASKS", "Task", "task_of"]

TASKS: dict[str, Task] = {task.name: task for task in (Sts(), Retrieval())}


def task_of(config: dict[str, Any]) -> Task:
    """Return the task that TASK names; `sts` where a configuration is of a release that knew no other."""
    return TASKS[config.get("TASK", "sts")]
