"""One training in the folder `out`, for the judge of trainer/chaos/judge.py to kill and to start again.

Run as `python -I one_trial.py OUT MODEL`: `-I` ignores the judge's PYTHONPATH, since not this process but the trainer is to
be killed. The judge's injector, and the environment that arms it, are handed on to the serving process.
"""

import json
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = str(PROJECT / "trainer" / "src")
sys.path.insert(0, SOURCE)

from tuning_trainer.client import TrainerClient, default_config  # noqa: E402
from tuning_trainer.files import digest_of_folder, read_json  # noqa: E402

#: Eight steps, a checkpoint after each second one, and all of them kept.
SMALL = {
    "STSB_TRAIN_SPLIT": "train[:32]",
    "STSB_DEV_SPLIT": "validation[:24]",
    "STSB_TEST_SPLIT": "test[:24]",
    "TRAIN_BATCH_SIZE": 4,
    "EVAL_STEPS": 2,
    "SAVE_STEPS": 2,
    "LOGGING_STEPS": 4,
    "SAVE_TOTAL_LIMIT": 9,
}


def main(out: Path, model: str) -> int:
    """Train in `out/trial`, say from which step, and leave what the judge compares.

    `told/checkpoint-N` says that the trainer told of step N as kept: a later start that begins before it has lost work.
    `outcome.json` holds scores and the digest of the model as it lies on the disk.
    """
    trial = out / "trial"
    injector = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([injector, SOURCE] if injector else [SOURCE])
    with TrainerClient(PROJECT, PYTHONPATH=path) as client:
        started = False
        for event in client.training(trial, {**default_config(PROJECT), **SMALL, "BASE_MODEL": model}):
            if event["event"] == "started":
                started = True
                print(f"resumed from step {event['resumed_from']}", flush=True)
            elif event["event"] == "checkpoint":
                told(out, event["step"])
            elif event["event"] == "failed":
                raise RuntimeError(f"{event['kind']}: {event['message']}")
    result = read_json(trial / "result.json")
    assert result is not None, "told as finished"
    if not started:
        print(f"resumed from step {result['steps']}")
    told(out, result["steps"])
    if digest_of_folder(trial / "model") != result["model_digest"]:
        raise RuntimeError("the model is not the one that result.json speaks of")
    outcome = {name: result[name] for name in ("score", "metrics", "best_step", "steps", "evals", "model_digest")}
    (out / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
    return 0


def told(out: Path, step: int) -> None:
    """Note for the judge that a step was told as kept."""
    (out / "told").mkdir(exist_ok=True)
    (out / "told" / f"checkpoint-{step}").touch()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
