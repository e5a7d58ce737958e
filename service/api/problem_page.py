"""Writes the part of docs/api-reference.md that has the words and codes of all problems."""

import ast
import importlib
import importlib.util
import inspect
import json
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus
from importlib.machinery import SourceFileLoader
from types import ModuleType

import msgspec

import service.api
from service.api.markdown import row
from service.api.problems import PROBLEM_TEXTS, problem_body
from service.sentences.catalogue import CATALOGUE
from tracker.wording import Wording

HEAD = """
## Problems

`type` is `about:blank#` and a word of the first table. `code` is one of the second; `values` fill
the braces of its English text, some in a format that stands behind the name. A word goes with
several codes where the reason varies; where none stands beside it, the reason comes from within the
service, with a code of the second table. Paths that do not exist and methods that a path does not
have bear the status in words, such as `not-found`. Sentences also fill in others: then `values` has
their code, values and text.

```json
"""
WORDS = "| Status | Word in `type` | Codes |\n|---|---|---|\n"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CODES = "| Code | Values | English |\n|---|---|---|\n"


def problems() -> str:
    """Return an example of a problem, every word of `type` and every code, as Markdown."""
    example = problem_body(422, *PROBLEM_TEXTS[422])
    shown = json.dumps(msgspec.to_builtins(example), indent=2)
    return "".join([HEAD, shown, "\n```\n\n", WORDS, *_words(), "\n", CODES, *_codes()])


def _codes() -> Iterator[str]:
    for code, wording in sorted(CATALOGUE.items()):
        names = ", ".join(f"`{name}`" for name in sorted(wording.names))
        yield row(f"`{code}`", names, wording.english)


def _words() -> Iterator[str]:
    """Yield a row for each status and word, from where the routes' sources name them."""
    found: dict[tuple[int, str], set[str]] = {}
    for known in pkgutil.walk_packages(service.api.__path__, "service.api."):
        found_at = importlib.util.find_spec(known.name)
        if found_at is None or not isinstance(found_at.loader, SourceFileLoader):
            continue  # a library of C raises no problem, and cannot be imported
        module = importlib.import_module(known.name)
        for status, word, codes in _of(module):
            found.setdefault((status, word), set()).update(codes)
    for (status, word), codes in sorted(found.items()):
        yield row(str(status), f"`{word}`", ", ".join(f"`{code}`" for code in sorted(codes)))


def _of(module: ModuleType) -> Iterator[tuple[int, str, set[str]]]:
    """Yield status, word and codes of each problem that a module raises."""
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            for call in _problems_of(node):
                match call.args:
                    case [ast.Constant(int(status)), ast.Constant(str(word)), detail]:
                        yield status, word, set(_codes_of(_set_before(detail, node), module))
        if isinstance(node, ast.Dict):
            yield from _table(node)


def _problems_of(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem":
            yield node


def _set_before(detail: ast.expr, function: ast.AST) -> ast.expr:
    """Return what a variable was set to last before it is used; others as they are."""
    if not isinstance(detail, ast.Name):
        return detail
    texts = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == detail.id
        and node.lineno < detail.lineno
    ]
    return max(texts, key=lambda text: text.lineno, default=detail)


def _codes_of(detail: ast.expr, module: ModuleType) -> Iterator[str]:
    """Yield the code of a sentence that is filled in here, or of both that may be."""
    match detail:
        case ast.IfExp(body=one, orelse=other):
            yield from _codes_of(one, module)
            yield from _codes_of(other, module)
            return
        case ast.Call(func=ast.Name(name)):
            wording = vars(module).get(name)
        case ast.Call(func=ast.Attribute(ast.Name(place), name)):
            wording = getattr(vars(module).get(place), name, None)
        case _:
            return
    if isinstance(wording, Wording):
        yield wording.code


def _table(table: ast.Dict) -> Iterator[tuple[int, str, set[str]]]:
    """Yield what a table from words to statuses has."""
    for key, value in zip(table.keys, table.values, strict=True):
        match key, value:
            case ast.Constant(str(word)), ast.Attribute(ast.Name("HTTPStatus"), name):
                yield int(HTTPStatus[name]), word, set()
