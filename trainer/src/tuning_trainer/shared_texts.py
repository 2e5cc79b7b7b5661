"""What stands in two splits: whole rows, and sentences. numpy."""

from typing import TYPE_CHECKING

from tuning_trainer.tasks.task import Task
from tuning_trainer.text_keys import row_keys, sentence_keys

if TYPE_CHECKING:
    from tuning_trainer.data import Split


def shared_between(task: Task, splits: "dict[str, Split]") -> list[str]:
    """Say how many rows stand in two splits, whatever their grade or label, and how many sentences beside those rows."""
    import numpy

    texts = [column.name for column in task.columns if column.kind == "text" and column.required]
    rows = {part: row_keys([split.columns[name] for name in texts]) for part, split in splits.items()}
    sentences = {part: numpy.array([sentence_keys(split.columns[name]) for name in texts]) for part, split in splits.items()}
    said = []
    for first, second in (("train", "dev"), ("train", "test"), ("dev", "test")):
        if first not in splits or second not in splits:
            continue
        both = f"stand in both {first} and {second}: scores may look better than they are"
        same = numpy.intersect1d(rows[first], rows[second])
        if len(same):
            said.append(f"{len(same)} {task.rows} {both}")
        beside = sentences[second][:, ~numpy.isin(rows[second], same)]
        shared = len(numpy.intersect1d(sentences[first], beside))
        if shared:
            said.append(f"{shared} {'more ' if len(same) else ''}sentences {both}")
    return said
