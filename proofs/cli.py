"""The command line: ``proofs check``, ``verify``, ``mutate``, ``list``, ``show``, ``axioms``.

Everything that is slow to load (sympy, torch, the provers) is loaded by the command that needs it, so that
``proofs --help`` answers at once.
"""

from __future__ import annotations

import difflib
import json
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import typer

if TYPE_CHECKING:
    from proofs.documents import Outcome
    from proofs.markdown import Block

T = TypeVar("T")

AS_EXPECTED, NOT_AS_EXPECTED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="proofs",
    help="Prove or refute claims about probability, written as a paper writes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The console command ``proofs``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without the mark for "proved" still gets its table
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"proofs {version('probability-proofs')}")
        raise typer.Exit


@app.callback()
def _common(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


@app.command()
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILES]...",
            help="Markdown files with claim blocks, folders of them, or - for standard input. The catalogue if none.",
            show_default=False,
        ),
    ] = None,
    expressions: Annotated[
        list[str] | None,
        typer.Option("-e", "--expression", metavar="CLAIM", help="A claim to check instead; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    in_full: Annotated[bool, typer.Option("--full", "-v", help="Print every claim in full.")] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Time limit for each claim.")] = 30.0,
    allow_open: Annotated[
        bool, typer.Option("--allow-open", help="Let a claim stay open where a proof was expected.")
    ] = False,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Pass over files without claims.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="What the models are drawn from.")] = 0,
    tries: Annotated[int, typer.Option(min=1, help="How many models a refuter draws.", show_default="1000")] = 1000,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=0, metavar="N", help="How many processes; 0 is one for each core.")
    ] = 1,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Check everything again, and keep nothing of what is found.")
    ] = False,
    cache_dir: Annotated[
        str,
        typer.Option("--cache-dir", metavar="DIR", help="Where what is found is kept, in place of the user's cache."),
    ] = "",
    certificates: Annotated[
        str, typer.Option("--certificates", metavar="DIR", help="Write a file for each step that the kernel proved.")
    ] = "",
) -> None:
    """Check claims. Exit status: 0 all as expected, 1 some claim is not, 2 the input is unusable."""
    from proofs.cache import Cache, default_folder
    from proofs.documents import check_blocks

    if not timeout > 0:
        raise typer.BadParameter("must be a positive number of seconds", param_hint="--timeout")
    if files and expressions:
        raise typer.BadParameter("is given together with files; name one or the other", param_hint="-e")
    blocks = _expressions(expressions) if expressions else _documents(files, allow_empty)
    start = time.perf_counter()
    cache = None if no_cache else Cache(Path(cache_dir) if cache_dir else default_folder())
    outcomes = check_blocks(
        blocks, seed=seed, tries=tries, timeout=timeout, allow_open=allow_open, jobs=jobs, cache=cache
    )
    done, problem = _run(outcomes, len(blocks), "claims", lambda outcome: outcome.block.name)
    if as_json:
        _print_json(done)
    else:
        _print(done, time.perf_counter() - start, in_full=in_full or bool(expressions))
    if certificates:
        _write_certificates(done, Path(certificates))
    if problem is not None:
        typer.echo(problem.words, err=True)
        raise typer.Exit(problem.status)
    if any(outcome.block.problem or (expressions and outcome.report.claim is None) for outcome in done):
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(AS_EXPECTED if all(outcome.as_expected for outcome in done) else NOT_AS_EXPECTED)


