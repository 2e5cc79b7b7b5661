"""What the command line of `npm run test:trainer` names."""

import argparse
from pathlib import Path
from typing import Any

from tuning_trainer.client import default_config
from tuning_trainer.plugins.conformance.subject import Config


def read_arguments(argv: list[str], project: Path) -> tuple[Config, dict[str, Any]]:
    """Return configuration and tunable keys of the command line.

    Raises:
        SystemExit: it cannot be understood.
    """
    parser = argparse.ArgumentParser(
        prog="npm run test:trainer --",
        description="Tests an own training: npm run test:trainer -- [my_training.py | ./train ARG…] [--config tuning.yaml]",
    )
    parser.add_argument("trainer", nargs="*", help="a Python file, or a command with its arguments; else that of --config")
    parser.add_argument("--config", help="a YAML file with DEFAULT_CONFIG, as for start-run")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="sets a key of DEFAULT_CONFIG")
    given, words = parser.parse_known_args(argv)
    config, tunable = default_config(project), dict[str, Any]()
    if given.config:
        file = read_yaml(Path(given.config).read_text(encoding="utf-8")) or {}
        config |= file.get("DEFAULT_CONFIG", {})
        tunable = file.get("TUNABLE_KEYS", {}) or {}
    for pair in given.set:
        key, equals, value = pair.partition("=")
        if not equals:
            parser.error(f"--set {pair}: allowed: KEY=VALUE")
        config[key] = read_yaml(value)
    trainer = [*given.trainer, *words]
    if trainer:
        python = len(trainer) == 1 and trainer[0].endswith(".py")
        config |= {"TRAINER": trainer[0] if python else None, "TRAINER_COMMAND": None if python else trainer}
    if config["TRAINER"] is None and config["TRAINER_COMMAND"] is None:
        parser.error("names no training: give a Python file or a command, or --config with TRAINER or TRAINER_COMMAND")
    return config, tunable if isinstance(tunable, dict) else dict.fromkeys(tunable)


def read_yaml(text: str) -> Any:
    """Return what YAML 1.2 means, which the worker reads: `1e-5` is a number, `no` is a text. The library reads 1.1."""
    import re

    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, found) for tag, found in rules if tag != "tag:yaml.org,2002:bool"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF"))
    number = re.compile(r"^[-+]?(?:\.\d+|\d+(?:\.\d*)?)[eE][-+]?\d+$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", number, list("-+.0123456789"))
    return yaml.load(text, Loader)
