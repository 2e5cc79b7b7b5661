"""The search model: what it proposes, what it believes, and what it says of itself."""

import functools
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tuning_trainer.advise import reply_to
from tuning_trainer.search.study import study

RATE = {"type": "float", "min": 1e-6, "max": 5e-4, "scale": "log"}
EPOCHS = {"type": "int", "min": 1, "max": 5, "scale": "linear"}
BATCH = {"type": "int", "choices": [4, 8, 16, 32, 64], "scale": "linear"}
SCHEDULER = {"type": "categorical", "choices": ["linear", "cosine", "constant"], "scale": "linear"}
SPACES = {"LEARNING_RATE": RATE, "NUM_TRAIN_EPOCHS": EPOCHS, "TRAIN_BATCH_SIZE": BATCH, "LR_SCHEDULER": SCHEDULER}
DEFAULTS = {"LEARNING_RATE": 2e-5, "NUM_TRAIN_EPOCHS": 1, "TRAIN_BATCH_SIZE": 8, "LR_SCHEDULER": "linear"}
Values = dict[str, Any]


def trained(values: Values, score: float | None, seed: int = 1, **more: Any) -> dict[str, Any]:
    return {"values": values, "seed": seed, "score": score, "pruned": False, "seconds": 8.0, **more}


def request(trials: list[dict[str, Any]], **change: Any) -> dict[str, Any]:
    return {
        "spaces": SPACES,
        "defaults": DEFAULTS,
        "trials": trials,
        "mode": "adaptive",
        "keys": None,
        "probes": [],
        "hints": [],
        "count": 1,
        "left": 9,
        "pool": 9,
        "seed": 1,
        **change,
    }


def landscape(values: Values) -> float:
    """A hill: best at a rate of 1e-4, 4 epochs, batches of 16, cosine."""
    return (
        0.75
        - 0.03 * (math.log10(values["LEARNING_RATE"]) + 4) ** 2
        - 0.004 * (values["NUM_TRAIN_EPOCHS"] - 4) ** 2
        - 0.005 * (math.log2(values["TRAIN_BATCH_SIZE"]) - 4) ** 2
        + (0.01 if values["LR_SCHEDULER"] == "cosine" else 0.0)
    )


def searched(score: Callable[[Values], float], trainings: int, **change: Any) -> list[dict[str, Any]]:
    trials = [trained(DEFAULTS, score(DEFAULTS))]
    for number in range(trainings):
        view = study(request(trials, left=trainings - number, pool=trainings, **change))
        trials += [trained(candidate["values"], score(candidate["values"])) for candidate in view["next"]]
    return trials


@functools.cache
def climb(trainings: int) -> list[dict[str, Any]]:
    """A search of that hill, made once: nobody changes it."""
    return searched(landscape, trainings)


def identities(trials: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(trial["values"], sort_keys=True) for trial in trials]


@pytest.mark.parametrize("mode", ["adaptive", "free"])
def test_climbs_a_hill_and_repeats_nothing(mode: str) -> None:
    trials = climb(16) if mode == "adaptive" else searched(landscape, 16, mode=mode)
    best = max(trials, key=lambda trial: trial["score"])
    assert best["score"] > 0.75
    assert best["values"]["LR_SCHEDULER"] == "cosine"
    assert 5e-5 < best["values"]["LEARNING_RATE"] < 2e-4
    assert len(set(identities(trials))) == len(trials)


def test_a_training_changes_one_key_of_the_base_unless_joint_moves_are_allowed() -> None:
    trials = [trained(DEFAULTS, 0.6), trained({**DEFAULTS, "NUM_TRAIN_EPOCHS": 3}, 0.7)]
    single = study(request(trials, count=4))
    assert single["base"]["values"]["NUM_TRAIN_EPOCHS"] == 3
    for candidate in [*single["next"], *single["shortlist"]]:
        assert len(candidate["change"]) == 1
        assert candidate["values"] == {**single["base"]["values"], **candidate["change"]}
    late = study(request(trials, mode="free", left=2, count=2))
    assert any(candidate["origin"] == "joint" for candidate in [*late["next"], *late["shortlist"]])
    early = study(request(trials, mode="free", left=8, count=2))
    assert all(len(candidate["change"]) == 1 for candidate in [*early["next"], *early["shortlist"]])


