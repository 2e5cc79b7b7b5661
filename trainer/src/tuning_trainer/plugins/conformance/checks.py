"""All checks, in their order: each may use what the ones before it found."""

from collections.abc import Callable

from tuning_trainer.plugins.conformance import disturbed, undisturbed
from tuning_trainer.plugins.conformance.subject import Missing, Skipped, Subject

CHECKS: list[tuple[str, Callable[[Subject], str]]] = [
    ("starts and answers", undisturbed.starts),
    ("describes its data", undisturbed.describes),
    ("names its files", undisturbed.names_its_files),
    ("trains to a score", undisturbed.trains),
    ("tells its progress", undisturbed.reports_progress),
    ("is scored on the way", undisturbed.scores_on_the_way),
    ("gives the same again", undisturbed.gives_the_same_again),
    ("refuses a bad value", undisturbed.refuses_bad_values),
    ("leaves when asked", disturbed.leaves_with_a_checkpoint),
    ("resumes after a kill", disturbed.resumes_after_a_kill),
    ("ends when it hangs", disturbed.hangs_are_seen),
    ("evaluates a model", undisturbed.evaluates),
]


def check_all(subject: Subject, say: Callable[[str], None]) -> int:
    """Do all checks; a line for each. Returns how many are not passed."""
    failed = 0
    for name, check in CHECKS:
        try:
            say(f"✓ {name:22} {check(subject)}")
        except Skipped as why:
            say(f"· {name:22} {why}")
        except Missing as missing:
            failed += 1
            say(f"✗ {name:22} {missing}\n    {missing.mend}")
            if check is undisturbed.starts:
                break
    return failed
