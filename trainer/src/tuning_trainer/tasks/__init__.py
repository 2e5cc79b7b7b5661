"""The tasks: what is trained, and how it is scored. `task_of` is where the rest of the trainer meets them."""

from typing import Any

from tuning_trainer.tasks.pair_class import PairClass
from tuning_trainer.tasks.reranker import Reranker
from tuning_trainer.tasks.retrieval import Retrieval
from tuning_trainer.tasks.sts import Sts
from tuning_trainer.tasks.task import Task
from tuning_trainer.tasks.triplet import Triplet

__all__ = ["TASKS", "Task", "hint_of", "task_like", "task_of"]

TASKS: dict[str, Task] = {task.name: task for task in (Sts(), Retrieval(), Triplet(), PairClass(), Reranker())}


def task_of(config: dict[str, Any]) -> Task:
    """Return the task that TASK names; `sts` where a configuration is of a release that knew no other."""
    return TASKS[config.get("TASK", "sts")]


def task_like(names: list[str]) -> Task | None:
    """Return the task whose columns a header has; of several the one with the most columns, then with the most own names."""

    def fit(task: Task) -> tuple[int, int]:
        required = [column for column in task.columns if column.required]
        if not all({column.name, *column.aliases} & set(names) for column in required):
            return (0, 0)
        return (len(required), sum(column.name in names for column in required))

    best = max(TASKS.values(), key=fit)
    return best if fit(best) > (0, 0) else None


def hint_of(names: list[str], asked: Task) -> str:
    """Say whose columns these look like, where they are another task's; else nothing."""
    found = task_like(names)
    if found is None or found.name == asked.name:
        return ""
    return f"these look like the columns of TASK {found.name}: set TASK={found.name}; else "
