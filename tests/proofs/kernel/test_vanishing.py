"""Laws that may vanish: 0 log 0 = 0 under the law, and nothing more than that."""

from __future__ import annotations

import pytest

from proofs import check
from proofs.kernel import Certificate, Reader, Rejected, Unsupported, normal_form
from proofs.kernel import check as verify
from proofs.language import expand, read
from proofs.outcome import Unsupported as OutsideFragment
from proofs.provers.linear import prove

V = "density v(x) >= 0\n"
TWO = "density v(x) >= 0\ndensity w(x) >= 0\n"

PROVED = {
    "what may be infinite above what is not": V + "density q(x)\nKL(q(x) || v(x)) + 1 > 0",
    "a divergence from a positive law": V + "density q(x)\nKL(v(x) || q(x)) >= 0",
    "a divergence from any law": TWO + "KL(v(x) || w(x)) >= 0",
    "cross-entropy and entropy": V + "density q(x)\nKL(v(x) || q(x)) = CE(v(x) || q(x)) - H(v(x))",
    "Gibbs": V + "density q(x)\nE_{v(x)}[log v(x)] >= E_{v(x)}[log q(x)]",
    "a guide that may vanish": "density p(x, z)\ndensity q(z|x) >= 0\n"
    "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))",
    "its bound": "density p(x, z)\ndensity q(z|x) >= 0\nlog p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "data processing": "density p(x, y) >= 0\ndensity q(x, y)\nKL(p(x) || q(x)) <= KL(p(x,y) || q(x,y))",
    "a mixture is positive where its parts are": TWO + "JSD(v(x) || w(x)) <= log(2)",
    "and its divergence non-negative": TWO + "JSD(v(x) || w(x)) >= 0",
    "mixing adds entropy": TWO + "let m(x) = v(x)/2 + w(x)/2\nH(m(x)) >= 1/2*H(v(x)) + 1/2*H(w(x))",
    "a marginal under the joint law": "density p(x, y) >= 0\nE_{p(x,y)}[log p(x)] = E_{p(x)}[log p(x)]",
    "an outer law": V + "density q(z|x)\nE_{v(x)}[E_{q(z|x)}[log v(x)]] = -H(v(x))",
    "a tilted law": "density p(x)\nfunction C(x) in [0, 1]\nlet Z = int_{x}[p(x)*C(x)]\nlet r(x) = p(x)*C(x)/Z\n"
    "E_{r(x)}[log(p(x)*C(x))] = E_{r(x)}[log p(x)] + E_{r(x)}[log C(x)]",
    "total variation": V + "density q(x)\nTV(v(x) || q(x)) <= 1",
}

NOT_PROVED = {
    "infinity below infinity": V + "density q(x)\nKL(q(x) || v(x)) < KL(q(x) || v(x)) + 1",
    "minus infinity above itself": V + "density q(x)\n1 - KL(q(x) || v(x)) > -KL(q(x) || v(x))",
    "a reciprocal under the law": V + "E_{v(x)}[1/v(x)] = int_{x}[1]",
    "a reciprocal by its logarithm": V + "E_{v(x)}[exp(-log v(x))] = int_{x}[1]",
    "a reciprocal by a power of e": V + "E_{v(x)}[exp(-2*log v(x))*v(x)] = int_{x}[1]",
    "a likelihood ratio": V + "density q(x)\nE_{v(x)}[exp(log q(x) - log v(x))] = 1",
    "importance weights": V + "density q(x)\nE_{v(x)}[q(x)/v(x)] = 1",
    "a reciprocal of a mixture, elsewhere": TWO + "let m(x) = v(x)/2 + w(x)/2\ndensity q(x)\n"
    "E_{m(x)}[exp(log q(x) - log m(x))] = 1",
    "symmetry": TWO + "KL(v(x) || w(x)) = KL(w(x) || v(x))",
    "one divergence for another": TWO + "density u(x) >= 0\nKL(v(x) || u(x)) = KL(w(x) || u(x))",
    "the entropy of a density": V + "H(v(x)) >= 0",
    "the logarithm at a point": V + "log v(x) <= v(x)",
    "a logarithm under another law": V + "density q(x)\nE_{q(x)}[log v(x) - log v(x)] = 0",
    "the exponential of what may be infinite": TWO + "exp(-KL(v(x) || w(x))) > 0",
    "its reciprocal": TWO + "1/(1 + KL(v(x) || w(x))) > 0",
    "its powers": TWO + "(1 + KL(v(x) || w(x)))^(-1) > 0",
    "its ratio": TWO + "KL(v(x) || w(x))/(1 + KL(v(x) || w(x))) < 1",
    "its logarithm": TWO + "log(1 + KL(v(x) || w(x))) < log(2 + KL(v(x) || w(x)))",
    "its product": TWO + "KL(v(x) || w(x))*KL(w(x) || v(x)) >= 0",
    "a logarithm outside of its law": V + "E_{v(x)}[log v(x)] = log v(x)",
}


@pytest.mark.parametrize("text", PROVED.values(), ids=PROVED)
def test_what_holds_for_laws_that_vanish_is_proved(text: str) -> None:
    """`check` holds it against models, too, some of whose masses are zero."""
    assert check(text).verdict == "proved"


@pytest.mark.parametrize("text", NOT_PROVED.values(), ids=NOT_PROVED)
def test_what_does_not_is_not(text: str) -> None:
    claim = expand(read(text))
    try:
        proof = prove(claim, claim.steps[-1])
    except OutsideFragment:
        return
    assert proof is None


def test_the_support_of_a_law_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: every logarithm has a value under every law."""
    claim = expand(read(NOT_PROVED["a logarithm under another law"]))
    certificate = Certificate(claim, claim.steps[-1])
    with pytest.raises((Rejected, Unsupported)):
        verify(certificate)
    monkeypatch.setattr(normal_form, "is_supported", lambda poly, env: True)
    verify(certificate)


def test_what_is_refused_is_refused_again() -> None:
    claim = expand(read(NOT_PROVED["the exponential of what may be infinite"]))
    kernel = Reader(claim)
    for _ in range(2):
        with pytest.raises(Unsupported):
            kernel.read(claim.steps[0].left)
