"""The audit of torch.distributions: what it finds is there, and its page says how to see it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proofs.cli import app
from proofs.conformance.audit import audit_torch, page

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "audits" / "torch-distributions.md"


def kinds(first: str, second: str) -> set[str]:
    (entry,) = audit_torch(pairs=[(first, second)], examples=0)
    assert entry.report is not None
    return {finding.kind for finding in entry.report.findings}


def test_known_faults_of_the_registry_are_found() -> None:
    # Each is plain from the source of torch/distributions/kl.py: masks of one law's shape, a product 0 · −inf, and the
    # logarithm of a ratio of zeros.
    assert "broadcasting" in kinds("Bernoulli", "Bernoulli")
    assert {"wrong support", "infinite"} <= kinds("Binomial", "Binomial")
    assert "nan" in kinds("Poisson", "Poisson")
    assert "lost digits" in kinds("Normal", "Normal")


def test_vectors_and_integrals_are_audited() -> None:
    assert kinds("LowRankMultivariateNormal", "MultivariateNormal") == set()
    assert "negative" in kinds("Dirichlet", "Dirichlet")
    (entry,) = audit_torch(pairs=[("Independent", "Independent")])
    assert entry.report is None
    assert "audited" in entry.reason


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    output = tmp_path / "audit.md"
    arguments = [
        "audit",
        "torch.distributions",
        "--pair",
        "Exponential,Exponential",
        "--examples",
        "0",
        "-o",
        str(output),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "lost digits" in result.output
    text = output.read_text(encoding="utf-8")
    assert "| Exponential ‖ Exponential |" in text
    assert "D.Exponential(rate=t(" in text
    assert CliRunner().invoke(app, ["audit", "numpy"]).exit_code == 2
    assert CliRunner().invoke(app, ["audit", "torch.distributions", "--pair", "Normal"]).exit_code == 2


def test_a_page_without_findings_has_none() -> None:
    text = page(list(audit_torch(pairs=[("Exponential", "Gamma")], examples=0)), library="l", version="1")
    assert "| Exponential ‖ Gamma | " in text
    assert "| none |" in text


_LINE = r"^([a-z ]+), (float\d\d): (.*?) for (.*?) \(.*\)\n\n```python\n(.*)\n```"
LINES = re.findall(_LINE, PAGE.read_text(encoding="utf-8") if PAGE.exists() else "", flags=re.M)


@pytest.mark.skipif(not LINES, reason="the source tree has no docs")
def test_the_published_lines_print_what_the_page_says() -> None:
    """A sample of the page, run as a reader would."""
    sample = [line for line in LINES if line[0] in ("wrong support", "infinite", "nan", "negative", "lost digits")][::9]
    assert len(sample) > 5
    code = "\n".join(line[4].partition("  #")[0] for line in sample)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    for printed, (kind, _, got, _, _) in zip(done.stdout.splitlines(), sample, strict=True):
        assert printed == got or float(printed) == pytest.approx(float(got), rel=1e-3, abs=1e-15), (kind, got)