@app.command(name="list")
def list_() -> None:
    """List the built-in claims."""
    from proofs.display import console, listing
    from proofs.documents import catalogue
    from proofs.language import read

    console().print(listing((block, len(read(block.text).steps)) for block in catalogue()))


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="The name of a built-in claim, as `proofs list` prints it.")
    ],
    latex: Annotated[bool, typer.Option("--latex", help="Print the claim as LaTeX, unchecked.")] = False,
) -> None:
    """Show a built-in claim: what it says, its steps, their proofs, gaps and assumptions."""
    from proofs.display import console, page
    from proofs.documents import catalogue, check_blocks

    blocks = {block.name: block for block in catalogue()}
    if name not in blocks:
        near = difflib.get_close_matches(name, blocks, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `proofs list` prints the names"
        typer.echo(f"error: no built-in claim is named {name}{hint}", err=True)
        raise typer.Exit(UNUSABLE)
    if latex:
        from proofs.language import read, to_latex

        typer.echo(to_latex(read(blocks[name].text)))
        return
    done, problem = _run(check_blocks([blocks[name]]), 1, "claims", lambda outcome: outcome.block.name)
    for outcome in done:
        console().print(page(outcome))
    if problem is not None:
        typer.echo(problem.words, err=True)
        raise typer.Exit(problem.status)


@app.command()
def axioms() -> None:
    """Print every inequality that the kernel takes for granted, with its proof."""
    import inspect

    from proofs.kernel import SCHEMAS

    typer.echo("\n\n".join(f"{schema.__name__}\n\n{inspect.getdoc(schema)}" for schema in SCHEMAS))


@app.command()
def verify(
    files: Annotated[list[str], typer.Argument(metavar="CERTIFICATE...", help="Files, or folders of *.json files.")],
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Time limit for each certificate.")] = 30.0,
) -> None:
    """Check certificates again with the kernel alone, and say what they prove.

    Exit status: 0 all hold, 1 the kernel rejects one, 2 a file is no certificate.
    """
    from proofs.certificates import MAX_BYTES, CertificateError
    from proofs.kernel import Rejected, Unsupported
    from proofs.limits import TimeLimit, within

    if not timeout > 0:
        raise typer.BadParameter("must be a positive number of seconds", param_hint="--timeout")
    paths = [
        path for file in files for path in (sorted(Path(file).glob("*.json")) if Path(file).is_dir() else [Path(file)])
    ]
    status = AS_EXPECTED if paths else UNUSABLE
    for path in paths:
        try:
            with path.open("rb") as stream:
                text = stream.read(MAX_BYTES + 1)
            statement, assumptions = within(timeout, partial(_verified, text))
        except OSError as error:
            typer.echo(f"error: {path}: {error.strerror or error}", err=True)
            status = UNUSABLE
        except CertificateError as error:
            typer.echo(f"error: {path}: {error}", err=True)
            status = UNUSABLE
        except (Rejected, Unsupported, TimeLimit) as error:
            typer.echo(f"{path}: rejected: {error if str(error) else 'the time limit passed'}")
            status = max(status, NOT_AS_EXPECTED)
        else:
            typer.echo(f"{path}: proved by the kernel")
            lines = [*statement.splitlines(), *(f"assuming that {assumption}" for assumption in assumptions)]
            typer.echo("\n".join(f"  {line}" for line in lines))
    if not paths:
        typer.echo(f"error: {', '.join(files)}: no certificates (*.json) here", err=True)
    raise typer.Exit(status)


@app.command()
def mutate(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILES]...", help="As for check; the catalogue if none.", show_default=False),
    ] = None,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=0, metavar="N", help="How many processes; 0 is one for each core.")
    ] = 1,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Time limit for each mutant.")] = 10.0,
    seed: Annotated[int, typer.Option(min=0, help="What the models are drawn from.")] = 0,
    tries: Annotated[int, typer.Option(min=1, help="How many models a refuter draws.", show_default="1000")] = 1000,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Try everything again, and keep nothing.")] = False,
    cache_dir: Annotated[
        str, typer.Option("--cache-dir", metavar="DIR", help="Where what is found is kept, so that a run can go on.")
    ] = "",
    write: Annotated[str, typer.Option("--write", metavar="FILE", help="Write a page in Markdown, too.")] = "",
) -> None:
    """Make every slip in every step of the claims, and see that each is noticed.

    Exit status: 0 every mutant is refuted, proved, or means nothing; 1 some stay open; 2 the input is unusable.
    """
    from proofs.cache import Cache, default_folder
    from proofs.display import console
    from proofs.mutation import mutants_of, tried
    from proofs.mutation.page import page
    from proofs.mutation.terminal import summary

    if not timeout > 0:
        raise typer.BadParameter("must be a positive number of seconds", param_hint="--timeout")
    blocks = _documents(files, allow_empty=False)
    mutants = mutants_of(blocks)
    start = time.perf_counter()
    cache = None if no_cache else Cache(Path(cache_dir) if cache_dir else default_folder())
    trials = tried(mutants, jobs=jobs, cache=cache, timeout=timeout, tries=tries, seed=seed)
    done, problem = _run(trials, len(mutants), "mutants", lambda trial: trial.mutant.claim)
    console().print(summary(done, time.perf_counter() - start))
    if problem is not None:
        typer.echo(problem.words, err=True)
        raise typer.Exit(problem.status)
    if write:
        command = " ".join(["proofs mutate", *(files or ())])
        Path(write).write_text(page(blocks, done, command=f"{command} --write {write}"), encoding="utf-8")
    raise typer.Exit(NOT_AS_EXPECTED if any(trial.kind in ("open", "contradiction") for trial in done) else AS_EXPECTED)


