"""Makes the model of the tests, `python one_layer.py FOLDER`: the packaged MiniLM with its first layer only.

Real weights, quick to train. A process of its own, since one that computed cannot serve trainings any more. Many tests ask
for it, and importing the libraries takes longer than all else: it is made once and copied from then on.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from tuning_trainer.model import find_model, load_model

TRAINER = Path(__file__).resolve().parents[1]
#: Another one of these makes another model.
_MADE_FROM = (Path(__file__), TRAINER / "requirements.lock", TRAINER / "requirements-torch.txt")


def main(folder: str) -> None:
    """Put the model in `folder`."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in _MADE_FROM)).hexdigest()[:16]
    kept = TRAINER.parent / ".tuning" / f"one-layer-{digest}"
    if not kept.exists():
        fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
        cut(fresh)
        try:
            fresh.rename(kept)
        except OSError:
            # Somebody else was first.
            shutil.rmtree(fresh)
    shutil.copytree(kept, folder, dirs_exist_ok=True)


def cut(folder: Path) -> None:
    """Take all layers but the first from the packaged model, and save it."""
    model = load_model(find_model("sentence-transformers/all-MiniLM-L6-v2", Path()).path, "cpu")
    bert = model[0].auto_model
    bert.encoder.layer = bert.encoder.layer[:1]
    bert.config.num_hidden_layers = 1
    model.save_pretrained(str(folder), create_model_card=False)


if __name__ == "__main__":
    main(sys.argv[1])
