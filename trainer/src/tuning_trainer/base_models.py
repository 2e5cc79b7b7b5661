"""What is known of the models that a run may train, before it trains any: loaded once each. Runs in a child."""

from pathlib import Path
from typing import Any

from tuning_trainer import shaping
from tuning_trainer.failures import TrialError
from tuning_trainer.model import FoundModel, find_model, weights_fingerprint
from tuning_trainer.tasks import task_of


def inspect_models(config: dict[str, Any], tunable: dict[str, list[Any]], project: Path) -> dict[str, Any]:
    """Check everything that a run may train against every model that it may train it with.

    Args:
        tunable: for each tuned key its choices, or its lowest and highest value.

    Returns:
        `model`, that of BASE_MODEL; where BASE_MODEL is tuned `models`, too, its own first (docs/trainer-protocol.md).

    Raises:
        TrialError: kind `bad_config`; names the model where there are several.
    """
    choices = tunable.get("BASE_MODEL")
    own = find_model(config["BASE_MODEL"], project)
    model = {"source": own.source, "path": str(own.path), "fingerprint": weights_fingerprint(own.path)}
    shapes = shaping.extremes(config, tunable)
    _refuse_for_task(own, config)
    if choices is None:
        if any(map(shaping.is_shaped, shapes)):
            _loaded(own, config, shapes)
        return {"model": model}
    models = []
    for name in dict.fromkeys([config["BASE_MODEL"], *choices]):
        try:
            found = find_model(name, project)
            _refuse_for_task(found, config)
            models.append(_facts(found, _loaded(found, config, shapes)))
        except TrialError as error:
            raise TrialError(error.kind, f"BASE_MODEL = {name}: {error}") from error
    return {"model": model, "models": models}


def _refuse_for_task(found: FoundModel, config: dict[str, Any]) -> None:
    problem = task_of(config).refuse_model(found.path, config)
    if problem:
        raise TrialError("bad_config", problem)


def _loaded(found: FoundModel, config: dict[str, Any], shapes: list[dict[str, Any]]) -> Any:
    model = task_of(config).load_model(found.path, "cpu", config)
    for shape in shapes:
        shaping.refuse(model, shape)
    return model


def _facts(found: FoundModel, model: Any) -> dict[str, Any]:
    if getattr(model, "tokenizer", None) is None:
        raise TrialError("bad_config", "it has no tokenizer, so it reads no texts")
    dimension = getattr(model, "get_sentence_embedding_dimension", lambda: None)()
    return {
        "name": found.name,
        "source": found.source,
        "path": str(found.path),
        "fingerprint": weights_fingerprint(found.path),
        "dimension": dimension,
        "tokens": model.max_seq_length,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "bytes": sum(path.stat().st_size for path in found.path.rglob("*") if path.is_file()),
        "licence": _licence(found.path / "README.md"),
    }


def _licence(card: Path) -> str | None:
    """Return what the front matter of a model's card says; None where there is no card, or it does not say."""
    from huggingface_hub.repocard import metadata_load

    try:
        found = (metadata_load(card) or {}).get("license") if card.is_file() else None
    except ValueError:
        # A card that cannot be read says nothing; the model may be used all the same.
        return None
    return found if isinstance(found, str) else None
