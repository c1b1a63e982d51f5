"""Keep the house tidy: small modules, small functions, nothing left undone, nothing about one machine.

    .venv/bin/python scripts/size_guard.py

Prints each violation as `file:line: message` and ends with 1 if there is one. The words it looks for are put together
from pieces, so that it does not find itself.
"""

import ast
import io
import math
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The longest module, in lines of the file; the first folder that fits decides.
MODULE_LINES = {"bot/cogs/": 250, "bot/": 400, "scripts/": 400, "bench/": 400, "alembic/": 400, "tests/": 600}
# The longest function: lines of its body that hold code, without its docstring, comments and blank lines. A migration
# is a list of columns, as long as the table.
FUNCTION_LINES = 40
LISTS = "alembic/versions/"

UNDONE = re.compile(
    r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, r"raise\s+NotImplemented" + "Error"]) + r")\b"
)
MACHINE_PATH = re.compile(r"(?<![\w.~}*/-])/(?:wo" + "rk|ro" + r"ot)/")
REGISTRY = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(
        re.escape(host)
        for host in (
            "py" + "pi.org",
            "python" + "hosted.org",
            "npm" + "js.org",
            "npm" + "js.com",
            "deb." + "debian.org",
        )
    )
    + r")\b",
    re.IGNORECASE,
)
NOT_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)
Violation = tuple[int, str]


def project_files() -> list[Path]:
    """All files of the project that git knows or would add; without git, whatever is not hidden."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        names = {name for name in listing.stdout.split("\0") if name}
    else:
        names = {str(path.relative_to(ROOT)) for path in ROOT.rglob("[!.]*")}
        names = {name for name in names if not any(part.startswith(".") for part in Path(name).parts)}
    return sorted(path for path in (ROOT / name for name in names) if path.is_file())


def code_lines(source: str) -> set[int]:
    """The numbers of the lines that hold code, every line of a many-line string included."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef, code: set[int]) -> int:
    """Count the lines of code in a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    spans = [(statement.lineno, statement.end_lineno or statement.lineno) for statement in body]
    return sum(first <= line <= last for first, last in spans for line in code)


def is_silent(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything and does nothing with it."""
    everything = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
    nothing = all(
        isinstance(step, ast.Pass) or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
        for step in handler.body
    )
    return everything and nothing


def check_syntax(source: str, limit: float) -> Iterator[Violation]:
    """Find functions that are too long and handlers that swallow everything."""
    code = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, type_of_function):
            length = body_length(node, code)
            if length > limit:
                yield node.lineno, f"function {node.name} has {length} lines of code, more than {limit}"
        elif isinstance(node, ast.ExceptHandler) and is_silent(node):
            yield node.lineno, "an except that catches everything and does nothing"


def check_python(name: str, source: str) -> Iterator[Violation]:
    """Check one Python file."""
    lines = source.splitlines()
    limit = next((limit for folder, limit in MODULE_LINES.items() if name.startswith(folder)), None)
    if limit is not None and len(lines) > limit:
        yield 1, f"module has {len(lines)} lines, more than {limit}"
    for number, line in enumerate(lines, 1):
        found = UNDONE.search(line)
        if found:
            yield number, f"something left undone: {found.group()}"
    try:
        yield from check_syntax(source, math.inf if name.startswith(LISTS) else FUNCTION_LINES)
    except SyntaxError as error:
        yield error.lineno or 1, f"cannot be parsed: {error.msg}"


def check_text(name: str, source: str) -> Iterator[Violation]:
    """Check any text file for what belongs to one machine only."""
    for number, line in enumerate(source.splitlines(), 1):
        for pattern, what in ((MACHINE_PATH, "a path of one machine"), (REGISTRY, "the host of a package registry")):
            found = pattern.search(line)
            if found:
                yield number, f"{what}: {found.group()}"
        if name.startswith("requirements/") and "://" in line:
            yield number, "an address in a requirements file"


def check_file(path: Path) -> Iterator[Violation]:
    """Check one file; what is no text is passed over."""
    name = path.relative_to(ROOT).as_posix()
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    yield from check_text(name, source)
    if path.suffix == ".py":
        yield from check_python(name, source)


def main() -> int:
    """Check every file of the project."""
    files = project_files()
    violations = 0
    for path in files:
        for line, message in sorted(check_file(path)):
            violations += 1
            print(f"{path.relative_to(ROOT)}:{line}: {message}")
    print(f"Size guard: {violations} violation(s) in {len(files)} files.")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
