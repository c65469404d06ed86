"""Every public closed form names its theorems, and every theorem that names a function is named by it.

A closed form is a public function that gives an array, and takes nothing random. So the return annotation decides:
what returns an object of this library's own (`Agreement`), and what is a class, is no closed form.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import divergences
import estimators
import flows
from proofs.documents import catalogue
from proofs.markdown import Block, blocks
from proofs.provers.helpers import PACKAGES

NAMES = re.compile(r"\bTheorems?: ([a-z0-9]+(?:-[a-z0-9]+)*(?:, [a-z0-9]+(?:-[a-z0-9]+)*)*)")
#: Hands laws on to the closed form of their pair: it has as many theorems as there are pairs, and is none of them.
DISPATCHERS = {"divergences.kl"}
RANDOM = {"rng", "generator", "noise", "key", "seed"}


def closed_forms(packages: Iterable[ModuleType]) -> dict[str, Callable[..., Any]]:
    """The public functions that compute a closed form, by dotted name."""
    found = {}
    for package in packages:
        for name in getattr(package, "__all__", ()):
            function = getattr(package, name)
            if inspect.isfunction(function):
                signature = inspect.signature(function)
                dotted = f"{package.__name__}.{name}"
                numbers = signature.return_annotation == "Array" and dotted not in DISPATCHERS
                if numbers and not RANDOM & signature.parameters.keys():
                    found[dotted] = function
    return found


def theorems(function: Callable[..., Any]) -> set[str]:
    """The theorems that a docstring names."""
    return {name for match in NAMES.finditer(function.__doc__ or "") for name in match[1].split(", ")}


def missing_ends(functions: dict[str, Callable[..., Any]], claims: Iterable[Block]) -> list[str]:
    """What is wrong with the links between functions and claims, a sentence each."""
    helpers = {block.name: block.helper.partition("(")[0] for block in claims}
    wrong = [f"{name} names no theorem" for name, function in functions.items() if not theorems(function)]
    for name, function in functions.items():
        for theorem in sorted(theorems(function)):
            if theorem not in helpers:
                wrong.append(f"{name} names the theorem {theorem}, which is not in the catalogue")
            elif helpers[theorem] != name:
                wrong.append(f"{name} names the theorem {theorem}, whose helper is {helpers[theorem] or 'nothing'}")
    for theorem, helper in helpers.items():
        if helper and helper not in functions:
            wrong.append(f"{theorem} names {helper}, which is no public closed form")
        elif helper and theorem not in theorems(functions[helper]):
            wrong.append(f"{theorem} names {helper}, whose docstring does not name it")
    return wrong


PUBLIC = (divergences, estimators, flows)
SHIPPED = closed_forms(PUBLIC)


def test_both_ends_of_every_link_are_there() -> None:
    assert missing_ends(SHIPPED, catalogue()) == []


def test_the_rule_leaves_out_only_what_returns_something_else_than_numbers() -> None:
    assert tuple(package.__name__ for package in PUBLIC) == PACKAGES
    for package in PUBLIC:
        for name in getattr(package, "__all__", ()):
            value = getattr(package, name)
            if f"{package.__name__}.{name}" in SHIPPED.keys() | DISPATCHERS:
                continue
            if callable(value) and not inspect.isclass(value):
                signature = inspect.signature(value)
                returned = getattr(importlib.import_module(value.__module__), signature.return_annotation, None)
                own = inspect.isclass(returned) and returned.__module__.partition(".")[0] in PACKAGES
                assert own or RANDOM & signature.parameters.keys(), f"{name} returns {signature.return_annotation}"


def unnamed(x: float) -> float:
    """No theorem."""
    return x


def stray(x: float) -> float:
    """Theorem: nowhere. No such claim."""
    return x


def disowned(x: float) -> float:
    """Theorems: first, second. The claim `second` names nothing."""
    return x


CLAIMS = "```claim first\n:helper: package.disowned\nx = x\n```\n```claim second\nx = x\n```\n"


@pytest.mark.parametrize(
    ("functions", "text", "words"),
    [
        ({"package.disowned": disowned}, CLAIMS, "names the theorem second, whose helper is nothing"),
        ({"package.unnamed": unnamed}, "", "package.unnamed names no theorem"),
        ({"package.stray": stray}, "", "names the theorem nowhere, which is not in the catalogue"),
        ({}, "```claim a\n:helper: package.gone\nx = x\n```\n", "a names package.gone, which is no public closed form"),
        (
            {"package.unnamed": unnamed},
            "```claim a\n:helper: package.unnamed(flag=True)\nx = x\n```\n",
            "a names package.unnamed, whose docstring does not name it",
        ),
    ],
)
def test_a_missing_end_is_found(functions: dict[str, Callable[..., Any]], text: str, words: str) -> None:
    assert any(words in sentence for sentence in missing_ends(functions, blocks(text)))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_closed_form_that_loses_its_theorem_is_missed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function = SHIPPED[name]
    monkeypatch.setattr(function, "__doc__", re.sub(r"Theorems?: [^.]*\.", "", function.__doc__ or ""))
    assert f"{name} names no theorem" in missing_ends(SHIPPED, catalogue())


@pytest.mark.parametrize("block", [block for block in catalogue() if block.helper], ids=lambda block: block.name)
def test_a_claim_that_is_gone_is_missed(block: Block) -> None:
    rest = [other for other in catalogue() if other.name != block.name]
    assert any(block.name in sentence for sentence in missing_ends(SHIPPED, rest))


def test_no_theorem_is_named_in_a_way_that_the_rule_does_not_read() -> None:
    for package in PUBLIC:
        for path in Path(package.__file__ or "").parent.rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if "Theorem:" in line or "Theorems:" in line:
                    assert NAMES.search(line), f"{path.name}: {line.strip()}"
