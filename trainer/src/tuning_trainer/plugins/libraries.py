"""Versions of the libraries that a plug-in's file imports: an upgrade makes other trainings of it. Runs in a child."""

import ast
from importlib import metadata
from pathlib import Path

#: What its seeded random numbers and most of what computes in Python go through, imported by it or by what it imports.
_ALWAYS = ("numpy", "scipy", "scikit-learn")


def versions_for(path: Path) -> dict[str, str]:
    """Return the versions of what a Python file imports, wherever in it, by the names of distributions.

    What is imported by its imports in turn is left out, and so are modules of no distribution: its own, and Python's.
    """
    distributions = metadata.packages_distributions()
    named = {name for module in _imported_by(path) for name in distributions.get(module, [])}
    versions = {}
    for name in sorted({*named, *_ALWAYS}):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _imported_by(path: Path) -> set[str]:
    """Return the first parts of the names of modules."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found