@app.command()
def audit(
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="The library whose divergences are audited.")],
    pairs: Annotated[
        list[str] | None, typer.Option("--pair", metavar="P,Q", help="Only this pair of its laws; may be repeated.")
    ] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Write the page as Markdown.")] = "",
    examples: Annotated[int, typer.Option(min=0, help="How many points are tried beyond the grid.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="What the points are drawn from.")] = 0,
) -> None:
    """Hold another library's divergences against certified values. Exit status: 0 no findings, 1 some, 2 unusable."""
    from proofs.conformance.audit import audit_torch, page
    from proofs.display import console

    if library != "torch.distributions":
        raise typer.BadParameter(f"must be torch.distributions, got {library}", param_hint="LIBRARY")
    wanted = [tuple(pair.split(",")) for pair in pairs or ()]
    if any(len(pair) != 2 for pair in wanted):
        raise typer.BadParameter("names two laws with a comma between: Normal,Normal", param_hint="--pair")
    import torch

    entries = []
    for entry in audit_torch(pairs=[(p, q) for p, q in wanted] or None, examples=examples, seed=seed):
        entries.append(entry)
        missing = f"– {entry.first} ‖ {entry.second}: {entry.reason}"
        console().print(missing if entry.report is None else entry.report)
    if output:
        text = page(entries, library=library, version=torch.__version__.partition("+")[0])
        try:
            Path(output).write_text(text, encoding="utf-8")
        except OSError as error:
            typer.echo(f"error: {output}: {error.strerror or error}", err=True)
            raise typer.Exit(UNUSABLE) from None
    clean = all(entry.report is None or entry.report.ok for entry in entries)
    raise typer.Exit(AS_EXPECTED if clean else NOT_AS_EXPECTED)


# --- what is checked -------------------------------------------------------------------------------------------------


def _expressions(texts: Sequence[str]) -> tuple[Block, ...]:
    from proofs.markdown import Block

    return tuple(
        Block(name=f"claim {n}" if len(texts) > 1 else "", text=t, file="", line=1) for n, t in enumerate(texts, 1)
    )


def _documents(files: Sequence[str] | None, allow_empty: bool) -> tuple[Block, ...]:
    """The claims of the files, or of the catalogue; ends the command where there are none."""
    from proofs.documents import catalogue
    from proofs.markdown import MarkdownError

    try:
        found = catalogue() if not files else tuple(block for file in files for block in _document(file, allow_empty))
    except MarkdownError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(UNUSABLE) from None
    return found


def _document(file: str, allow_empty: bool) -> tuple[Block, ...]:
    from proofs.markdown import Block, MarkdownError, blocks, read_blocks, read_folder

    if file == "-":
        text = sys.stdin.read()
        found = blocks(text, "<stdin>") or (Block("stdin", text, "<stdin>", 1),) * bool(text.strip())
    elif Path(file).is_dir():
        found = read_folder(Path(file))
    else:
        found = read_blocks(Path(file))
    if not found and not allow_empty:
        raise MarkdownError(f"{file}: holds no claim; a block of claims opens with ```claim")
    return found


# --- running and printing --------------------------------------------------------------------------------------------


class _Problem(NamedTuple):
    words: str
    status: int


def _run(
    outcomes: Generator[T, None, None], total: int, of: str, name: Callable[[T], str]
) -> tuple[list[T], _Problem | None]:
    """Check to the end, or up to what stops it; with a progress bar on a terminal."""
    from proofs.attempt import Contradiction
    from proofs.markdown import MarkdownError

    done: list[T] = []
    try:
        with closing(outcomes), _progress(total) as advance:
            for outcome in outcomes:
                done.append(outcome)
                advance(name(outcome))
    except KeyboardInterrupt:
        return done, _Problem(f"interrupted after {len(done)} of {total} {of}", INTERRUPTED)
    except MarkdownError as error:
        return done, _Problem(f"error: {error}", UNUSABLE)
    except Contradiction as error:
        return done, _Problem(f"CONTRADICTION: {error}", UNUSABLE)
    return done, None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """What tells a reader at a terminal that one more of several is done, and which."""
    from proofs.display import console

    err = console(stderr=True)
    if not err.is_terminal or total < 2:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda description: progress.update(task, advance=1, description=description)


def _print_json(done: Sequence[Outcome]) -> None:
    from proofs.report import to_json

    typer.echo(json.dumps(to_json(outcome.to_json() for outcome in done), indent=2, ensure_ascii=False))


def _print(done: Sequence[Outcome], seconds: float, *, in_full: bool) -> None:
    from proofs.display import closing, console, located, table

    out = console()
    if not in_full:
        out.print(table(done))
    for outcome in done:
        if in_full or not outcome.as_expected:
            out.print(located(outcome))
    if len(done) > 1:
        out.print(closing(done, seconds))


def _verified(text: bytes) -> tuple[str, tuple[str, ...]]:
    from proofs.certificates import loads, verify

    return verify(loads(text))


def _write_certificates(done: Sequence[Outcome], folder: Path) -> None:
    from proofs.certificates import write

    proofs = (
        (f"{outcome.block.name or 'claim'}-{number}", step.proof.certificate)
        for outcome in done
        for number, step in enumerate(outcome.report.steps, 1)
        if step.proof is not None and step.proof.certificate is not None
    )
    try:
        paths = write(proofs, folder)
    except OSError as error:
        typer.echo(f"error: {folder}: {error.strerror or error}", err=True)
        raise typer.Exit(UNUSABLE) from None
    typer.echo(
        f"{len(paths)} certificate{'s' * (len(paths) != 1)} in {folder}; `proofs verify {folder}` checks them again",
        err=True,
    )