def test_values_stay_in_their_spaces_and_floats_are_short() -> None:
    for trial in climb(16):
        values = trial["values"]
        assert 1e-6 <= values["LEARNING_RATE"] <= 5e-4
        assert values["LEARNING_RATE"] == float(f"{values['LEARNING_RATE']:.3g}")
        assert isinstance(values["NUM_TRAIN_EPOCHS"], int) and 1 <= values["NUM_TRAIN_EPOCHS"] <= 5
        assert values["TRAIN_BATCH_SIZE"] in BATCH["choices"]
        assert values["LR_SCHEDULER"] in SCHEDULER["choices"]


def test_the_same_question_has_the_same_answer() -> None:
    trials = climb(5)
    assert study(request(trials, mode="free", left=1, count=3)) == study(request(trials, mode="free", left=1, count=3))


@pytest.mark.parametrize("unit", [1e-3, 1e4])
def test_scores_of_any_size_are_searched_alike(unit: float) -> None:
    trials = climb(5)
    large = [{**trial, "score": -unit * (1.0 - trial["score"])} for trial in trials]
    seen, other = study(request(trials, mode="free")), study(request(large, mode="free", unit=unit))
    assert [one["values"] for one in other["next"]] == [one["values"] for one in seen["next"]]
    assert other["noise"]["atDefault"] == pytest.approx(unit * seen["noise"]["atDefault"], rel=1e-3)
    assert other["outlook"]["next"] == pytest.approx(unit * seen["outlook"]["next"], rel=1e-2)
    # While one configuration is known nothing but the unit says how far others may be.
    told, untold = study(request(large[:1], unit=unit)), study(request(large[:1]))
    assert told["noise"]["atDefault"] == pytest.approx(unit * untold["noise"]["atDefault"], rel=1e-3)


def test_only_the_keys_in_hand_change() -> None:
    trials = climb(5)
    view = study(request(trials, keys=["TRAIN_BATCH_SIZE"], count=3))
    assert {key for candidate in view["next"] for key in candidate["change"]} == {"TRAIN_BATCH_SIZE"}
    assert list(view["keys"]) == ["TRAIN_BATCH_SIZE"]


def test_a_first_probe_is_the_middle_of_the_wider_gap_and_is_called_so() -> None:
    [probe] = study(request([trained(DEFAULTS, 0.6)], probes=["LEARNING_RATE"]))["next"]
    assert probe["origin"] == "gap"
    assert probe["values"]["LEARNING_RATE"] == pytest.approx(1e-4, rel=0.01)
    downwards = {**DEFAULTS, "LEARNING_RATE": 3e-4}
    [probe] = study(request([trained(downwards, 0.6)], defaults=downwards, probes=["LEARNING_RATE"]))["next"]
    assert probe["values"]["LEARNING_RATE"] == pytest.approx(1.73e-5, rel=0.01)
    [probe] = study(request([trained(DEFAULTS, 0.6)], probes=["LR_SCHEDULER"]))["next"]
    assert (probe["origin"], list(probe["change"])) == ("choice", ["LR_SCHEDULER"])


def test_hints_come_first_once_each_and_say_whose_they_are() -> None:
    hint = {"change": {"LEARNING_RATE": 3e-5, "NUM_TRAIN_EPOCHS": 2}, "by": "person", "source": "I know"}
    other = {"change": {"TRAIN_BATCH_SIZE": 64}, "by": "earlier_run", "source": "run a"}
    trials = [trained(DEFAULTS, 0.6)]
    first, second, third = study(request(trials, hints=[other, hint], probes=["LEARNING_RATE", "LR_SCHEDULER"], count=3))["next"]
    assert (first["origin"], first["hint"], first["change"]) == ("hint", hint, hint["change"])
    assert second["hint"] == other
    assert list(third["change"]) == ["LR_SCHEDULER"]
    tried = [*trials, trained(first["values"], None), trained(second["values"], 0.5)]
    assert all("hint" not in candidate for candidate in study(request(tried, hints=[other, hint], count=3))["next"])


