"""What the product costs beyond the trainings, one training at a time: `npm run bench`.

The trainings are those of one run (bundled data, two parameters, two rounds, local adviser). `npm run bench:speed` compares
whole runs with other ways to do the same.
"""

import itertools
import statistics
import subprocess
import time

from plain import PROJECT, run_product, spans

SETTINGS = (
    "TUNABLE_KEYS=[LEARNING_RATE, WARMUP_RATIO]",
    "MAX_PRIORITY_PARAMS=2",
    "ROUNDS_PER_PARAM=2",
    "NOISE_SEEDS=0",
    "CONFIRM_SEEDS=0",
    "TRAINING_SLOTS=1",
    "STOP_WHEN=budget",
    "REUSE_TRIALS=false",
)


def gaps(run: str) -> list[float]:
    """Return the seconds between the end of a training and the first sign of the next: adviser, workflow and fork."""
    return [after[0] - before[1] for before, after in itertools.pairwise(spans(run))]


def main() -> None:
    """Measure and print."""
    subprocess.run(["npm", "run", "--silent", "up"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    run_product(*SETTINGS)  # warms the stack: libraries imported, files cached
    started = time.monotonic()
    facts = run_product(*SETTINGS)
    whole = time.monotonic() - started
    training = facts["usage"]["trainSeconds"]
    print(f"{facts['trained']} trainings; whole run {whole:.1f} s, of it training and evaluation {training:.1f} s")
    pause = statistics.median(gaps(facts["run"]))
    print(f"orchestration per round, end of a training to the start of the next: {pause:.2f} s (median)")
    print(f"everything beyond training, client start, probe, publishing and report included: {whole - training:.1f} s")


if __name__ == "__main__":
    main()
