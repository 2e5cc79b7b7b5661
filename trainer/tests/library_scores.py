"""What sentence-transformers says of the same models, rows and batches, `python library_scores.py MODEL`: one JSON object.

A process of its own, since pytest's must not compute with torch. Only measures; `test_tasks.py` says what must hold.
"""

import itertools
import json
import random
import sys
import warnings
from pathlib import Path
from typing import Any

from tuning_trainer.data import Split
from tuning_trainer.failures import TrialError
from tuning_trainer.hard_negatives import with_hard_negatives
from tuning_trainer.tasks import TASKS
from tuning_trainer.tasks.in_batch import passages_of, relevant_passages
from tuning_trainer.trial import seed_everything

Config = dict[str, Any]
NOUNS = ("cat", "dog", "tree", "river", "stone", "house", "bird", "fish", "book", "road", "cloud", "glass", "horse", "bread")
USUAL: Config = {"EVAL_BATCH_SIZE": 32, "LOSS": "mnrl"}


def texts(count: int, seed: int) -> list[str]:
    """Return different short texts."""
    draw = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[" ".join(draw.choices(NOUNS, k=draw.randint(2, 5)))] = None
    return list(found)


def queries_and_passages(seed: int = 1) -> dict[str, list[str]]:
    """Return rows in which queries and passages come several times, also as each other's negatives."""
    draw = random.Random(seed)
    queries, passages = texts(20, 2), texts(40, 3)
    rows = [(draw.choice(queries), *draw.sample(passages, 3)) for _ in range(60)]
    return dict(zip(("query", "positive", "negative", "negative_2"), map(list, zip(*rows, strict=True)), strict=True))


def alive() -> None:
    """Nobody waits here."""


def ours(name: str, model: Any, split: Split, config: Config) -> dict[str, float]:
    """Return a task's score and the figures beside it."""
    task = TASKS[name]
    _, found = task.score(model, split, config, alive)
    return {task.metric_for(split): found.value, **found.metrics}


def of_retrieval(model: Any, split: Split, query_column: str, prompts: tuple[str, str], dim: int | None = None) -> Config:
    """Return InformationRetrievalEvaluator's figures."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator, SimilarityFunction

    relevant, corpus = relevant_passages(split, query_column), passages_of(split)
    found = InformationRetrievalEvaluator(
        queries={f"q{number}": query for number, query in enumerate(relevant)},
        corpus={passage: passage for passage in corpus},
        relevant_docs={f"q{number}": set(passages) for number, passages in enumerate(relevant.values())},
        query_prompt=prompts[0],
        corpus_prompt=prompts[1],
        truncate_dim=dim,
        main_score_function=SimilarityFunction.COSINE,
        score_functions=None,
        write_csv=False,
    )(model)
    names = {"ndcg_at_10": "ndcg@10", "mrr_at_10": "mrr@10", "recall_at_10": "recall@10", "accuracy_at_1": "accuracy@1"}
    return {ours: found[f"cosine_{theirs}"] for ours, theirs in names.items()}


def retrieval(folder: Path) -> Config:
    """Score retrieval here and there, with prompts and in fewer dimensions."""
    config = {**USUAL, "QUERY_PROMPT": "find: ", "PASSAGE_PROMPT": "text: ", "MATRYOSHKA_DIMS": [32, 384]}
    split = Split(queries_and_passages(), "dev")
    model = TASKS["retrieval"].load_model(folder, "cpu", config)
    theirs = of_retrieval(model, split, "query", ("find: ", "text: "))
    theirs["ndcg_at_10_dim_32"] = of_retrieval(model, split, "query", ("find: ", "text: "), 32)["ndcg_at_10"]
    return {"ours": ours("retrieval", model, split, config), "theirs": theirs}


def triplet(folder: Path) -> Config:
    """The same of triplets."""
    from sentence_transformers.sentence_transformer.evaluation import TripletEvaluator

    rows = queries_and_passages()
    split = Split({"anchor": rows["query"], "positive": rows["positive"], "negative": rows["negative"]}, "dev")
    model = TASKS["triplet"].load_model(folder, "cpu", USUAL)
    found = TripletEvaluator(*split.columns.values(), main_similarity_function="cosine", write_csv=False)(model)
    theirs = {"accuracy": found["cosine_accuracy"], **of_retrieval(model, split, "anchor", ("", ""))}
    return {"ours": ours("triplet", model, split, USUAL), "theirs": theirs}


def pair_class(folder: Path) -> Config:
    """The same of pairs with labels."""
    from sentence_transformers.sentence_transformer.evaluation import BinaryClassificationEvaluator

    draw = random.Random(4)
    # No pair twice, in whatever order: the library embeds each again, and equals then differ by rounding.
    rows = [(first, second, float(draw.random() < 0.4)) for first, second in itertools.combinations(texts(14, 5), 2)]
    split = Split(dict(zip(("sentence1", "sentence2", "label"), map(list, zip(*rows, strict=True)), strict=True)), "dev")
    model = TASKS["pair_class"].load_model(folder, "cpu", USUAL)
    labels = [int(label) for label in split.columns["label"]]
    first, second = split.columns["sentence1"], split.columns["sentence2"]
    found = BinaryClassificationEvaluator(first, second, labels, similarity_fn_names=["cosine"], write_csv=False)(model)
    return {"ours": ours("pair_class", model, split, USUAL), "theirs": {"average_precision": found["cosine_ap"]}}


def reranker(folder: Path) -> Config:
    """The same of documents with labels 0 and 1 (the library knows no others), with a head that is drawn twice."""
    from sentence_transformers.cross_encoder.evaluation import CrossEncoderRerankingEvaluator

    config = {**USUAL, "QUERY_PROMPT": "find: "}
    draw = random.Random(6)
    samples, rows = [], []
    for query in texts(15, 7):
        found = draw.sample(texts(40, 8), draw.randint(3, 14))
        cut = draw.randint(1, 2)
        samples.append({"query": query, "positive": found[:cut], "negative": found[cut:]})
        rows += [(query, document, float(place < cut)) for place, document in enumerate(found)]
    draw.shuffle(rows)
    split = Split(dict(zip(("query", "document", "label"), map(list, zip(*rows, strict=True)), strict=True)), "dev")
    model, again = (_with_a_strong_head(folder, config) for _ in range(2))
    found = CrossEncoderRerankingEvaluator(samples, write_csv=False)(model)
    return {
        "ours": ours("reranker", model, split, config),
        "again": ours("reranker", again, split, config),
        "theirs": {"ndcg_at_10": found["ndcg@10"], "mrr_at_10": found["mrr@10"]},
    }


def _with_a_strong_head(folder: Path, config: Config) -> Any:
    """Return a model whose scores lie further apart than their rounding, as a trained one's do."""
    import torch

    seed_everything(3)
    model = TASKS["reranker"].load_model(folder, "cpu", config)
    with torch.no_grad():
        model[0].auto_model.classifier.weight *= 100
    return model


