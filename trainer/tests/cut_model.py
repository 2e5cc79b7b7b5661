"""Makes models of the tests out of the packaged MiniLM: its first layers, its most frequent words. Real weights, quick to train.

`python cut_model.py FOLDER` keeps one layer and all words. Files alone are written: no library that computes is imported.
"""

import json
import shutil
import sys
from pathlib import Path

from safetensors.numpy import load_file, save_file

from tuning_trainer.model import find_model

#: Most of what a step of a small model costs is the table of its words. These hold every letter, so no text is lost.
FREQUENT_WORDS = 6000


def cut(folder: Path, layers: int, words: int | None = None) -> None:
    """Write a model in `folder`.

    Args:
        layers: so many of its first ones.
        words: so many of its most frequent ones; None: all. The rest is read as pieces.
    """
    source = find_model("sentence-transformers/all-MiniLM-L6-v2", Path()).path
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.md", "data_config.json", "*.safetensors", ".gitattributes"))
    weights = {
        name: weight
        for name, weight in load_file(source / "model.safetensors").items()
        if not name.startswith("encoder.layer.") or int(name.split(".")[2]) < layers
    }
    table = "embeddings.word_embeddings.weight"
    weights[table] = weights[table][:words].copy()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    rewrite(folder / "config.json", num_hidden_layers=layers, vocab_size=len(weights[table]))
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()[:words]
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in vocabulary), encoding="utf-8")
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    known = {word: place for word, place in tokenizer["model"]["vocab"].items() if place < len(vocabulary)}
    rewrite(folder / "tokenizer.json", model={**tokenizer["model"], "vocab": known})


def rewrite(path: Path, **changes: object) -> None:
    """Change keys of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


if __name__ == "__main__":
    cut(Path(sys.argv[1]), layers=1)
