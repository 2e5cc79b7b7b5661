"""Makes the model of the tests, `python one_layer.py FOLDER`: the packaged MiniLM with its first layer only.

Real weights, quick to train. A process of its own, since one that computed cannot serve trainings any more.
"""

import sys
from pathlib import Path

from tuning_trainer.model import find_model, load_model


def main(folder: str) -> None:
    """Cut the model and save it in `folder`."""
    model = load_model(find_model("sentence-transformers/all-MiniLM-L6-v2", Path()).path, "cpu")
    bert = model[0].auto_model
    bert.encoder.layer = bert.encoder.layer[:1]
    bert.config.num_hidden_layers = 1
    model.save_pretrained(folder, create_model_card=False)


if __name__ == "__main__":
    main(sys.argv[1])
