"""What a training does to its base model before the first step: layers, adapters, pooling, length. Runs in a child.

All of it belongs to a training. The untouched model is never shaped, so it competes as it came; a trained model is saved with
its shape, so whoever loads it needs no configuration.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.failures import TrialError

if TYPE_CHECKING:
    import torch
    from torch import nn

#: Keys that shape a model, with the value that leaves it as it came.
AS_IT_CAME: dict[str, Any] = {
    "MAX_SEQ_LENGTH": None,
    "POOLING": None,
    "FROZEN_LAYERS": 0,
    "DROPPED_LAYERS": 0,
    "LORA_R": 0,
}

#: Of a checkpoint under LoRA: what the training changes, and nothing else.
TRAINED = "trained.safetensors"


def is_shaped(config: dict[str, Any]) -> bool:
    """Say whether a training with this configuration shapes its model."""
    return any(config.get(key, usual) != usual for key, usual in AS_IT_CAME.items())


def extremes(config: dict[str, Any], tunable: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the configurations of a run that ask most of a model: where these can be trained, all can.

    Args:
        tunable: for each tuned key its choices, or its lowest and highest value.
    """
    most: dict[str, Any] = {key: max(tunable[key]) for key in ("FROZEN_LAYERS", "DROPPED_LAYERS", "LORA_R") if key in tunable}
    lengths = [value for value in tunable.get("MAX_SEQ_LENGTH", []) if value is not None]
    if lengths:
        most["MAX_SEQ_LENGTH"] = max(lengths)
    if tunable.get("POOLING"):
        most["POOLING"] = tunable["POOLING"][0]
    # The default is named by itself, not by what is tuned.
    return [config, {**config, **most}] if most else [config]


def shape(model: Any, config: dict[str, Any], base: str) -> None:
    """Shape a freshly loaded base model, in place. Seed first: adapters begin with random weights.

    Args:
        model: a SentenceTransformer, or a CrossEncoder.
        base: name or folder of the base model, as an adapter that is published alone refers to it.

    Raises:
        TrialError: kind `bad_config`; the model has not what a key asks for, and the message says what is allowed.
    """
    refuse(model, config)
    if config.get("MAX_SEQ_LENGTH") is not None:
        model.max_seq_length = config["MAX_SEQ_LENGTH"]
    if config.get("POOLING") is not None:
        _pooling_of(model).pooling_mode = config["POOLING"]
    encoder = model.transformers_model
    if config.get("DROPPED_LAYERS"):
        _drop(encoder, config["DROPPED_LAYERS"])
    if config.get("LORA_R"):
        _add_adapters(encoder, config, base)
    elif config.get("FROZEN_LAYERS"):
        _freeze(encoder, config["FROZEN_LAYERS"])


def refuse(model: Any, config: dict[str, Any]) -> None:
    """Raise where a model, as it came, cannot take the shape of a configuration.

    Raises:
        TrialError: kind `bad_config`.
    """
    length = config.get("MAX_SEQ_LENGTH")
    longest = _longest(model)
    if length is not None and longest is not None and length > longest:
        raise _refusal("MAX_SEQ_LENGTH", length, f"the model has positions for {longest} tokens", f"1 to {longest}")
    if config.get("POOLING") is not None:
        _pooling_of(model)
    frozen, dropped, rank = (config.get(key) or 0 for key in ("FROZEN_LAYERS", "DROPPED_LAYERS", "LORA_R"))
    if not (frozen or dropped or rank):
        return
    asked = next(key for key in ("DROPPED_LAYERS", "FROZEN_LAYERS", "LORA_R") if config.get(key))
    count = len(_layers_of(model.transformers_model, asked)[1])
    if dropped >= count:
        raise _refusal("DROPPED_LAYERS", dropped, f"the model has {count} layers", f"0 to {count - 1}")
    left = count - dropped
    if frozen >= left:
        why = f"the model has {count} layers" + (f", of which DROPPED_LAYERS = {dropped} takes away" if dropped else "")
        raise _refusal("FROZEN_LAYERS", frozen, f"{why}, and one at least must be trained", f"0 to {left - 1}")
    if rank:
        _targets(model.transformers_model, config)


def _refusal(key: str, value: Any, why: str, allowed: str) -> TrialError:
    return TrialError("bad_config", f"{key} = {json.dumps(value)}: {why}; allowed: {allowed}")


def _longest(model: Any) -> int | None:
    """Return the tokens that a model has positions for; None where it has no such bound."""
    encoder = model.transformers_model
    found = getattr(getattr(encoder, "config", None), "max_position_embeddings", None)
    if not isinstance(found, int) or found <= 0:
        return None
    # RoBERTa and its kin count positions from behind the padding.
    padding = getattr(getattr(encoder.base_model, "embeddings", None), "padding_idx", None)
    return found if padding is None else found - padding - 1


def _pooling_of(model: Any) -> Any:
    from sentence_transformers.sentence_transformer.modules import Pooling

    found = next((module for module in model.modules() if isinstance(module, Pooling)), None)
    if found is None:
        raise TrialError("bad_config", "POOLING: the model has no pooling that could be chosen; allowed: null")
    if not isinstance(found.pooling_mode, str):
        why = "the model joins several poolings, and one alone would change its dimension"
        raise TrialError("bad_config", f"POOLING: {why}; allowed: null")
    return found


def _layers_of(encoder: Any, key: str) -> "tuple[str, nn.ModuleList]":
    """Return the encoder's layers and their name in it.

    Raises:
        TrialError: kind `bad_config`; there are none that can be told apart. `key` asked for them.
    """
    from torch import nn

    count = getattr(getattr(encoder, "config", None), "num_hidden_layers", None)
    for name, module in encoder.named_modules() if encoder is not None else ():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return name, module
    kind = type(encoder).__name__ if encoder is not None else "a model without a transformer"
    usual = json.dumps(AS_IT_CAME[key])
    raise TrialError("bad_config", f"{key}: {kind} has no list of layers that could be counted; allowed: {usual}")


