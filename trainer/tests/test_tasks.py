"""The tasks: each trains, is scored as the library scores it, survives a kill, and is compared on held-out rows."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import DEFAULTS, PROJECT, result_of
from test_training import interrupt, train

from tuning_trainer.client import TrainerClient
from tuning_trainer.data import DataError, Split, load_splits
from tuning_trainer.failures import TrialError
from tuning_trainer.metrics import average_precision_with
from tuning_trainer.ranking import rank_documents
from tuning_trainer.tasks import TASKS

Config = dict[str, Any]
#: Few rows of the bundled data of each task, and as much of its settings as fits into one training.
SMALL: dict[str, Config] = {
    "retrieval": {
        "LOSS": "mnrl",
        "STSB_TRAIN_SPLIT": "train[:96]",
        "HARD_NEGATIVES": 1,
        "QUERY_PROMPT": "find: ",
        "MATRYOSHKA_DIMS": [64],
    },
    "triplet": {"LOSS": "mnrl", "STSB_TRAIN_SPLIT": "train[:96]"},
    "pair_class": {"LOSS": "online_contrastive", "STSB_TRAIN_SPLIT": "train[:96]"},
    "reranker": {"LOSS": "bce", "STSB_TRAIN_SPLIT": "train[:192]", "TRAIN_BATCH_SIZE": 24, "QUERY_PROMPT": "find: "},
}


@pytest.fixture(scope="session")
def small(config: Config) -> dict[str, Config]:
    """A configuration of eight steps for each task."""
    common = {"STSB_DEV_SPLIT": "validation[:48]", "STSB_TEST_SPLIT": "test[:48]", "TRAIN_BATCH_SIZE": 12, "LEARNING_RATE": 3e-4}
    return {name: {**config, **common, "TASK": name, **own} for name, own in SMALL.items()}


@pytest.fixture(scope="session")
def trained(small: dict[str, Config], trained_once: Callable[..., Path]) -> dict[str, Path]:
    """Folders of the undisturbed training of each task."""
    return {name: trained_once(config) for name, config in small.items()}


@pytest.fixture(scope="session")
def library(small_model: Path) -> Config:
    """What sentence-transformers says of the same."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "trainer" / "src")}
    command = [sys.executable, str(PROJECT / "trainer/tests/library_scores.py"), str(small_model)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, timeout=300)
    found: Config = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", SMALL)
def test_scores_and_figures_are_those_of_the_librarys_evaluators(library: Config, name: str) -> None:
    ours, theirs = library[name]["ours"], library[name]["theirs"]
    assert theirs
    assert {figure: ours[figure] for figure in theirs} == pytest.approx(theirs, abs=1e-6)
    assert next(iter(ours)) == TASKS[name].metric
    assert all(0 < ours[figure] < 1 for figure in (TASKS[name].metric, *list(theirs)[:1]))


def test_a_head_that_is_lacking_is_the_same_for_one_seed(library: Config) -> None:
    assert library["reranker"]["again"] == library["reranker"]["ours"]


def test_no_batch_of_negatives_has_a_text_twice(library: Config) -> None:
    batches = library["batches"]
    assert max(map(len, batches)) == 8 * 4
    assert all(len(set(batch)) == len(batch) for batch in batches)


def test_the_cached_loss_has_the_gradients_of_the_plain_one(library: Config) -> None:
    found = library["cached"]
    assert found["cached_mnrl"] == pytest.approx(found["mnrl"], rel=1e-4)
    assert found["difference"] < 1e-4 * found["mnrl"][1]


def test_hard_negatives_are_other_passages_of_the_training_rows_always_the_same_and_told_as_work(library: Config) -> None:
    mined = library["mined"]
    rows, first, again = mined["rows"], *mined["found"]
    assert first == again
    assert list(first) == ["query", "positive", "negative_mined_1", "negative_mined_2"]
    own = {query: {p for q, p in zip(rows["query"], rows["positive"], strict=True) if q == query} for query in rows["query"]}
    for query, _, *negatives in zip(*first.values(), strict=True):
        assert len(set(negatives)) == 2
        assert set(negatives) <= set(rows["positive"]) - own[query]
    assert mined["calls"] >= 4
    kind, message = mined["refused"]
    assert kind == "data"
    assert "HARD_NEGATIVES = 40: the training rows have" in message


