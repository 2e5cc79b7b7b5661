"""The best weights so far: in memory while training, in each checkpoint for the resume. Runs in a child."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.files import read_json, write_json
from tuning_trainer.metrics import Score
from tuning_trainer.shaping import trained_state

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass
class OwnState:
    """What a training knows of itself beyond the optimizer: curves, evaluations, the best weights."""

    curve: list[dict[str, Any]] = field(default_factory=list)
    evals: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] | None = None
    best_weights: "dict[str, torch.Tensor] | None" = None

    def note_score(self, score: Score, step: int, epoch: float, model: "nn.Module", *, counts: bool = True) -> bool:
        """Record an evaluation; keep the weights when it is the best so far of those that count. Returns whether it is."""
        self.evals.append({"step": step, "epoch": epoch, "score": score.value, "counts": counts})
        if not counts:
            return False
        if self.best is not None and not score.value > self.best["score"]:
            return False
        self.best = {"step": step, "epoch": epoch, "score": score.value, "metrics": score.metrics}
        self.best_weights = {name: tensor.detach().to("cpu", copy=True) for name, tensor in trained_state(model).items()}
        return True

    def save(self, checkpoint: Path, step: int) -> None:
        """Put this state into a checkpoint. Weights that are the checkpoint's own are not written twice."""
        from safetensors.torch import save_file

        write_json(checkpoint / "own_state.json", {"curve": self.curve, "evals": self.evals, "best": self.best})
        if self.best and self.best["step"] != step and self.best_weights:
            weights = {name: tensor.contiguous() for name, tensor in self.best_weights.items()}
            save_file(weights, checkpoint / "best.safetensors")

    @classmethod
    def load(cls, checkpoint: Path, weights_of: "Callable[[Path], dict[str, torch.Tensor]]") -> "OwnState":
        """Read it back from a checkpoint that verified.

        Args:
            weights_of: reads the weights that a checkpoint holds, on the CPU.
        """
        from safetensors.torch import load_file

        raw = read_json(checkpoint / "own_state.json")
        assert raw is not None, "the manifest vouched for it"
        best = raw["best"]
        if best and "metrics" not in best:
            # Written by a release before 0.6, which knew one figure beside the score.
            best = {**{key: value for key, value in best.items() if key != "pearson"}, "metrics": {"pearson": best["pearson"]}}
        state = cls(raw["curve"], raw["evals"], best)
        if state.best and (checkpoint / "best.safetensors").exists():
            state.best_weights = load_file(checkpoint / "best.safetensors")
        elif state.best:
            state.best_weights = weights_of(checkpoint)
        return state
