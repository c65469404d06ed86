"""The loop that asks the interpreters: with planted ones, what any answers come to; with ours, what a user sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator

import proofs
from proofs.attempt import CROSS_CHECK, INTERPRETERS, Contradiction, Interpreter
from proofs.check import check
from proofs.kernel import Certificate
from proofs.language.tree import Claim, Step
from proofs.outcome import VERDICTS, Counterexample, Meaningless, Proof, Unsupported
from proofs.proposal import Proposal
from proofs.report import Report, claim_to_json, to_json, worst

PROOF = Proof("closed form", gap="right - left = 1 >= 0", assumptions=("p is smooth",), details="20 points")
COUNTEREXAMPLE = Counterexample(
    "finite", "[0.5 +/- 1e-20]", "1/3", values={"x": 0}, spaces={"x": (Fraction(1, 2),)}, tries=3
)
Answer = Callable[[Claim, Step, Generator, int], Proof | Counterexample | None]


def _say(answer: str) -> Answer:
    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> Proof | Counterexample | None:
        if answer == "unsupported":
            raise Unsupported("it speaks of the moon")
        if answer == "meaningless":
            raise Meaningless("a law that integrates to 2")
        if answer == "deep":
            raise RecursionError
        if answer == "hang":
            while True:
                sum(range(100))
        return {"proof": PROOF, "counterexample": COUNTEREXAMPLE}.get(answer)

    return run


def _prover(answer: str) -> Interpreter:
    return Interpreter(f"prover that says {answer}", True, _say(answer))


def _refuter(answer: str) -> Interpreter:
    return Interpreter(f"refuter that says {answer}", False, _say(answer))


_INTERPRETERS = st.lists(
    st.one_of(
        st.sampled_from(["proof", "none", "unsupported", "deep"]).map(_prover),
        st.sampled_from(["counterexample", "none", "unsupported", "deep"]).map(_refuter),
    ),
    max_size=6,
)


def _said(interpreter: Interpreter) -> str:
    return interpreter.name.rsplit(maxsplit=1)[-1]


@given(_INTERPRETERS)
def test_the_verdict_is_what_the_answers_establish(interpreters: list[Interpreter]) -> None:
    answers = [_said(interpreter) for interpreter in interpreters]
    proved = "proof" in answers
    refuted = "counterexample" in answers
    if proved and refuted and answers.index("proof") < answers.index("counterexample"):
        with pytest.raises(Contradiction, match="was proved"):
            check("log p(x) <= 1", interpreters=interpreters)
        return
    report = check("log p(x) <= 1", interpreters=interpreters)
    expected = "refuted" if refuted else "proved" if proved else "open" if "none" in answers else "unsupported"
    assert report.verdict == expected
    (step,) = report.steps
    assert (step.proof is PROOF) == (expected == "proved")
    assert (step.counterexample == COUNTEREXAMPLE) == (expected == "refuted")
    assert bool(step.message) == (expected in ("open", "unsupported") and bool(answers))


@pytest.mark.parametrize(
    ("claim", "prover", "refuter"), [("log p(x) = log q(x)", _prover("proof"), _refuter("counterexample"))]
)
def test_a_planted_contradiction_is_shouted(claim: str, prover: Interpreter, refuter: Interpreter) -> None:
    with pytest.raises(
        Contradiction, match=r"log p\(x\) = log q\(x\)\nwas proved \(closed form\) and refuted by refuter"
    ):
        check(claim, interpreters=[prover, refuter])


def test_a_prover_that_lies_about_a_false_claim_is_caught_by_the_real_refuter() -> None:
    quick = next(interpreter for interpreter in INTERPRETERS if interpreter.name == "finite models")
    finite = replace(quick, quick=False)
    with pytest.raises(Contradiction):
        check("KL(p(x) || q(x)) = KL(q(x) || p(x))", interpreters=[_prover("proof"), finite])


def test_a_quick_refuter_is_asked_before_a_prover_and_not_again_after_a_proof() -> None:
    asked: list[object] = []
    answers = [COUNTEREXAMPLE, None]

    def find(claim: Claim, step: Step, rng: Generator, tries: int) -> Counterexample | None:
        asked.append(tries)
        return answers.pop(0)

    def prove(claim: Claim, step: Step, rng: Generator, tries: int) -> Proof:
        asked.append("prover")
        return Proof("closed form")

    interpreters = [Interpreter("prover", True, prove), Interpreter("refuter", False, find, quick=True)]
    verdicts = [check("log p(x) = log q(x)", tries=500, interpreters=interpreters).verdict for _ in range(2)]
    assert verdicts == ["refuted", "proved"]
    assert asked == [CROSS_CHECK, CROSS_CHECK, "prover"]


@pytest.mark.parametrize("objection", [Meaningless("a law that integrates to 2"), Unsupported("no")])
def test_a_quick_refuter_that_objects_is_asked_again(objection: Exception) -> None:
    def find(claim: Claim, step: Step, rng: Generator, tries: int) -> None:
        raise objection

    refuter = Interpreter("refuter", False, find, quick=True)
    report = check("log p(x) = log q(x)", tries=500, interpreters=[_prover("proof"), refuter])
    assert report.verdict == ("unsupported" if isinstance(objection, Meaningless) else "proved")


def test_a_kernel_proof_without_its_certificate_is_not_believed() -> None:
    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> Proof:
        return Proof("kernel")

    with pytest.raises(Contradiction, match="without a certificate"):
        check("log p(x) = log q(x)", interpreters=[Interpreter("liar", True, run)])


def test_a_certificate_of_another_step_is_not_believed() -> None:
    true = check("KL(p(x) || q(x)) >= 0")

    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> Proof:
        assert true.steps[0].proof is not None
        return true.steps[0].proof

    with pytest.raises(Contradiction, match="without a certificate of this step"):
        check("KL(p(x) || q(x)) <= 0", interpreters=[Interpreter("liar", True, run)])


@pytest.mark.parametrize(
    ("proposed", "verdict"), [("KL(p(x) || q(x)) >= 0", "proved"), ("log p(x) = log q(x)", "open")]
)
def test_a_proposal_is_what_the_kernel_makes_of_it(proposed: str, verdict: str) -> None:
    claim = proofs.expand(proofs.read(proposed))
    proof = check(proposed).steps[0].proof
    instances = () if proof is None or proof.certificate is None else proof.certificate.instances

    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> Proposal:
        return Proposal(Certificate(claim, step, instances), gap="as it says")

    report = check(claim, interpreters=[Interpreter("prover", True, run)])
    assert report.verdict == verdict
    assert report.steps[0].gap == ("as it says" if verdict == "proved" else "")


def test_a_proposal_for_another_step_is_not_believed() -> None:
    other = proofs.expand(proofs.read("log p(x) = log p(x)"))

    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> Proposal:
        return Proposal(Certificate(other, other.steps[0]))

    with pytest.raises(Contradiction, match="without a certificate of this step"):
        check("log p(x) = log q(x)", interpreters=[Interpreter("liar", True, run)])


def test_a_proved_step_is_held_against_few_models_and_an_unproved_one_against_all() -> None:
    seen = []

    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> None:
        seen.append(tries)

    refuter = Interpreter("refuter", False, run)
    check("log p(x) = log q(x)", tries=500, interpreters=[refuter, _prover("proof"), refuter, _prover("none"), refuter])
    assert seen[0] == 500
    assert seen[1] == seen[2] < 500


@pytest.mark.parametrize("before", ["proof", "none", "unsupported"])
def test_a_claim_without_a_meaning_is_unsupported_whatever_a_prover_says(before: str) -> None:
    report = check("log p(x) = log q(x)", interpreters=[_prover(before), _refuter("meaningless")])
    assert report.verdict == "unsupported"
    assert report.steps[0].message == "a law that integrates to 2"
    assert report.steps[0].proof is None
    assert report.assumptions == ()


def test_models_outside_the_domain_of_a_proved_step_are_no_objection_while_others_are_inside() -> None:
    def run(claim: Claim, step: Step, rng: Generator, tries: int) -> None:
        if tries < 500:
            raise Meaningless("undefined on all models")

    assert (
        check("log p(x) = log q(x)", tries=500, interpreters=[_prover("proof"), Interpreter("r", False, run)]).verdict
        == "proved"
    )


def test_models_do_not_depend_on_what_else_is_checked() -> None:
    def draws(text: str, seed: int) -> list[float]:
        seen: list[float] = []

        def run(claim: Claim, step: Step, rng: Generator, tries: int) -> None:
            seen.append(rng.random())

        check(text, seed=seed, interpreters=[Interpreter("refuter", False, run)])
        return seen

    assert draws("log p(x) = log q(x)", 1) == draws("log p(x) = log q(x)", 1) != draws("log p(x) = log q(x)", 2)
    assert draws("log p(x) = log q(x) = log r(x)", 1)[0] != draws("log p(x) = log q(x) = log r(x)", 1)[1]


@pytest.mark.parametrize("first", [_prover("hang"), _refuter("hang")])
def test_the_time_limit_interrupts_and_leaves_room_for_the_next(first: Interpreter) -> None:
    start = time.monotonic()
    report = check("log p(x) = log q(x)", timeout=0.4, interpreters=[first])
    assert time.monotonic() - start < 5
    assert report.verdict == "open"
    assert "time limit" in report.steps[0].message
    assert first.name in report.steps[0].message
    assert (
        check("log p(x) = log q(x)", timeout=0.4, interpreters=[first, _refuter("counterexample")]).verdict == "refuted"
    )
    assert check("log p(x) = log q(x) = log r(x)", timeout=0.4, interpreters=[first]).seconds < 5


def test_a_text_that_cannot_be_read_is_unsupported_and_says_where() -> None:
    report = check("let L = log p(x)\nL = E_{q(z|x)[L]")
    assert report.verdict == "unsupported"
    assert report.steps == ()
    assert report.claim is None
    assert report.place[0] == 2
    assert report.message.startswith(f"line 2, column {report.place[1]}: ")
    assert "^" in report.message


@pytest.mark.parametrize(
    "text", ["(" * 3000 + "x", "log p(x) = " + "-" * 20000 + "1", "exp(" * 500 + "1" + ")" * 500 + " = 1"]
)
def test_hostile_depth_ends_in_a_message(text: str) -> None:
    report = check(text, timeout=10)
    assert report.verdict in ("unsupported", "open")
    assert report.message or report.steps[0].message


@pytest.mark.parametrize("wrong", [3, None, [1, 2], ["log p(x) = log q(x)", 3], []])
def test_what_is_no_claim_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="claim must be a text, a comparison, a list of one of these, or a Claim"):
        check(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"tries": 0}, {"timeout": 0}, {"timeout": -1.0}, {"timeout": float("nan")}])
def test_options_are_checked(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        check("log p(x) = log q(x)", **options)  # type: ignore[arg-type]


def test_python_and_text_are_the_same_claim() -> None:
    x, z = proofs.variables("x z")
    p, q = proofs.densities("p q")
    elbo = proofs.E(q(z | x), proofs.log(p(x, z)) - proofs.log(q(z | x)))
    report = check(proofs.log(p(x)) >= elbo)
    assert report.verdict == "proved"
    assert report.claim == proofs.read("log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]")
    both = check([proofs.log(p(x)) >= elbo, elbo >= proofs.log(p(x))])
    assert [step.verdict for step in both.steps] == ["proved", "refuted"]
    assert both.first_false is both.steps[1]
    assert both.verdict == "refuted"


def test_lines_of_text_are_one_claim() -> None:
    assert check(["log p(x)", "= log p(x,z) - log p(z|x)"]).verdict == "proved"


# --- reports ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(VERDICTS), min_size=1))
def test_the_claims_verdict_is_its_worst_steps(verdicts: list[str]) -> None:
    order = ["refuted", "unsupported", "open", "proved"]
    assert worst(verdicts) == next(verdict for verdict in order if verdict in verdicts)


def test_reports_have_no_truth_value() -> None:
    report = check("log p(x) = log q(x)", interpreters=[_prover("proof")])
    for value in (report, report.steps[0]):
        with pytest.raises(TypeError, match="no truth value"):
            bool(value)


_SCHEMA = {
    "id": (str, type(None)),
    "file": (str, type(None)),
    "line": int,
    "text": str,
    "verdict": str,
    "steps": list,
    "helper": (dict, type(None)),
    "repair": list,
    "seconds": float,
    "message": (str, type(None)),
}
_STEP_SCHEMA = {
    "left": str,
    "relation": str,
    "right": str,
    "verdict": str,
    "evidence": str,
    "gap": (str, type(None)),
    "counterexample": (dict, type(None)),
    "assumptions": list,
}


def _assert_schema(report: Report) -> None:
    import json

    document = json.loads(json.dumps(to_json([claim_to_json(report, name="a", file="f.md", line=3)])))
    assert list(document) == ["version", "claims", "counts"]
    assert document["version"] == 1
    assert document["counts"] == {verdict: int(verdict == report.verdict) for verdict in VERDICTS}
    (claim,) = document["claims"]
    assert list(claim) == list(_SCHEMA)
    assert all(isinstance(claim[key], kind) for key, kind in _SCHEMA.items())
    for step in claim["steps"]:
        assert list(step) == list(_STEP_SCHEMA)
        assert all(isinstance(step[key], kind) for key, kind in _STEP_SCHEMA.items())
        assert (step["counterexample"] is not None) == (step["verdict"] == "refuted")


def test_an_assumption_is_never_ignored() -> None:
    """Whoever does not know of assumptions is not asked: they speak of models that the claim is not about."""
    text = "real a, b\nassume a <= b\na <= b - 1"
    assert {i.name for i in INTERPRETERS if i.assumes} == {"the kernel", "finite models", "models without a value"}
    for interpreter in INTERPRETERS:
        if not interpreter.assumes:
            report = check(text, interpreters=(interpreter,))
            assert report.verdict == "unsupported"
            assert "assumptions" in report.steps[0].message
    assert check("real a, b\nassume a <= b\na <= b").verdict != "refuted"
    assert check("real a\nassume a > 1\nassume a < 0\na = a").verdict == "unsupported"


@given(_INTERPRETERS)
def test_json_has_the_documented_schema(interpreters: list[Interpreter]) -> None:
    try:
        report = check("log p(x) = log q(x) <= log r(x)", interpreters=interpreters)
    except Contradiction:
        return
    _assert_schema(report)


@pytest.mark.parametrize("text", ["E[", "KL(p(x) || q(x)) >= 0", "log p(x) <= log q(x)", "H(p(x)) >= 0"])
def test_json_of_real_reports(text: str) -> None:
    _assert_schema(check(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("KL(p(x) || q(x)) >= 0", ["proved", "kernel", "KL(p(x) || q(x))"]),
        ("log p(x) = log q(x)", ["refuted", "first false: the claim", "left", "right", "counterexample"]),
        ("log p(x) = log p(x) <= 0", ["first false: step 2 of 2"]),
        ("p(x) = (", ["unsupported", "line 1", "^"]),
    ],
)
def test_a_printed_report_says_what_was_found(text: str, words: list[str]) -> None:
    printed = str(check(text))
    assert "\x1b" not in printed
    for word in words:
        assert word in printed


def test_numbers_beyond_floating_point_are_no_error() -> None:
    assert check("sin(1e400) <= 1").verdict == "proved"
    assert check("density p(x)\np(x)*1e400 >= 0").verdict == "proved"
    assert check("density p(x)\np(x) <= 1e400").verdict == "open"
    assert check("1 <= H(p(x)) <= 1e400").repair is not None
