"""Checks of a training that is asked to leave, killed, or stopped in its middle. Each returns what it saw."""

import os
import signal
import time

from tuning_trainer.plugins.conformance.processes import is_alive, stop_all
from tuning_trainer.plugins.conformance.subject import Missing, Subject, told

#: Seconds of silence in which a stopped process has shown that nothing speaks for it.
SILENCE = 3.0


def leaves_with_a_checkpoint(subject: Subject) -> str:
    """Asked to leave (SIGTERM), it checkpoints, leaves, and goes on to the same result."""
    seen = subject.interrupted("left", lambda child: subject.client.send("cancel", work="left", grace_s=60))
    mend = "use `with report.checkpoint(step)` where report.checkpoint_due; a command: at SIGTERM, checkpoint, then exit 0"
    if seen[-1]["kind"] != "cancelled" or "in time" in seen[-1]["message"]:
        raise Missing(f"it did not leave: {told(seen[-1])}", mend)
    saved = [event["step"] for event in seen if event["event"] == "checkpoint"]
    if not saved:
        raise Missing("it left without a checkpoint: what was trained is lost", mend)
    result = subject.train("left", subject.config)
    subject.compare(result, "put all that the rest depends on into the checkpoint: weights, optimizer, random states")
    return f"left at step {saved[-1]}, went on from {result['attempts'][-1]['resumed_from']}, same result"


def resumes_after_a_kill(subject: Subject) -> str:
    """Killed in the middle, it goes on from its newest checkpoint to the same result."""
    often = {**subject.config, "SAVE_STRATEGY": "steps", "SAVE_STEPS": max(1, subject.finished().result["steps"] // 4)}
    seen = subject.interrupted("killed", lambda child: os.kill(child, signal.SIGKILL), often, "checkpoint")
    if not any(event["event"] == "checkpoint" for event in seen):
        mend = "write checkpoints where report.checkpoint_due; a command: every SAVE_STEPS steps, at least"
        raise Missing("it wrote no checkpoint with SAVE_STEPS = " + str(often["SAVE_STEPS"]), mend)
    result = subject.train("killed", often)
    begun = result["attempts"][-1]["resumed_from"]
    if begun == 0:
        raise Missing("it began again at step 0", "go on from report.resume; a command: from `resume` of its request")
    subject.compare(result, "put all that the rest depends on into the checkpoint: weights, optimizer, random states")
    return f"killed, went on from step {begun}, same result"


def hangs_are_seen(subject: Subject) -> str:
    """Stopped, it is silent; and it can be ended with all that it started."""
    silent = 0.0
    for event in subject.begun("hung", subject.config):
        if event["event"] == "step" and not silent:
            stopped = stop_all(event["child"])
            since = time.monotonic()
            time.sleep(SILENCE)
            silent = time.monotonic() - since
            subject.client.send("cancel", work="hung", grace_s=0)
    if not silent or event["event"] == "finished":
        raise Missing("the training was over before it could be stopped", "make it longer for this test: --set KEY=VALUE")
    until = time.monotonic() + 10
    while (left := [pid for pid in stopped if is_alive(pid)]) and time.monotonic() < until:
        time.sleep(0.1)
    if left:
        raise Missing(f"processes {', '.join(map(str, left))} are left", "do not leave the process group and the parent")
    return f"stopped for {silent:.0f} s, ended, nothing is left"
