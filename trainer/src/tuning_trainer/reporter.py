"""A child's voice: events to the serving process, signs of life, and the wish to leave. Runs in a child."""

import signal
import time
from typing import Any

from tuning_trainer.failures import TrialError
from tuning_trainer.protocol import EventWriter

#: Signs of life come at most this often, in seconds.
_PROGRESS_EVERY = 1.0


class Reporter:
    """Sends the events of one command, from the thread that does the work: silence means that nothing is done."""

    def __init__(self, writer: EventWriter, trial: str) -> None:
        self._writer = writer
        self._trial = trial
        self._last = 0.0
        self.cancelled = False

    def listen_for_cancel(self) -> None:
        """Turn SIGTERM into the wish to leave, which the training honours at the end of a step."""
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "cancelled", True))

    def send(self, event: str, **fields: Any) -> None:
        """Send one event."""
        self._last = time.monotonic()
        self._writer.write(event, self._trial, **fields)

    def alive(self, phase: str, step: int | None = None) -> None:
        """Show that work goes on."""
        if time.monotonic() - self._last >= _PROGRESS_EVERY:
            self.send("progress", phase=phase, step=step)

    def leave_if_cancelled(self) -> None:
        """Raise when the worker wants this work to end, and there is nothing to save first."""
        if self.cancelled:
            raise TrialError("cancelled", "the work was cancelled")
