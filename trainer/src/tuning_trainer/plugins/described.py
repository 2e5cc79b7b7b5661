"""What a plug-in says of its data."""

from typing import Any

from tuning_trainer.failures import TrialError

_PARTS = ("train", "dev", "test")


def rows_of(said: Any, who: str) -> dict[str, Any]:
    """Return the rows of each split; 0 where they are not told, None for a test split that there is not.

    Args:
        said: {train, dev, test}, each a whole number; test may be null.
        who: begins the messages.

    Raises:
        TrialError: kind `bad_config`.
    """
    if not isinstance(said, dict) or not set(said) <= set(_PARTS):
        raise TrialError("bad_config", f"{who} gave {said!r:.200}; allowed: {{train: rows, dev: rows, test: rows or null}}")
    rows = {"train": said.get("train", 0), "dev": said.get("dev", 0), "test": said.get("test", 0)}
    for part, count in rows.items():
        if part == "test" and count is None:
            continue
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise TrialError("bad_config", f"{who} gave {part} = {count!r:.80}; allowed: a whole number of rows")
    return rows
