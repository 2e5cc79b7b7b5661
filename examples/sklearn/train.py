"""Gradient boosting on scikit-learn's bundled breast-cancer data: an own training of some forty lines (docs/plugins.md)."""

import pickle
import time

import numpy
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import train_test_split

#: A step, as the report counts them.
TREES_AT_ONCE = 10


def splits():
    """Three fifths to train on, a fifth that gives the score, a fifth held out; the same in every training."""
    rows, labels = load_breast_cancer(return_X_y=True)
    train, rest, train_labels, rest_labels = train_test_split(rows, labels, test_size=0.4, random_state=0, stratify=labels)
    dev, test, dev_labels, test_labels = train_test_split(rest, rest_labels, test_size=0.5, random_state=0, stratify=rest_labels)
    return {"train": (train, train_labels), "dev": (dev, dev_labels), "test": (test, test_labels)}


def describe(config):
    return {name: len(labels) for name, (_, labels) in splits().items()}


def check(config):
    for key in ("TREES", "SHRINKAGE", "DEPTH", "ROW_SHARE", "MIN_LEAF"):
        if not isinstance(config[key], (int, float)) or config[key] <= 0:
            raise ValueError(f"{key} is {config[key]!r}; allowed: a number above 0")


def train(config, report):
    data = splits()
    model, batch = classifier(config), 0
    if report.resume:
        model, batch = pickle.loads((report.resume / "model.pickle").read_bytes())
    batches = -(-config["TREES"] // TREES_AT_ONCE)
    while batch < batches:
        batch += 1
        # warm_start: the trees that are there stay, and the draws of the rows go on where they were.
        model.set_params(n_estimators=min(batch * TREES_AT_ONCE, config["TREES"])).fit(*data["train"])
        report.progress(batch, batches, loss=model.train_score_[-1])
        if report.look_due:
            report.score(log_losses(model, *data["dev"]).mean())
        if report.checkpoint_due:
            with report.checkpoint(batch) as folder:
                (folder / "model.pickle").write_bytes(pickle.dumps((model, batch)))
    with (report.model_dir / "model.pickle").open("wb") as file:
        pickler = pickle.Pickler(file)
        # Without a memo: else the bytes depend on which equal strings are one object, which a resume changes.
        pickler.fast = True
        pickler.dump(model)
    rows, labels = data["dev"]
    return {
        "log_loss": log_losses(model, rows, labels).mean(),
        "accuracy": model.score(rows, labels),
        "LATENCY_MS": latency_ms(model, rows),
    }


def evaluate(config, model_dir, split):
    """A figure for each row, so that the difference of two models gets an interval over rows, too."""
    return log_losses(pickle.loads((model_dir / "model.pickle").read_bytes()), *splits()[split])


def classifier(config):
    return GradientBoostingClassifier(
        learning_rate=config["SHRINKAGE"],
        max_depth=config["DEPTH"],
        subsample=config["ROW_SHARE"],
        min_samples_leaf=config["MIN_LEAF"],
        random_state=config["SEED"],
        warm_start=True,
    )


def log_losses(model, rows, labels):
    right = model.predict_proba(rows)[numpy.arange(len(labels)), labels]
    return -numpy.log(numpy.clip(right, 1e-15, 1))


def latency_ms(model, rows):
    """Median time for one row, in milliseconds."""
    seconds = []
    for row in rows[:50]:
        started = time.perf_counter()
        model.predict_proba(row[None])
        seconds.append(time.perf_counter() - started)
    return float(numpy.median(seconds)) * 1000
