"""Every text for people that the trainer says has its Chinese in the product's catalogue, by its template."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

_TRAINER = Path(__file__).parents[1] / "src" / "tuning_trainer"
_CHINESE = Path(__file__).parents[2] / "src" / "words" / "zh"

# Not for people, or no words by themselves: a row's place (`{0} row {1}` is there), names of functions and events, queries.
_OTHERS = {
    " row ",
    "{0} (hub)",
    "{0}{1} (hub)",
    "(config, report)",
    "TRAINER_COMMAND: finished",
    "TRAINER: {0}: describe(config)",
    "{0}: train(config, report)",
    "{0}: evaluate(config, model_dir, split)",
    "(config, model_dir, split)",
    "attributes.start_time ASC",
    "npm run test:trainer --",
    "tags.`{0}` = '{1}' AND tags.`tuning.kind` = 'run'",
    "tags.`{0}` = '{1}' AND tags.`tuning.kind` = 'trial'",
    "usage: python -m tuning_trainer serve | advise | slots | check-data",
}


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and template of every string with words: parts that lie in one another's places are texts by themselves."""
    passed_over = set(_no_texts(tree))
    for node in ast.walk(tree):
        if node in passed_over:
            continue
        template = _template(node)
        if template is not None and " " in template.strip() and re.search("[a-z]{2}", re.sub(r"\{\d+\}", "", template)):
            yield node.lineno, template.strip("\n")  # type: ignore[attr-defined]


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts, places = "", 0
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts += value.value
        else:
            parts += f"{{{places}}}"
            places += 1
    return parts


def _no_texts(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the strings that are docstrings, types, patterns, what joins others, or pieces of a template."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as alone):
                yield alone
            case ast.JoinedStr(values=values):
                yield from (value for value in values if isinstance(value, ast.Constant))
            case ast.FormattedValue(format_spec=ast.JoinedStr() as format_spec):
                yield format_spec
            case ast.Call(func=ast.Attribute(value=ast.Constant() as joint, attr="join")):
                yield joint
            case ast.Call(
                func=ast.Attribute(attr="compile" | "search" | "match" | "sub") | ast.Name(id="cast"), args=[first, *_]
            ):
                yield first
        for annotation in (getattr(node, name, None) for name in ("annotation", "returns")):
            if annotation is not None:
                yield from ast.walk(annotation)
        if isinstance(node, ast.Subscript):
            yield from ast.walk(node.slice)


def _said() -> dict[str, str]:
    """Return every text of the trainer, with the place where it is said."""
    return {
        template: f"{path.relative_to(_TRAINER)}:{line}"
        for path in sorted(_TRAINER.rglob("*.py"))
        for line, template in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if template not in _OTHERS
    }


def _known() -> set[str]:
    return {key for file in _CHINESE.glob("*.json") for key in json.loads(file.read_text(encoding="utf-8"))}


def test_every_text_has_its_chinese() -> None:
    said, known = _said(), _known()
    assert len(said) > 200
    assert {place: text for text, place in said.items() if text not in known} == {}


def test_texts_are_found_with_their_places() -> None:
    source = '''
def f(x: "list[a b]") -> "dict[c, d]":
    """Say nothing."""
    raise Error(f"{x!r} is no {x['a b']:.3f} of {'two words' if x else y}", "and " "joined " f"to {x}", " or ".join(x))
'''
    assert {text for _, text in _texts(ast.parse(source))} == {"{0} is no {1} of {2}", "two words", "and joined to {0}"}
