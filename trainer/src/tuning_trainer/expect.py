"""What is expected of trainings that the search model did not think of itself: people's, and a language model's."""

from typing import Any

import numpy as np

from tuning_trainer.search.belief import believe
from tuning_trainer.search.space import Space, Values

#: Half of an interval of 90 %, in standard deviations.
_NINETY = 1.645


def expected(request: dict[str, Any], configurations: list[Values]) -> list[dict[str, float]]:
    """Return {low, high} of the score of one training of each configuration, noise included; 90 %.

    Args:
        request: `StudyRequest` of `src/domain/study.ts`.
        configurations: a value for each tunable key; a missing one is the default's.
    """
    space = Space(request["spaces"])
    defaults = {key: request["defaults"][key] for key in space.keys}

    def whole(values: Values) -> Values:
        return {key: values.get(key, defaults[key]) for key in space.keys}

    trials = [{**trial, "values": whole(trial["values"])} for trial in request["trials"]]
    elsewhere = [seed for seed in request.get("elsewhere") or [] if set(seed["values"]) == set(space.keys)]
    belief = believe(space, defaults, trials or [{"values": defaults, "score": None}], elsewhere)
    wanted = [whole(values) for values in configurations]
    mean, sd = belief.marginals(wanted)
    spread = _NINETY * np.hypot(sd, [belief.noise_sd(values) for values in wanted])
    return [{"low": float(low), "high": float(high)} for low, high in zip(mean - spread, mean + spread, strict=True)]