def batches(folder: Path) -> list[list[str]]:
    """Return the texts of each batch of two epochs, of rows that are full of duplicates."""
    from datasets import Dataset

    task = TASKS["retrieval"]
    rows = {**queries_and_passages(), "query": texts(60, 9)}
    model = task.load_model(folder, "cpu", USUAL)
    trainer = task.trainer_class()(
        model=model,
        args=task.arguments_class()(
            output_dir=str(folder / "unused"), per_device_train_batch_size=8, use_cpu=True, **task.arguments(model, USUAL, rows)
        ),
        train_dataset=Dataset.from_dict(rows),
        loss=task.loss(model, USUAL),
    )
    sampler = trainer.get_train_dataloader().batch_sampler
    found = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        found += [[rows[column][row] for row in batch for column in rows] for batch in sampler]
    return found


def cached(folder: Path) -> Config:
    """Return loss and length of the gradient of one batch, plain and in parts, and the length of their difference."""
    import torch

    task = TASKS["retrieval"]
    rows = queries_and_passages()
    found: Config = {}
    gradients = []
    for name, config in {"mnrl": USUAL, "cached_mnrl": {**USUAL, "LOSS": "cached_mnrl", "MINI_BATCH_SIZE": 3}}.items():
        model = task.load_model(folder, "cpu", config).eval()
        loss = task.loss(model, config)([model.preprocess(rows[column][:16]) for column in ("query", "positive")], None)
        loss.backward()
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
        found[name] = [loss.item(), gradients[-1].norm().item()]
    found["difference"] = (gradients[0] - gradients[1]).norm().item()
    return found


def mined(folder: Path) -> Config:
    """Mine twice, and once more than there is."""
    model = TASKS["retrieval"].load_model(folder, "cpu", USUAL)
    rows = {name: queries_and_passages()[name] for name in ("query", "positive")}
    calls = []
    found = [with_hard_negatives(rows, "query", 2, model, 32, lambda: calls.append(1)) for _ in range(2)]
    try:
        with_hard_negatives(rows, "query", 40, model, 32, alive)
    except TrialError as error:
        return {"rows": rows, "found": found, "calls": len(calls), "refused": [error.kind, str(error)]}
    return {}


def main(model: str) -> None:
    """Print everything."""
    warnings.filterwarnings("ignore")
    folder = Path(model)
    parts = (retrieval, triplet, pair_class, reranker, batches, cached, mined)
    found = {part.__name__: part(folder) for part in parts}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
