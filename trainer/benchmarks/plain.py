"""Trainings as a script without the product would do them: the library's trainer, evaluator and saving, in this process."""

import json
import subprocess
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


def plain_training(config: dict[str, Any], folder: str, *, looks: int) -> float:
    """Train and score.

    Args:
        config: DEFAULT_CONFIG of a trial.
        folder: where the model goes.
        looks: evaluations on the dev split, at equal shares of the steps; the best one is the score and the model.

    Returns:
        The Spearman correlation on the dev split.
    """
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator
    from sentence_transformers.sentence_transformer.losses import CoSENTLoss

    from tuning_trainer.data import load_splits
    from tuning_trainer.model import find_model
    from tuning_trainer.trial import total_steps

    splits = load_splits(config, PROJECT)
    model = SentenceTransformer(str(find_model(config["BASE_MODEL"], PROJECT).path), device="cpu", local_files_only=True)
    rows = dict(splits.train.columns)
    every = max(1, total_steps(config, len(splits.train)) // looks)
    often: dict[str, Any] = {"save_strategy": "no"}
    if looks > 1:
        often = {"eval_strategy": "steps", "eval_steps": every, "save_strategy": "steps", "save_steps": every}
        often |= {"save_total_limit": 1, "save_only_model": True, "load_best_model_at_end": True}
        often |= {"metric_for_best_model": "eval_spearman_cosine", "greater_is_better": True}
    arguments = SentenceTransformerTrainingArguments(
        output_dir=folder,
        num_train_epochs=config["NUM_TRAIN_EPOCHS"],
        per_device_train_batch_size=config["TRAIN_BATCH_SIZE"],
        learning_rate=config["LEARNING_RATE"],
        lr_scheduler_type=config["LR_SCHEDULER"],
        warmup_steps=float(config["WARMUP_RATIO"]),
        weight_decay=config["WEIGHT_DECAY"],
        seed=config["SEED"],
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        logging_steps=config["LOGGING_STEPS"],
        **often,
    )
    dev = splits.dev
    evaluator = EmbeddingSimilarityEvaluator(
        dev.columns["sentence1"], dev.columns["sentence2"], dev.columns["score"], main_similarity="cosine", write_csv=False
    )
    SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_dict(rows), loss=CoSENTLoss(model), evaluator=evaluator
    ).train()
    score = float(evaluator(model)["spearman_cosine"])
    model.save_pretrained(folder + "/model", create_model_card=False)
    return score


def spans(run: str) -> list[tuple[float, float, Path]]:
    """Return when each training of a run first told of itself and when last (seconds), and its folder; in that order."""
    found = []
    for file in (PROJECT / "models" / run / "trials").glob("*/events.jsonl"):
        times = [json.loads(line)["t"] for line in file.read_text(encoding="utf-8").splitlines()]
        found.append((times[0], times[-1], file.parent))
    return sorted(found)


def run_product(*settings: str) -> dict[str, Any]:
    """Return the final object of a run with these settings, local adviser and no questions, on a stack that is up."""
    command = ["npm", "run", "--silent", "start-run", "--", "--auto", "--json", "--set", "ADVISER=local"]
    for setting in settings:
        command += ["--set", setting]
    output = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])
