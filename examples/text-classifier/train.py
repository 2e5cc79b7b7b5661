"""A small transformer that says what kind of thing a definition defines: Hugging Face's Trainer as an own training.

The Trainer's own checkpoints become the report's, so a killed training goes on where it was, to the same weights.
"""

import csv
from pathlib import Path

import numpy
import torch
from datasets import Dataset
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from tuning_trainer.model import find_model

DATA = Path("data/sample-definitions")
FILES = {"train": "train.csv", "dev": "validation.csv", "test": "test.csv"}


def read(split):
    with (DATA / FILES[split]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LABELS = sorted({row["label"] for row in read("train")})


class Classifier(torch.nn.Module):
    """The first LAYERS layers of an encoder, the mean of its token vectors, a linear head. Embeddings are not trained."""

    def __init__(self, config):
        super().__init__()
        source = find_model(config["BASE_MODEL"], Path.cwd()).path
        self.tokenizer = AutoTokenizer.from_pretrained(source)
        self.encoder = AutoModel.from_pretrained(source, num_hidden_layers=config["LAYERS"], add_pooling_layer=False)
        self.encoder.embeddings.requires_grad_(False)
        self.dropout = torch.nn.Dropout(config["HEAD_DROPOUT"])
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, len(LABELS))

    def forward(self, input_ids, attention_mask, labels=None, **_):
        tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(tokens.dtype)
        logits = self.head(self.dropout((tokens * weights).sum(dim=1) / weights.sum(dim=1)))
        loss = None if labels is None else torch.nn.functional.cross_entropy(logits, labels)
        return {"loss": loss, "logits": logits}


def check(config):
    for key in ("RATE", "EPOCHS", "BATCH", "LAYERS"):
        if not isinstance(config[key], (int, float)) or config[key] <= 0:
            raise ValueError(f"{key} is {config[key]!r}; allowed: a number above 0")


def describe(config):
    return {split: len(read(split)) for split in FILES}


def train(config, report):
    model = Classifier(config)
    arguments = TrainingArguments(
        output_dir=str(report.scratch_dir / "trainer"),
        num_train_epochs=config["EPOCHS"],
        per_device_train_batch_size=config["BATCH"],
        learning_rate=config["RATE"],
        warmup_steps=0.1,
        seed=config["SEED"],
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=tokenized(model.tokenizer, read("train")),
        data_collator=DataCollatorWithPadding(model.tokenizer),
        callbacks=[Reporting(report, model)],
    )
    for printer in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(printer)
    trainer.train(resume_from_checkpoint=str(report.resume) if report.resume else None)
    save_file(model.state_dict(), report.model_dir / "model.safetensors")
    return {"accuracy": right(model, "dev").mean()}


class Reporting(TrainerCallback):
    """Tells the report what the Trainer does, and has it save when the report says so."""

    def __init__(self, report, model):
        self.report, self.model = report, model

    def on_log(self, args, state, control, logs=None, **_):
        if logs and "loss" in logs:
            self.report.progress(state.global_step, state.max_steps, loss=logs["loss"], epoch=state.epoch)
            if self.report.look_due:
                self.report.score(right(self.model, "dev").mean())
                self.model.train()
            control.should_save = self.report.checkpoint_due

    def on_save(self, args, state, control, **_):
        written = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        with self.report.checkpoint(state.global_step) as folder:
            # Both lie in the report's scratch folder, and a folder may take the place of an empty one.
            written.rename(folder)


def evaluate(config, model_dir, split):
    """1 for each row that is told right, 0 for each that is not: their mean is the accuracy."""
    model = Classifier(config)
    model.load_state_dict(load_file(model_dir / "model.safetensors"))
    return right(model, split)


def right(model, split):
    rows = read(split)
    model.eval()
    told = []
    with torch.no_grad():
        for start in range(0, len(rows), 64):
            texts = [row["text"] for row in rows[start : start + 64]]
            batch = model.tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(model.head.weight.device)
            told.extend(model(**batch)["logits"].argmax(dim=-1).tolist())
    return numpy.array([LABELS[index] == row["label"] for index, row in zip(told, rows, strict=True)], dtype=float)


def tokenized(tokenizer, rows):
    inputs = tokenizer([row["text"] for row in rows], truncation=True)
    return Dataset.from_dict({**inputs, "labels": [LABELS.index(row["label"]) for row in rows]})
