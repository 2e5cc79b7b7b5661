"""A plug-in that is a Python file: `train(config, report)`, and what else it may have."""

import importlib.util
import inspect
import random
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tuning_trainer.failures import TrialError, classify
from tuning_trainer.plugins.course import Course, Ended
from tuning_trainer.plugins.described import rows_of
from tuning_trainer.plugins.libraries import versions_for
from tuning_trainer.plugins.report import Report
from tuning_trainer.reporter import Reporter


class FunctionPlugin:
    """TRAINER. The file is imported in the process of each command, so an edit counts from the next one on."""

    def __init__(self, config: dict[str, Any], project: Path) -> None:
        self.config = config
        self.name = config["TRAINER"]
        self.path = project / self.name
        self.files = [self.path]
        self.trains_by = f"{self.name}: train(config, report)"
        self.evaluates_by = f"{self.name}: evaluate(config, model_dir, split)"
        if not self.path.is_file():
            raise TrialError("bad_config", f"TRAINER: {self.name} is not a file (looked for {self.path})")
        self._module = _loaded(self.path, self.name)
        self.versions = versions_for(self.path)
        self._expect("train", "(config, report)", needed=True)

    def _expect(self, name: str, parameters: str, needed: bool = False) -> Callable[..., Any] | None:
        """Return a function of the file, None where it has none; one that cannot be called so is refused."""
        found = getattr(self._module, name, None)
        if found is None and not needed:
            return None
        if not callable(found):
            has = "has no function" if found is None else "has something else than a function as"
            raise TrialError("bad_config", f"TRAINER: {self.name} {has} {name}; it must define def {name}{parameters}")
        wanted = parameters.count(",") + 1
        try:
            inspect.signature(found).bind(*range(wanted))
        except TypeError as error:
            message = f"TRAINER: {self.name}: {name} cannot be called as {name}{parameters}: {error}"
            raise TrialError("bad_config", message) from error
        return found

    def inspect(self, reporter: Reporter) -> tuple[dict[str, Any], bool]:
        """Run `check(config)` and `describe(config)` where the file has them."""
        check, describe = self._expect("check", "(config)"), self._expect("describe", "(config)")
        evaluate = self._expect("evaluate", "(config, model_dir, split)")
        if check:
            self._call(check, "bad_config", self.config)
        reporter.alive("load")
        said = self._call(describe, "bad_config", self.config) if describe else {}
        return rows_of(said, f"TRAINER: {self.name}: describe(config)"), evaluate is not None

    def train(self, course: Course, model_dir: Path) -> Any:
        """Call `train(config, report)` with everything seeded."""
        seed(self.config["SEED"])
        return self._call(self._module.train, "trainer_bug", self.config, Report(course, model_dir))

    def evaluate(self, config: dict[str, Any], model_dir: Path, split: str, reporter: Reporter) -> float | Sequence[float]:
        """Call `evaluate(config, model_dir, split)`."""
        evaluate = self._expect("evaluate", "(config, model_dir, split)")
        if evaluate is None:
            raise TrialError("bad_config", f"TRAINER: {self.name} has no evaluate(config, model_dir, split)")
        seed(config["SEED"])
        return self._call(evaluate, "trainer_bug", config, model_dir, split)

    def _call(self, function: Callable[..., Any], kind: str, *arguments: Any) -> Any:
        """Call a function of the file; what it raises becomes a failure that says where.

        Args:
            kind: of a failure that is no other one, such as out of memory.
        """
        try:
            return function(*arguments)
        except Ended as ended:
            raise ended.error from ended
        except (Exception, SystemExit) as error:
            found, message, facts = classify(error)
            if not isinstance(error, TrialError) and found == "trainer_bug":
                at = _place_in(self.path, error)
                raise TrialError(kind, f"{message}{f' ({self.name}, line {at})' if at else ''}", **facts) from error
            raise TrialError(found, message, **facts) from error


def seed(number: int) -> None:
    """Seed Python, NumPy, and torch where it is imported already."""
    import numpy

    random.seed(number)
    numpy.random.seed(number)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(number)


def _loaded(path: Path, name: str) -> ModuleType:
    # Its own folder, and no cache of an earlier version: both only in this process.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(f"tuning_plugin_{path.stem}", path)
    assert spec and spec.loader, "a file that ends in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        kind, message, facts = classify(error)
        at = error.lineno if isinstance(error, SyntaxError) and error.filename == str(path) else _place_in(path, error)
        where = f", line {at}" if at else ""
        kind = "bad_config" if kind == "trainer_bug" else kind
        raise TrialError(kind, f"TRAINER: {name} cannot be imported{where}: {message}", **facts) from error
    return module


def _place_in(path: Path, error: BaseException) -> int | None:
    """Return the innermost line of the file that an exception passed through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None