def _drop(encoder: Any, count: int) -> None:
    """Take the last layers away; configurations that list a kind for each layer lose theirs, too."""
    _, layers = _layers_of(encoder, "DROPPED_LAYERS")
    whole = len(layers)
    del layers[whole - count :]
    encoder.config.num_hidden_layers = whole - count
    kinds = getattr(encoder.config, "layer_types", None)
    if isinstance(kinds, list) and len(kinds) == whole:
        encoder.config.layer_types = kinds[: whole - count]


def _freeze(encoder: Any, count: int) -> None:
    """Keep the embeddings and the first layers as they came."""
    name, layers = _layers_of(encoder, "FROZEN_LAYERS")
    for layer in layers[:count]:
        layer.requires_grad_(False)
    for parameter_name, parameter in encoder.named_parameters():
        if "embed" in parameter_name and not parameter_name.startswith(f"{name}."):
            parameter.requires_grad_(False)


def _targets(encoder: Any, config: dict[str, Any]) -> str:
    """Return a pattern of the modules that get adapters: linear ones of the layers that are trained.

    Raises:
        TrialError: kind `bad_config`; LORA_TARGET_MODULES names one that is not there.
    """
    from torch import nn

    name, layers = _layers_of(encoder, "LORA_R")
    linear = [part for part, module in layers[0].named_modules() if isinstance(module, nn.Linear)]
    wanted = config.get("LORA_TARGET_MODULES")
    if wanted is not None:
        for target in wanted:
            if not any(_means(target, part) for part in linear):
                raise _refusal("LORA_TARGET_MODULES", target, "no linear module of a layer is called so", ", ".join(linear))
        linear = [part for part in linear if any(_means(target, part) for target in wanted)]
    numbers = "|".join(str(number) for number in range(config.get("FROZEN_LAYERS") or 0, len(layers)))
    return f"{re.escape(name)}\\.({numbers})\\.({'|'.join(re.escape(part) for part in linear)})"


def _means(target: str, part: str) -> bool:
    return part == target or part.endswith(f".{target}")


def _add_adapters(encoder: Any, config: dict[str, Any], base: str) -> None:
    """Add LoRA (Hu et al. 2021): all weights of the encoder stay, its head is trained whole."""
    from peft import LoraConfig

    adapter = LoraConfig(
        r=config["LORA_R"],
        lora_alpha=config["LORA_ALPHA"],
        lora_dropout=config["LORA_DROPOUT"],
        target_modules=_targets(encoder, config),
        modules_to_save=_heads_of(encoder) or None,
        bias="none",
    )
    encoder.add_adapter(adapter)
    adapter.base_model_name_or_path = base


def _heads_of(encoder: Any) -> list[str]:
    """Return the parts of a transformers model that are no encoder, such as the classifier of a reranker."""
    if encoder.base_model is encoder:
        return []
    return [
        name for name, part in encoder.named_children() if part is not encoder.base_model and any(True for _ in part.parameters())
    ]


def merge_adapters(model: Any) -> bool:
    """Put LoRA adapters into the weights that they belong to, in place; say whether there were any.

    Scores afterwards may differ in their last digits: sums are taken in another order.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils import ModulesToSaveWrapper

    encoder = model.transformers_model
    found = [(name, part) for name, part in encoder.named_modules() if isinstance(part, (BaseTunerLayer, ModulesToSaveWrapper))]
    for name, part in found:
        if isinstance(part, BaseTunerLayer):
            part.merge()
            plain = part.get_base_layer()
        else:
            plain = part.modules_to_save[part.active_adapters[0]]
        parent, _, own = name.rpartition(".")
        setattr(encoder.get_submodule(parent), own, plain)
    if found:
        del encoder.peft_config
        encoder._hf_peft_config_loaded = False
    return bool(found)


def versions(config: dict[str, Any]) -> dict[str, str]:
    """Return the versions of libraries that only this configuration uses."""
    if not config.get("LORA_R"):
        return {}
    import peft

    return {"peft": peft.__version__}


def trained_state(model: "nn.Module") -> "dict[str, torch.Tensor]":
    """Return the weights that a training may change: all but the frozen ones."""
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    return {name: tensor for name, tensor in model.state_dict().items() if name not in frozen}


def restore(model: "nn.Module", weights: "dict[str, torch.Tensor]") -> None:
    """Put weights back that `trained_state` returned.

    Raises:
        RuntimeError: some of what is trained is missing, or does not fit.
    """
    missing, unexpected = model.load_state_dict(weights, strict=False)
    needed = sorted(set(missing) & set(trained_state(model)))
    if needed or unexpected:
        raise RuntimeError(f"weights that do not fit the model: {needed[:3]} missing, {unexpected[:3]} unknown")


def trainer_class(of_task: Any, config: dict[str, Any]) -> Any:
    """Return a task's trainer; under LoRA one whose checkpoints hold only what is trained, and need no base model to load."""
    if not config.get("LORA_R"):
        return of_task

    class AdapterTrainer(of_task):  # type: ignore[misc]
        def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
            from safetensors.torch import save_file

            folder = Path(output_dir or self.args.output_dir)
            folder.mkdir(parents=True, exist_ok=True)
            weights = {name: tensor.detach().cpu().contiguous() for name, tensor in trained_state(self.model).items()}
            save_file(weights, folder / TRAINED)

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
            from safetensors.torch import load_file

            restore(model or self.model, load_file(Path(resume_from_checkpoint) / TRAINED))

    return AdapterTrainer