def questions_and_wrong_answers(folder: Path, name: str) -> str:
    """Write rows that one layer can learn from 360 of (the bundled ones of these tasks ask for more), and return their folder.

    A triplet's wrong answer is the right one of the question after it (a sister's); a pair's, of one far off.
    """
    off = 1 if name == "triplet" else 40
    folder.mkdir()
    for split in ("train", "validation"):
        with (PROJECT / "data/sample-retrieval" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            rows = [(row["query"], row["positive"]) for row in csv.DictReader(file)]
        triplets = [(query, right, wrong) for (query, right), (_, wrong) in zip(rows, rows[off:], strict=False)]
        pairs = [(query, other, label) for query, *others in triplets for other, label in zip(others, (1, 0), strict=True)]
        with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([column.name for column in TASKS[name].columns])
            writer.writerows(triplets if name == "triplet" else pairs)
    return str(folder)


@pytest.mark.parametrize("name", SMALL)
def test_tuning_improves_on_the_untouched_model_and_shows_figures(
    client: TrainerClient, small: dict[str, Config], trained: dict[str, Path], tmp_path: Path, name: str
) -> None:
    more = {**small[name], "TRAIN_BATCH_SIZE": 24, "EVAL_LOOKS": 1, "MATRYOSHKA_DIMS": None, "HARD_NEGATIVES": 0}
    more |= {"STSB_TRAIN_SPLIT": "train[:360]", "STSB_DEV_SPLIT": "validation[:240]", "STSB_TEST_SPLIT": "none"}
    if name in ("triplet", "pair_class"):
        more["DATASET_NAME"] = questions_and_wrong_answers(tmp_path / "rows", name)
    tuned = train(client, tmp_path / "t", more)
    paths = {"config": more, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    models = [{"name": "base", "path": None}]
    base = client.ask("evaluate", "e", models=models, split="dev", **paths)[-1]["evaluation"]["scores"]["base"]
    assert tuned["score"] > base["score"] + 0.01
    assert set(tuned["metrics"]) == set(base["metrics"])
    figures = result_of(trained[name])["metrics"]
    assert set(figures) >= set(base["metrics"])
    assert ("ndcg_at_10_dim_64" in figures) == (name == "retrieval")


def test_in_batch_negatives_that_do_not_fit_are_trained_in_parts_with_the_same_batch(
    small: dict[str, Config], tmp_path: Path
) -> None:
    big = {**small["retrieval"], "STSB_TRAIN_SPLIT": "train[:1024]", "TRAIN_BATCH_SIZE": 1024, "EVAL_LOOKS": 1}
    big |= {"HARD_NEGATIVES": 0, "MATRYOSHKA_DIMS": None}
    with TrainerClient(PROJECT, TUNING_TRAINER_MEMORY_MB="2900") as bounded:
        end = bounded.run(tmp_path / "whole", big)[-1]
        assert (end["event"], end.get("kind")) == ("failed", "oom"), end
        parts = train(bounded, tmp_path / "parts", {**big, "LOSS": "cached_mnrl", "MINI_BATCH_SIZE": 8})
    assert parts["steps"] == 1


@pytest.mark.parametrize("name", SMALL)
def test_a_killed_training_resumes_to_the_same_model(
    client: TrainerClient, small: dict[str, Config], trained: dict[str, Path], tmp_path: Path, name: str
) -> None:
    end = interrupt(client, tmp_path / "t", small[name], "checkpoint", 4, signal.SIGKILL)
    assert end.get("kind") == "killed"
    result, usual = train(client, tmp_path / "t", small[name]), result_of(trained[name])
    assert result["attempts"][-1]["resumed_from"] == 4
    assert result["steps"] == 8
    assert (result["score"], result["metrics"], result["model_digest"]) == (
        usual["score"], usual["metrics"], usual["model_digest"],
    )  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_three_arms_are_compared_on_held_out_rows_also_by_outputs_from_elsewhere(
    client: TrainerClient, small: dict[str, Config], trained: dict[str, Path], tmp_path: Path, name: str
) -> None:
    train(client, tmp_path / "b", {**small[name], "SEED": 7})
    model = str(trained[name] / "model")
    arms = [
        {"name": "untouched", "path": None, "arm": "untouched", "seed": None},
        {"name": "a", "path": model, "arm": "baseline", "seed": small[name]["SEED"]},
        {"name": "b", "path": str(tmp_path / "b" / "model"), "arm": "best", "seed": 7},
    ]
    paths = {"config": small[name], "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
    noise = {"sd": 0.01, "repeats": 2}
    dev = client.ask("evaluate", "d", models=[{"name": "a", "path": model}], split="dev", **paths)[-1]["evaluation"]
    assert dev["scores"]["a"]["score"] == pytest.approx(result_of(trained[name])["score"], abs=1e-9)
    for arm in arms:
        alone = {"name": arm["name"], "path": arm["path"], "cosines_to": str(tmp_path / f"{arm['name']}.outputs")}
        client.ask("evaluate", "o", models=[alone], split="test", **paths)
    elsewhere = [{**arm, "path": "/gone", "cosines_from": str(tmp_path / f"{arm['name']}.outputs")} for arm in arms]
    here, there = (
        client.ask("evaluate", "c", models=each, split="test", dev_noise=noise, **paths)[-1]["evaluation"]
        for each in (arms, elsewhere)
    )
    said = here["confirmation"]
    assert there["confirmation"] == said
    assert there["scores"] == here["scores"]
    assert said["scores"] == pytest.approx([here["scores"][arm["name"]]["score"] for arm in arms], abs=1e-12)
    assert said["difference"]["low"] < said["difference"]["mean"] < said["difference"]["high"]
    assert said["over_untouched"]["low"] < said["over_untouched"]["high"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("retrieval", {"LOSS": "cached_mnrl", "MINI_BATCH_SIZE": 4}),
        ("retrieval", {"LOSS_SCALE": 50}),
        ("retrieval", {"HARD_NEGATIVES": 0}),
        ("retrieval", {"QUERY_PROMPT": ""}),
        ("retrieval", {"PASSAGE_PROMPT": "text: "}),
        ("retrieval", {"MATRYOSHKA_DIMS": None}),
        ("triplet", {"LOSS": "triplet"}),
        ("triplet", {"LOSS_SCALE": 50}),
        ("pair_class", {"LOSS": "contrastive"}),
        ("reranker", {"LOSS": "mse"}),
        ("reranker", {"LOSS": "lambda"}),
        ("reranker", {"QUERY_PROMPT": ""}),
        ("reranker", {"SEED": 9}),
    ],
    ids=str,
)
def test_a_setting_of_a_task_changes_the_weights(
    client: TrainerClient, small: dict[str, Config], trained_once: Callable[..., Path], tmp_path: Path, name: str, change: Config
) -> None:
    few = {"NUM_TRAIN_EPOCHS": 0.25, "EVAL_LOOKS": 1, "SAVE_STRATEGY": "no"}
    base = result_of(trained_once({**small[name], **few}))
    changed = train(client, tmp_path / "t", {**small[name], **few, **change})
    assert changed["model_digest"] != base["model_digest"]
    if change.get("LOSS") == "lambda":
        # A batch counts queries: there are fewer of them than rows.
        assert changed["steps"] < base["steps"]


def test_prompts_count_for_the_untouched_model_and_are_published(
    client: TrainerClient, small: dict[str, Config], trained: dict[str, Path], tmp_path: Path
) -> None:
    saved = {
        name: json.loads((trained[name] / "model" / "config_sentence_transformers.json").read_text(encoding="utf-8"))
        for name in ("retrieval", "reranker")
    }
    assert saved["retrieval"]["prompts"] == {"query": "find: ", "document": ""}
    assert (saved["reranker"]["prompts"], saved["reranker"]["default_prompt_name"]) == ({"query": "find: "}, "query")
    for name in saved:
        scores = []
        for prompt in ("", "find: "):
            asked = {"config": {**small[name], "QUERY_PROMPT": prompt}, "project_dir": str(PROJECT), "log": str(tmp_path / "log")}
            found = client.ask("evaluate", "e", models=[{"name": "base", "path": None}], split="dev", **asked)[-1]
            scores.append(found["evaluation"]["scores"]["base"]["score"])
        assert scores[0] != scores[1]


def test_dimensions_that_the_model_has_not_are_refused_when_it_is_inspected(
    client: TrainerClient, small: dict[str, Config]
) -> None:
    asked = {**small["retrieval"], "MATRYOSHKA_DIMS": [64, 512]}
    failed = client.ask("inspect", "i", config=asked, project_dir=str(PROJECT))[-1]
    assert failed["kind"] == "bad_config"
    assert failed["message"] == "MATRYOSHKA_DIMS has 512, but BASE_MODEL gives 384 dimensions; allowed: up to 384"
    seen = client.ask("inspect", "i", config=small["retrieval"], project_dir=str(PROJECT))[-1]["inspection"]
    assert seen["data"]["metric"] == "ndcg_at_10"


@pytest.mark.parametrize("ties", [False, True])
def test_average_precision_is_scikit_learns_and_its_influence_a_leave_one_out(ties: bool) -> None:
    from sklearn.metrics import average_precision_score

    random = numpy.random.default_rng(8)
    labels = (random.random(120) < 0.4).astype(float)
    outputs = random.normal(size=120) + labels
    if ties:
        outputs = numpy.round(outputs)
    score, influence = average_precision_with(labels).with_influence(outputs)
    assert score == pytest.approx(average_precision_score(labels, outputs), abs=1e-12)
    assert average_precision_with(labels).score(outputs) == score
    left = [average_precision_score(numpy.delete(labels, at), numpy.delete(outputs, at)) for at in range(120)]
    assert influence == pytest.approx(119 * (numpy.mean(left) - numpy.asarray(left)), abs=1e-9)
    assert math.isnan(average_precision_with(numpy.zeros(3)).score(numpy.arange(3.0)))


def test_equal_scores_of_documents_gain_nothing_from_the_order_of_rows() -> None:
    grades = numpy.asarray([1.0, 0.5, 0.0, 0.0])
    best = rank_documents(numpy.asarray([4.0, 3.0, 2.0, 1.0]), grades)
    assert best == [1, 1, 1, 1]
    equal = rank_documents(numpy.zeros(4), grades)
    assert equal == rank_documents(numpy.zeros(4), grades[::-1])
    assert (equal[1], equal[3]) == (pytest.approx(1 / 3), 0)
    ideal = 1 + 0.5 / math.log2(3)
    swapped = rank_documents(numpy.asarray([3.0, 4.0, 2.0, 1.0]), grades)
    assert swapped[0] == pytest.approx((0.5 + 1 / math.log2(3)) / ideal)
    assert all(map(math.isnan, rank_documents(numpy.asarray([1.0, math.nan, 0, 0]), grades)))


def reranker_rows(documents: int, queries: int = 6) -> Split:
    """Return queries with so many documents each, the last of them relevant by half, the others not at all."""
    rows = [
        (f"q{q}", f"d{d}", 0.5 * (d == documents - 1) + 0.01 * q * (documents == 1))
        for q in range(queries)
        for d in range(documents)
    ]
    return Split(dict(zip(("query", "document", "label"), map(list, zip(*rows, strict=True)), strict=True)), "dev")


def test_pairs_without_a_ranking_are_scored_by_correlation_and_queries_that_teach_no_order_are_left_out() -> None:
    task = TASKS["reranker"]
    single, several = reranker_rows(1), reranker_rows(3)
    assert (task.metric_for(single), task.units(single)) == ("spearman", 6)
    assert (task.metric_for(several), task.units(several)) == ("ndcg_at_10", 6)
    score = task.score_of(numpy.arange(6.0), single, {})
    assert (score.value, score.metrics) == (pytest.approx(1), {"pearson": pytest.approx(1)})
    lonely = Split(
        {name: [*values, extra] for (name, values), extra in zip(several.columns.items(), ("x", "y", 1.0), strict=True)}, "dev"
    )
    assert task.units(lonely) == 6
    rows = task.training_rows(None, lonely, {"LOSS": "lambda"}, lambda: None)
    assert [len(each) for each in rows["documents"]] == [3] * 6
    assert rows["labels"][0] == [0, 0, 0.5]
    with pytest.raises(TrialError, match="LOSS = lambda learns from queries that have several documents"):
        task.training_rows(None, single, {"LOSS": "lambda"}, lambda: None)


def table(folder: Path, header: str, **splits: list[str]) -> Config:
    """Write a file for each split, and return the configuration that reads them all."""
    for name, rows in splits.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    whole = {"STSB_TRAIN_SPLIT": "train", "STSB_DEV_SPLIT": "validation", "STSB_TEST_SPLIT": "test"}
    return {**DEFAULTS, "DATASET_NAME": str(folder), **whole}


@pytest.mark.parametrize(
    ("name", "header", "row", "columns"),
    [
        ("retrieval", "question,answer,negative", "q{0},a{0},n{0}", ["query", "positive", "negative"]),
        (
            "retrieval",
            "negative_2,anchor,positive,negative",
            "m{0},q{0},a{0},n{0}",
            ["query", "positive", "negative", "negative_2"],
        ),
        ("triplet", "query,pos,neg", "q{0},a{0},n{0}", ["anchor", "positive", "negative"]),
        ("pair_class", "question1,question2,is_duplicate", "q{0},a{0},{1}", ["sentence1", "sentence2", "label"]),
        ("reranker", "passage,query,relevance", "a{0},q{1},{1}", ["query", "document", "label"]),
    ],
)
def test_columns_are_found_by_their_usual_names(tmp_path: Path, name: str, header: str, row: str, columns: list[str]) -> None:
    rows = [row.format(number, number % 2) for number in range(8)]
    splits = load_splits({**table(tmp_path, header, train=rows, validation=rows, test=rows), "TASK": name}, PROJECT)
    assert list(splits.dev.columns) == columns
    assert splits.dev.columns[columns[1]][3] == "a3"


@pytest.mark.parametrize(
    ("name", "header", "rows", "said"),
    [
        ("retrieval", "query,positive", ["a,x", "b,x"], "all 2 rows have the same passage"),
        ("pair_class", "sentence1,sentence2,label", ["a,b,1", "c,d,0"], "1 of 2 labels are 1; allowed: at least two"),
        ("pair_class", "sentence1,sentence2,label", ["a,b,1", "c,d,0.5"], "label = '0.5' is not possible; allowed: 0 or 1"),
        ("reranker", "query,document,label", ["a,b,1", "c,d,1"], "all 2 labels are equal"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused(tmp_path: Path, name: str, header: str, rows: list[str], said: str) -> None:
    good = {"retrieval": ["a,x", "b,y"]}.get(name, rows)
    with pytest.raises(DataError) as error:
        load_splits({**table(tmp_path, header, train=good, validation=rows, test=good), "TASK": name}, PROJECT)
    assert said in str(error.value)


def test_splits_that_ask_for_different_scores_are_refused(tmp_path: Path) -> None:
    rankings, pairs = ["a,b,1", "a,c,0"], ["d,e,1", "f,g,0"]
    config = table(tmp_path, "query,document,label", train=rankings, validation=rankings, test=pairs)
    with pytest.raises(DataError, match="STSB_DEV_SPLIT gives ndcg_at_10, STSB_TEST_SPLIT gives spearman"):
        load_splits({**config, "TASK": "reranker"}, PROJECT)
