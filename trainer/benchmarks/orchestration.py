"""What the product costs beyond the trainings: a whole run against a plain loop and against one process per training.

Run from the project's root: `npm run bench`. The trainings are those of one run of the product (default settings of the
bundled data, two parameters, two rounds, local optimiser): the loop and the processes repeat them with
sentence-transformers' own trainer and evaluator.
"""

import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = ("MAX_PRIORITY_PARAMS=2", "ROUNDS_PER_PARAM=2", "GENERATE_REPORT=true", "STSB_TEST_SPLIT=none", "NUM_TRAIN_EPOCHS=1")
KEYS = "TUNABLE_KEYS=[LEARNING_RATE, WARMUP_RATIO]"


def plain_training(config: dict[str, Any], folder: str) -> float:
    """Train and score as a script without the product would: the library's trainer, evaluator and saving."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator
    from sentence_transformers.sentence_transformer.losses import CoSENTLoss

    from tuning_trainer.data import load_splits
    from tuning_trainer.model import find_model

    splits = load_splits(config, PROJECT)
    model = SentenceTransformer(str(find_model(config["BASE_MODEL"], PROJECT).path), device="cpu", local_files_only=True)
    rows = {"sentence1": splits.train.sentences1, "sentence2": splits.train.sentences2, "score": splits.train.scores}
    dev = splits.dev
    evaluator = EmbeddingSimilarityEvaluator(
        dev.sentences1, dev.sentences2, dev.scores, main_similarity="cosine", write_csv=False
    )
    arguments = SentenceTransformerTrainingArguments(
        output_dir=folder,
        num_train_epochs=config["NUM_TRAIN_EPOCHS"],
        per_device_train_batch_size=config["TRAIN_BATCH_SIZE"],
        learning_rate=config["LEARNING_RATE"],
        warmup_steps=float(config["WARMUP_RATIO"]),
        seed=config["SEED"],
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        logging_steps=config["LOGGING_STEPS"],
        save_strategy="no",
    )
    SentenceTransformerTrainer(model=model, args=arguments, train_dataset=Dataset.from_dict(rows), loss=CoSENTLoss(model)).train()
    score = evaluator(model)["spearman_cosine"]
    model.save_pretrained(folder + "/model", create_model_card=False)
    return float(score)


def run_product() -> tuple[float, dict[str, Any]]:
    """Return the seconds from start to end of a run on a stack that is up, and its facts."""
    command = ["npm", "run", "--silent", "start-run", "--", "--auto", "--json", "--set", "ADVISER=local", "--set", KEYS]
    for setting in SETTINGS:
        command += ["--set", setting]
    started = time.monotonic()
    output = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    return time.monotonic() - started, json.loads(output.strip().splitlines()[-1])


def configurations(run: str) -> list[dict[str, Any]]:
    """Return what the run trained, in order."""
    trials = (PROJECT / "models" / run / "trials").glob("*/result.json")
    results = [json.loads(path.read_text(encoding="utf-8")) for path in trials]
    return [result["config"] for result in sorted(results, key=lambda result: result["finished_at"])]


def gaps(run: str) -> list[float]:
    """Return the seconds between the end of a training and the first sign of the next: adviser, workflow and fork."""
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for path in (PROJECT / "models" / run / "trials").glob("*/events.jsonl"):
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        first[path.parent.name], last[path.parent.name] = events[0]["t"], events[-1]["t"]
    order = sorted(first, key=lambda trial: first[trial])
    return [first[after] - last[before] for before, after in itertools.pairwise(order)]


def main() -> None:
    """Measure and print; with --one FILE, be one plain training."""
    if sys.argv[1:2] in (["--loop"], ["--one"]):
        configs = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            print([plain_training(config, f"{folder}/{index}") for index, config in enumerate(configs)])
        return
    subprocess.run(["npm", "run", "--silent", "up"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    run_product()  # warms the stack: libraries imported, files cached
    product, facts = run_product()
    configs = configurations(facts["run"])
    with tempfile.TemporaryDirectory() as folder:
        whole, single = Path(folder, "all.json"), Path(folder, "one.json")
        whole.write_text(json.dumps(configs), encoding="utf-8")
        loop = timed("--loop", whole)
        apart = 0.0
        for config in configs:
            single.write_text(json.dumps([config]), encoding="utf-8")
            apart += timed("--one", single)
    training = facts["usage"]["trainSeconds"]
    print(f"{len(configs)} trainings; whole run {product:.1f} s, of it training and evaluation {training:.1f} s")
    pause = statistics.median(gaps(facts["run"]))
    print(f"orchestration per round, end of a training to the start of the next: {pause:.2f} s (median)")
    print(f"everything beyond training, client start, probe, publishing and report included: {product - training:.1f} s")
    print(f"plain loop in one process (its import included) {loop:.1f} s: the run takes {product / loop:.2f} of it")
    print(f"one process per training {apart:.1f} s: the run takes {product / apart:.2f} of it")


def timed(mode: str, file: Path) -> float:
    """Return the seconds of this script as a plain training program."""
    started = time.monotonic()
    subprocess.run([sys.executable, __file__, mode, str(file)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