def test_a_batch_is_chosen_together() -> None:
    trials = climb(5)
    batch = study(request(trials, count=4))["next"]
    assert len(set(identities(batch))) == 4
    assert len({key for candidate in batch for key in candidate["change"]}) > 1


def test_one_key_alone_is_enough() -> None:
    spaces, defaults = {"LR_SCHEDULER": SCHEDULER}, {"LR_SCHEDULER": "linear"}
    trials = [trained(defaults, 0.6)]
    view = study(request(trials, spaces=spaces, defaults=defaults, mode="free", left=1, count=5))
    assert {candidate["values"]["LR_SCHEDULER"] for candidate in view["next"]} == {"cosine", "constant"}


def test_nothing_untried_is_left() -> None:
    spaces, defaults = {"LR_SCHEDULER": SCHEDULER}, {"LR_SCHEDULER": "linear"}
    trials = [trained({"LR_SCHEDULER": name}, 0.6 + number / 100) for number, name in enumerate(SCHEDULER["choices"])]
    view = study(request(trials, spaces=spaces, defaults=defaults, probes=["LR_SCHEDULER"], count=2))
    assert (view["next"], view["shortlist"]) == ([], [])
    assert view["keys"]["LR_SCHEDULER"] == {"gain": 0.0, "worthwhile": False, "untried": 0}
    assert view["outlook"] == {"possible": {"mean": 0.0, "low": 0.0, "high": 0.0}, "next": 0.0, "worthwhile": False}


def test_failed_and_pruned_trainings_are_neither_base_nor_winner_nor_proposed_again() -> None:
    failed, pruned = {**DEFAULTS, "LEARNING_RATE": 5e-4}, {**DEFAULTS, "TRAIN_BATCH_SIZE": 64}
    trials = [trained(DEFAULTS, 0.6), trained(failed, None), trained(pruned, 0.9, pruned=True)]
    view = study(request(trials, count=12))
    assert view["base"]["values"] == DEFAULTS
    assert view["winner"]["values"] == DEFAULTS
    assert not set(identities(trials)) & set(identities(view["next"]))


def test_a_run_in_which_everything_failed_is_still_advised() -> None:
    trials = [trained(DEFAULTS, None), trained({**DEFAULTS, "LEARNING_RATE": 1e-4}, None)]
    view = study(request(trials))
    assert view["base"]["values"] == DEFAULTS
    assert len(view["next"]) == 1
    assert view["winner"] == {"values": DEFAULTS, "gain": 0.0, "sd": 0.0}
    json.dumps(view, allow_nan=False)


def test_expected_scores_hold_most_of_what_is_measured() -> None:
    draw = np.random.default_rng(3)
    trials = [trained(DEFAULTS, landscape(DEFAULTS) + draw.normal(0, 0.005), seed) for seed in (1, 2, 3)]
    inside = []
    for _ in range(24):
        [candidate] = study(request(trials))["next"]
        score = landscape(candidate["values"]) + draw.normal(0, 0.005)
        inside.append(candidate["low"] <= score <= candidate["high"])
        trials.append(trained(candidate["values"], score))
    assert sum(inside) >= 19


def test_the_winner_is_measured_and_its_gain_has_an_error() -> None:
    draw = np.random.default_rng(4)
    trials = searched(lambda values: landscape(values) + draw.normal(0, 0.003), 14)
    trials += [trained(DEFAULTS, landscape(DEFAULTS) + draw.normal(0, 0.003), seed) for seed in (2, 3)]
    winner = study(request(trials))["winner"]
    assert winner["values"] in [trial["values"] for trial in trials]
    true = landscape(winner["values"]) - landscape(DEFAULTS)
    assert abs(winner["gain"] - true) < 3 * winner["sd"]
    assert winner["gain"] > winner["sd"] > 0


