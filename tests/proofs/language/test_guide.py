"""The examples of the language's guide run as printed."""

import doctest
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs" / "language.md"


def test_the_guide() -> None:
    result = doctest.testfile(str(GUIDE), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0
