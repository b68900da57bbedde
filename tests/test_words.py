"""One word for one thing: words that meant several things, or nothing to a newcomer, stand nowhere."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(path for path in (ROOT / "otelrum").rglob("*.py") if "pb" not in path.parts)
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if not {"node_modules", "pasted"} & set(path.parts))
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("otelrum/**/*.md"), ROOT / "browser/README.md"]
)
SCRIPTS = sorted(
    path
    for folder in ("browser", "examples", "tests/browser", "otelrum/extensions/live_view/page")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".js", ".jsx", ".ts", ".html") and "node_modules" not in path.parts and ".min." not in path.name
)
SHIPPED = sorted(path for folder in ("config", "deploy") for path in (ROOT / folder).rglob("*.y*ml"))

# In names and in sentences: the word, and what is said instead.
WORDS = {
    "forget": "drop, evict or expire: whichever it is",
    "forgets": "drops, evicts or expires: whichever it is",
    "forgotten": "dropped, evicted or expired: whichever it is",
    "inlet": "pipeline input",
    "kin": "related",
    "relieve": "evict",
    "settle": "decide, resolve, answer: whichever it is",
    "settled": "decided, resolved, answered: whichever it is",
    "settles": "decides, resolves, answers: whichever it is",
    "tally": "counters",
    "taught": "fed",
    "tell": "report, describe, publish: whichever it is",
    "telling": "report",
    "tells": "reports, describes, publishes: whichever it is",
    "told": "reported, described, published: whichever it is",
    "twin": "counterpart",
    "twins": "counterparts",
}
# In names only: in a sentence each means what it means to everybody.
NAMES = WORDS | {
    "apart": "groups",
    "exposure": "metric readers",
    "gaps": "durability warnings",
    "given": "what it is: options, patterns, arguments",
    "lasts": "durable",
    "lazy": "groups",
    "learn": "update",
    "learning": "update",
    "piece": "interval, chunk, part: whichever it is",
    "pieces": "intervals, chunks, parts: whichever it is",
    "promises": "durability",
    "reach": "extent, interval, latest end: whichever it is",
    "sorter": "reader",
    "sorting": "reading",
    "turn": "request, iteration, slot: whichever it is",
    "turns": "requests, iterations, slots: whichever it is",
    "wake": "timer, notify: whichever it is",
    "wakes": "timers",
    "wanted": "what it is: keys, expected",
}
# Names that others gave, by the file that uses them.
THEIRS = {
    ("collector/building.py", "TopologicalSorter"): "graphlib",
    ("exporters/file/rotation.py", "tell"): "a file's position",
    ("processors/rum_action/user_agent.py", "load_lazy_builtins"): "ua_parser",
}
SPEC = ROOT / "docs" / "spec.md"
"""The contract, word for word; the glossary in it is ours."""

# What keeps a word.
KEPT = {
    "otelrum_action_forgotten_views": "a metric keeps its name",
    "long_animation_frame.told_ms": "an attribute keeps its name",
}
# Sentences of tests use English words that no name of the code may: `a batch is given up`, `gaps of offsets`.
OF_TESTS = {word: NAMES[word] for word in (*WORDS, "apart", "lasts", "twin", "twins", "wakes", "wanted")}


def names_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        name = getattr(node, "name", None) or getattr(node, "arg", None) or getattr(node, "attr", None)
        name = name or (node.id if isinstance(node, ast.Name) else None)
        if isinstance(name, str):
            yield name


def words_of(name: str) -> set[str]:
    """`first_view` and `FirstView` are `first` and `view`."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def sentences_of(source: str) -> Iterator[str]:
    """The docstrings and comments of a file; a docstring is a text that stands alone in its line."""
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        starts_line = before in (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and starts_line):
            yield token.string
        before = token.type


def names_of_script(text: str) -> Iterator[str]:
    """Each word of it, those that a name is made of too."""
    for kept in KEPT:
        text = text.replace(kept, "")
    for name in re.findall(r"[A-Za-z]+", text):
        yield from words_of(name)


def in_prose(text: str) -> set[str]:
    for kept in KEPT:
        text = text.replace(kept, "")
    return WORDS.keys() & set(re.findall(r"[a-z]+", text.lower()))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", CODE, ids=place)
def test_no_name_is_a_word_with_another_meaning(path: Path) -> None:
    own = path.relative_to(ROOT / "otelrum").as_posix()
    names = {name for name in names_of(ast.parse(path.read_text())) if (own, name) not in THEIRS} | {path.stem}
    found = {f"{name}: say {NAMES[word]}" for name in names for word in words_of(name) & NAMES.keys()}
    assert not found


@pytest.mark.parametrize("path", TESTS, ids=place)
def test_tests_speak_the_same_language(path: Path) -> None:
    names = set(names_of(ast.parse(path.read_text()))) if path != Path(__file__) else set()
    assert not {f"{name}: say {OF_TESTS[word]}" for name in names for word in words_of(name) & OF_TESTS.keys()}


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=place)
def test_no_sentence_in_the_code_has_such_a_word(path: Path) -> None:
    found = in_prose("\n".join(sentences_of(path.read_text()))) if path != Path(__file__) else set()
    assert not {f"{word}: say {WORDS[word]}" for word in found}


@pytest.mark.parametrize("path", SCRIPTS, ids=place)
def test_scripts_speak_the_same_language(path: Path) -> None:
    """Names and sentences, and the pages of their tests."""
    text = "\n".join(names_of_script(path.read_text()))
    assert not {f"{word}: say {WORDS[word]}" for word in in_prose(text)}


@pytest.mark.parametrize("path", SHIPPED, ids=place)
def test_no_sentence_in_a_shipped_configuration_has_such_a_word(path: Path) -> None:
    assert not {f"{word}: say {WORDS[word]}" for word in in_prose(path.read_text())}


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_no_sentence_in_the_documents_has_such_a_word(path: Path) -> None:
    text = path.read_text()
    own = text.partition("## Glossary")[2].partition("## 1. Words")[0] if path == SPEC else text
    assert own and not {f"{word}: say {WORDS[word]}" for word in in_prose(own)}


def test_each_exception_is_needed() -> None:
    for (file, name), whose in THEIRS.items():
        assert name in names_of(ast.parse((ROOT / "otelrum" / file).read_text())), f"{whose} is not used in {file}"


def test_each_class_has_a_name_of_its_own() -> None:
    classes = [
        (node.name, place(path))
        for path in CODE
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    names = [name for name, _ in classes]
    assert sorted(one for one in classes if names.count(one[0]) > 1) == []
