"""The keeper: imports the heavy libraries once, forks the serving process, and forks it again when something kills it.

Importing takes several seconds; a fork of what is imported takes milliseconds, so a killed trainer is back at once. Pipes
are inherited: the successor reads and writes where its forerunner did, and says `ready` to tell that it is a new one.
Like the serving process it must never run a tensor operation: forked children would hang at their first.
"""

import os
import signal
from collections.abc import Callable

from tuning_trainer import parent_death

#: Exit code of a serving process that was told to leave by SIGTERM, and not by the worker.
TERMINATED = 128 + signal.SIGTERM


def keep(serve: Callable[[bool], int]) -> int:
    """Run `serve` in a forked process until it ends by itself.

    Args:
        serve: does the serving and returns the exit code; told whether it succeeds a killed one.

    Returns:
        The exit code of the serving process that ended by itself.
    """
    serving = 0
    leaving = False

    def leave(*_: object) -> None:
        nonlocal leaving
        leaving = True
        if serving:
            os.kill(serving, signal.SIGTERM)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    succeeds = False
    while True:
        serving = _fork(serve, succeeds)
        code = os.waitstatus_to_exitcode(os.waitpid(serving, 0)[1])
        serving = 0
        if leaving or (code >= 0 and code != TERMINATED):
            return code
        succeeds = True


def _fork(serve: Callable[[bool], int], succeeds: bool) -> int:
    keeper = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        parent_death.die_with(keeper)
        code = serve(succeeds)
    finally:
        os._exit(code)
