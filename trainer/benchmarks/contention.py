"""What a training costs beside other work, by how OpenMP's threads wait: `npm run bench:contention`.

Each row is one training of the default configuration in a fresh serving process: alone, beside one busy single-threaded
process, and two at once. All figures are ratios to the first row's training alone, so that they can be read on any
machine; a training that takes longer than LIMIT times that is ended and shown as `> LIMIT`.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tuning_trainer.client import TrainerClient, default_config

PROJECT = Path(__file__).resolve().parents[2]
DEFAULTS = default_config(PROJECT)
LIMIT = 12
REPEATS = 3
#: libgomp's own default when nothing is set, which release 0.2.0 had. Named here, since an unset one is set by the trainer.
UNBOUNDED = "300000"
SETTINGS: dict[str, dict[str, str]] = {
    "libgomp's default (0.2.0)": {"GOMP_SPINCOUNT": UNBOUNDED},
    "as shipped": {},
    "OMP_WAIT_POLICY=passive": {"OMP_WAIT_POLICY": "passive"},
    "1 thread": {"TUNING_TRAINER_THREADS": "1"},
}
#: Scores and weights depend on the number of threads, and on nothing else here.
OTHER_THREADS = {"1 thread"}


class Measured:
    """One training: wall seconds of the process that trains, None when it was ended at the limit; and what came out."""

    def __init__(self, seconds: float | None, outcome: tuple[float, str] | None) -> None:
        self.seconds = seconds
        self.outcome = outcome


def train(client: TrainerClient, folder: Path, limit: float) -> Measured:
    """Train once; end the process when it takes longer than `limit` seconds."""
    late = threading.Timer(limit, client.process.kill)
    late.start()
    started = time.monotonic()
    try:
        end: dict[str, Any] = client.run(folder, DEFAULTS)[-1]
    except EOFError:
        return Measured(None, None)
    finally:
        late.cancel()
    seconds = time.monotonic() - started
    if end["event"] != "finished":
        raise RuntimeError(end["message"])
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return Measured(seconds, (result["score"], result["model_digest"]))


def trainings(environment: dict[str, str], folder: Path, at_once: int, limit: float) -> list[Measured]:
    """Train `at_once` times side by side, each in a serving process that has its libraries."""
    clients = [TrainerClient(PROJECT, **environment) for _ in range(at_once)]
    try:
        for client in clients:
            client.ask("hello", None)
        with ThreadPoolExecutor(at_once) as pool:
            work = [pool.submit(train, client, folder / f"t{n}", limit) for n, client in enumerate(clients)]
            return [one.result() for one in work]
    finally:
        for client in clients:
            client.__exit__(None, None, None)


def median_of(measured: list[Measured]) -> float | None:
    """Return the median seconds; None when one was ended at the limit."""
    seconds = [one.seconds for one in measured]
    return None if None in seconds else statistics.median(one for one in seconds if one is not None)


def main() -> None:
    """Measure every row and print the table."""
    outcomes: dict[bool, set[tuple[float, str] | None]] = {False: set(), True: set()}
    unit: float | None = None
    print("| setting | alone | beside one busy core | two trainings at once |\n|---|---|---|---|")
    for name, environment in SETTINGS.items():
        cells = []
        for situation in ("alone", "busy", "two"):
            limit = 600.0 if unit is None else LIMIT * unit
            repeats = REPEATS if unit is None or environment.get("GOMP_SPINCOUNT") != UNBOUNDED else 1
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if situation == "busy" else None
            try:
                measured: list[Measured] = []
                for _ in range(repeats):
                    with tempfile.TemporaryDirectory() as folder:
                        measured += trainings(environment, Path(folder), 2 if situation == "two" else 1, limit)
            finally:
                if busy:
                    busy.kill()
                    busy.wait()
            seconds = median_of(measured)
            outcomes[name in OTHER_THREADS] |= {one.outcome for one in measured if one.outcome}
            unit = unit or seconds
            assert unit
            cells.append(f"> {LIMIT}" if seconds is None else f"{seconds / unit:.2f}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print(f"\n1.00 = {unit:.1f} s; medians of {REPEATS} trainings in one run, libraries imported beforehand.")
    same = all(len(found) == 1 for found in outcomes.values())
    print(f"Scores and model digests: {'the same in every row with the same threads' if same else 'DIFFERENT'}.")
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
