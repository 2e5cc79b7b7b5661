"""Held-out pairs made up for trainings whose quality is known, judged by the product's own `confirm.py`. Answers lines of JSON.

    {"id", "run", "pairs", "models": [{"arm", "seed", "quality"}], "dev_noise": [sd, repeats] | null}  ->  {"id", **confirm(...)}

Pairs have the four grades of the bundled data in equal parts. A model's cosine of a pair is the grade's place, times as much
as gives the wanted Spearman correlation over all pairs that there could be, plus luck of the pair: most of it is shared by
all models, since they are fine-tunings of one base. So the scores of a run vary with its pairs, together, and with its seeds,
each by itself.
"""

import json
import sys
import zlib
from functools import cache
from typing import Any

import numpy as np
from scipy.stats import rankdata

from tuning_trainer.confirm import Scored, confirm
from tuning_trainer.metrics import correlation_with

GRADES = np.array([0.0, 0.4, 0.7, 1.0])
#: Share of a pair's luck that all models have in common: scores of two seeds of the default, on 500 pairs, correlate about so.
SHARED = 0.9


@cache
def _calibration() -> tuple[np.ndarray, np.ndarray]:
    """Return weights of the grade, and the Spearman correlation over very many pairs that each gives."""
    draw = np.random.default_rng(0)
    grades = np.repeat(np.arange(4), 25_000)
    luck = draw.normal(size=len(grades))
    weights = np.linspace(0.3, 0.95, 27)
    placed = (grades - 1.5) / np.sqrt(1.25)
    reached = [np.corrcoef(rankdata(w * placed + np.sqrt(1 - w**2) * luck), grades)[0, 1] for w in weights]
    return weights, np.array(reached)


def judge(request: dict[str, Any]) -> dict[str, Any]:
    """Draw the pairs and the cosines of a run, and ask confirm.py."""
    weights, reached = _calibration()
    pairs = int(request["pairs"])
    of_pairs = np.random.default_rng(request["run"])
    grades = of_pairs.integers(4, size=pairs)
    shared = of_pairs.normal(size=pairs)
    placed = (grades - 1.5) / np.sqrt(1.25)
    models = []
    for model in request["models"]:
        own = np.random.default_rng([request["run"], zlib.crc32(json.dumps(model, sort_keys=True).encode())]).normal(size=pairs)
        luck = np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * own
        weight = np.interp(model["quality"], reached, weights)
        models.append(Scored(model["arm"], model["seed"], weight * placed + np.sqrt(1 - weight**2) * luck))
    noise = request["dev_noise"]
    return confirm(models, correlation_with(GRADES[grades]), (noise[0], noise[1]) if noise else None)


def main() -> int:
    """Answer until stdin ends."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"id": request["id"], **judge(request)}
        except ValueError as error:
            answer = {"id": request["id"], "error": str(error)}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