def test_on_a_flat_landscape_nothing_is_worth_a_training_in_the_end() -> None:
    draw = np.random.default_rng(5)
    trials = [trained(DEFAULTS, 0.6 + draw.normal(0, 0.01), seed) for seed in range(6)]
    trials += searched(lambda _: 0.6 + draw.normal(0, 0.01), 18)[1:]
    view = study(request(trials))
    assert not view["outlook"]["worthwhile"]
    assert not any(key["worthwhile"] for key in view["keys"].values())
    assert view["outlook"]["possible"]["low"] <= view["outlook"]["possible"]["mean"] <= view["outlook"]["possible"]["high"]


def test_a_key_that_was_never_varied_deserves_its_first_probe() -> None:
    draw = np.random.default_rng(6)
    trials = [trained(DEFAULTS, 0.6 + draw.normal(0, 0.01), seed) for seed in range(8)]
    assert all(key["worthwhile"] for key in study(request(trials))["keys"].values())


def test_seconds_follow_the_epochs() -> None:
    trials = [trained({**DEFAULTS, "NUM_TRAIN_EPOCHS": epochs}, 0.6, seconds=8.0 * epochs) for epochs in (1, 2)]
    view = study(request(trials, keys=["NUM_TRAIN_EPOCHS"], count=3))
    by_epochs = {candidate["values"]["NUM_TRAIN_EPOCHS"]: candidate["seconds"] for candidate in view["next"]}
    assert by_epochs[5] == pytest.approx(40, rel=0.1)
    unknown = study(request([trained(DEFAULTS, 0.6, seconds=None)]))
    assert unknown["next"][0]["seconds"] is None


def test_an_answer_is_bounded_however_long_the_run() -> None:
    draw = np.random.default_rng(7)
    trials = [trained(DEFAULTS, 0.6)]
    for _ in range(1000):
        values = {
            "LEARNING_RATE": float(f"{10 ** draw.uniform(-6, -3.4):.3g}"),
            "NUM_TRAIN_EPOCHS": int(draw.integers(1, 6)),
            "TRAIN_BATCH_SIZE": int(draw.choice([4, 8, 16, 32, 64])),
            "LR_SCHEDULER": str(draw.choice(["linear", "cosine", "constant"])),
        }
        trials.append(trained(values, landscape(values) + draw.normal(0, 0.003)))
    view = study(request(trials, count=2))
    assert len(view["shortlist"]) <= 12
    assert len(json.dumps(view)) < 8000
    assert view["base"]["mean"] == pytest.approx(0.76, abs=0.01)


def test_a_default_outside_the_space_is_a_base_like_any_other() -> None:
    outside = {**DEFAULTS, "LEARNING_RATE": 1e-3, "TRAIN_BATCH_SIZE": 12, "LR_SCHEDULER": "polynomial"}
    view = study(request([trained(outside, 0.6)], defaults=outside, probes=["LEARNING_RATE"], count=6))
    assert view["base"]["values"] == outside
    assert all(math.isfinite(candidate["mean"]) for candidate in view["next"])


def test_the_process_answers_a_line_with_a_line() -> None:
    line = json.dumps({"v": 2, "id": "7", "ask": "study", "study": request([trained(DEFAULTS, 0.6)])})
    answer = json.loads(reply_to(line))
    assert (answer["id"], len(answer["study"]["next"])) == ("7", 1)
    assert "version 1" in json.loads(reply_to(json.dumps({"v": 1, "id": "8"})))["error"]
    assert "no question" in json.loads(reply_to(json.dumps({"v": 2, "id": "9", "ask": "else"})))["error"]
    assert json.loads(reply_to("{"))["id"] is None
