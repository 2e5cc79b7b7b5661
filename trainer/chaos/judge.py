"""The outside judge ckpt-chaos against the trainer: `npm run test:chaos [-- --points N --modes a,b --keep]`.

It runs one training (one_trial.py) undisturbed and notes every file that is opened for writing, renamed or removed. Then it
kills the trainer at such a moment (`before`), with the file torn in half (`torn`), or with everything lost that was not
fsynced (`unsynced`, a power cut), starts the same training again and compares with the undisturbed one: HARD_FAIL when it
could not go on, SILENT_DIVERGENCE when scores or the digest of the model differ, LOST_WORK when it began before a step that
the trainer had told as kept. One point takes two starts of the trainer, about 12 s with two at once on two cores.

What the judge cannot see: in `unsynced` mode it takes back what Python's open() wrote, not what torch.save and safetensors
wrote, nor names in folders that were not fsynced; test_units.py checks that those are brought to the disk.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ckpt_chaos.runner import Row, rejudge

PROJECT = Path(__file__).resolve().parents[2]
#: Moments that are tried, spread evenly over the training and shared by the modes; all of them are about 500.
POINTS = 24
MODES = "before,torn,unsynced"
#: Starts at one time. Each uses one core nearly all the time, for imports.
JOBS = 2
#: Seconds for one start, on a machine that has other work too.
TIMEOUT = 300


def main() -> int:
    """Judge; print the verdicts and `N passed, N failed`."""
    parser = argparse.ArgumentParser(prog="npm run test:chaos --")
    parser.add_argument("--points", type=int, default=POINTS, help=f"moments to kill at, spread evenly (default {POINTS})")
    parser.add_argument("--modes", default=MODES, help=f"of before, torn, unsynced, term (default {MODES})")
    parser.add_argument("--keep", action="store_true", help="leave the judge's folder for `ckpt-chaos repro`")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="tuning-chaos-"))
    try:
        return tell(judged(scratch, options.points, options.modes))
    finally:
        if options.keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch)


def judged(scratch: Path, points: int, modes: str) -> list[Row]:
    """Run the judge in `scratch` and return its rows; none when it came to no verdict."""
    source = str(PROJECT / "trainer" / "src")
    environment = {**os.environ, "PYTHONPATH": source}
    model = scratch / "one-layer"
    subprocess.run([sys.executable, str(PROJECT / "trainer/tests/cut_model.py"), str(model)], check=True, env=environment)
    options = {
        "--work": str(scratch / "work"),
        "--max-points": str(points),
        "--modes": modes,
        "--jobs": str(JOBS),
        "--timeout": str(TIMEOUT),
        "--result-file": "{out}/outcome.json",
        "--checkpoint-glob": "{out}/told/checkpoint-*",
        "--step-regex": r"resumed from step (\d+)",
        "--fail-on": "HARD_FAIL,SILENT_DIVERGENCE,LOST_WORK,CONTROL_FAIL",
    }
    trial = [sys.executable, "-I", str(PROJECT / "trainer/chaos/one_trial.py"), "{out}", str(model)]
    flags = [part for option in options.items() for part in option]
    subprocess.run([sys.executable, "-m", "ckpt_chaos", "run", *flags, "--", *trial], env=environment, cwd=PROJECT)
    return rejudge(scratch / "work")


def tell(rows: list[Row]) -> int:
    """Print the counts; a moment that did not come again killed nothing and proves nothing, so it is not counted."""
    control = [row for row in rows if row.label.startswith("no crash")]
    killed = [row for row in rows if row.crashed and row not in control]
    counts = Counter(row.verdict for row in killed)
    for verdict in ("PASS", "HARD_FAIL", "SILENT_DIVERGENCE", "LOST_WORK"):
        print(f"{verdict}: {counts[verdict]}")
    missed = len(rows) - len(control) - len(killed)
    if missed:
        print(f"not killed, as the moment did not come: {missed}")
    held = [row for row in rows if row.verdict == "PASS" and (row.crashed or row in control)]
    failed = len([row for row in rows if row.verdict != "PASS"])
    # Without a clean control, or with hardly a kill, the judge has judged nothing.
    if len(control) != 1 or len(killed) <= missed:
        failed += 1
    print(f"{len(held)} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
