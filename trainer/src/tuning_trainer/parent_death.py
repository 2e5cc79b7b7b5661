"""Dying with one's parent, so that nothing is left behind when it is killed. Used by the serving process and its children."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel send SIGKILL to this process when `parent` dies (Linux; elsewhere the end of stdin does it)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the request took effect.
    if os.getppid() != parent:
        os._exit(1)
