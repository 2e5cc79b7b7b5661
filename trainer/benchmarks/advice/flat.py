"""Landscapes made up to see what luck does: all configurations equally good, or one value of one key better by two deviations.

Scores, noise and size are those of the bundled data. A training's held-out score shares half of its luck with its dev score.
"""

import numpy as np
from grids import Grid, Value
from own import AXES, DEFAULT, space_of

#: Seed-to-seed deviations: about that of the default's neighbourhood, and of trainings with a high learning rate.
NOISES = (0.012, 0.02)
#: Gain of the planted value, in deviations.
PLANTED = 2.0
#: Where it is planted: one key of each rank in the usual order.
PLANTS: dict[str, Value] = {"LEARNING_RATE": 1e-4, "NUM_TRAIN_EPOCHS": 4, "TRAIN_BATCH_SIZE": 16}
DRAWS = 60
_DEV, _HELD_OUT = 0.6746, 0.6694
_SHARED = 0.5
#: By how much the model as it comes is worse than the default's (bundled data).
_UNTOUCHED = 0.0117


def names() -> list[str]:
    """Names of all made-up landscapes: `flat-0.012`, `planted-NUM_TRAIN_EPOCHS-0.012` and so on."""
    return [f"flat-{noise}" for noise in NOISES] + [f"planted-{key}-{NOISES[0]}" for key in PLANTS]


def flat(name: str) -> Grid:
    """Make one landscape, the same whenever it is made."""
    _, *planted, noise = name.split("-")
    deviation = float(noise)
    shape = tuple(len(choices) for choices in AXES.values())
    size = int(np.prod(shape))
    draw = np.random.default_rng(2026 + names().index(name))
    gain = np.zeros(size)
    if planted:
        key = planted[0]
        at = np.unravel_index(np.arange(size), shape)[list(AXES).index(key)]
        gain[at == AXES[key].index(PLANTS[key])] = PLANTED * deviation
    shared, dev, held_out = draw.normal(size=(3, size, DRAWS))
    own = np.sqrt(1 - _SHARED)
    mixed = [deviation * (np.sqrt(_SHARED) * shared + own * rest) for rest in (dev, held_out)]
    default = tuple(AXES[key].index(value) for key, value in DEFAULT.items())
    return Grid(
        name=name,
        family="flat",
        half="kept",
        spaces={key: space_of(choices) for key, choices in AXES.items()},
        score=_DEV + gain[:, None] + mixed[0],
        seconds=np.ones((size, DRAWS)),
        truth=_DEV + gain,
        middle=int(np.ravel_multi_index(default, shape)),
        random=[],
        held_out=_HELD_OUT + gain[:, None] + mixed[1],
        held_truth=_HELD_OUT + gain,
        untouched=(_DEV - _UNTOUCHED, _HELD_OUT - _UNTOUCHED),
    )
