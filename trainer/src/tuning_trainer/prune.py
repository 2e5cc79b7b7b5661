"""Ending a hopeless training early, by limits that were set before it began. Runs in a child.

The limits come with the command and never change for it, and a look's score does not depend on interruptions: whether and
where a training ends is the same on every attempt. What was decided is kept in `pruned.json`, so that it is not trained again.
"""

from pathlib import Path
from typing import Any

from tuning_trainer.failures import TrialError
from tuning_trainer.files import read_json, write_json

_FILE = "pruned.json"


def looks_after(step: int, total_steps: int, looks: int | None) -> range:
    """Return the numbers of the looks (1..`looks`) that the score after `step` (1..total_steps) is.

    They lie at equal shares of all steps, the last step among them; a training with fewer steps than looks passes several at
    once. `looks` None: there are none.
    """
    if looks is None:
        return range(0)
    return range(((step - 1) * looks) // total_steps + 1, (step * looks) // total_steps + 1)


def end_if_hopeless(
    rule: dict[str, Any] | None, evals: list[dict[str, Any]], total_steps: int, looks: int | None, cpu_seconds: float
) -> None:
    """End the training when one of its scores is below the limit of its look; the last step's never is.

    Args:
        rule: `looks` [{look, below}], `evidence` (docs/trainer-protocol.md); None = it is never ended.
        evals: the evaluations so far, in the order of their steps.

    Raises:
        TrialError: kind `pruned`.
    """
    for seen in evals if rule else ():
        passed = looks_after(seen["step"], total_steps, looks)
        for limit in rule["looks"] if rule else ():
            if limit["look"] not in passed or seen["step"] >= total_steps or not seen["score"] < limit["below"]:
                continue
            assert rule
            raise TrialError(
                "pruned",
                f"ended at look {limit['look']} of {looks}, after step {seen['step']} of {total_steps}: "
                f"its dev score {seen['score']:.4f} is below {limit['below']:.4f}",
                look=limit["look"],
                step=seen["step"],
                total_steps=total_steps,
                score=seen["score"],
                below=limit["below"],
                looks=[
                    {"step": one["step"], "score": one["score"]}
                    for one in evals
                    if one["step"] <= seen["step"] and looks_after(one["step"], total_steps, looks)
                ],
                evidence=rule["evidence"],
                cpu_seconds=cpu_seconds,
            )


def keep(folder: Path, trial: str, rule: dict[str, Any], error: TrialError) -> None:
    """Write down that a training was ended, as durably as a result."""
    write_json(folder / _FILE, {"v": 1, "trial": trial, "rule": rule, "message": str(error), "facts": error.facts})


def answer_again(folder: Path, trial: str, rule: dict[str, Any] | None) -> None:
    """End a training at once that these limits have ended before. Under other limits, or none, it is trained from its beginning.

    Raises:
        TrialError: kind `pruned`, with the words and facts of then.
    """
    kept = read_json(folder / _FILE)
    if isinstance(kept, dict) and kept.get("trial") == trial and rule is not None and kept.get("rule") == rule:
        raise TrialError("pruned", kept["message"], **kept["facts"])
    (folder / _FILE).unlink(missing_ok=True)
