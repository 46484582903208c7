"""The shape of the code: sizes, names, surface, and what may import what."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import analyzer

ROOT = Path(__file__).parent.parent
PACKAGES = ("analyzer", "models", "api")
MIGRATIONS = ROOT / "models" / "migrations" / "versions"
"""One after the other and never changed: a schema's history is as long as it is."""
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.parent != MIGRATIONS
)

MODULE_LINES, CLASS_LINES, FUNCTION_LINES = 400, 200, 60
ASSET_LINES = {".html": 150, ".js": 200, ".ts": 200, ".css": 600}
NOT_OURS = {"node_modules", "static"}
"""Folders in which others' and built files lie."""
BANNED = {"manager", "helper", "util", "handler", "processor", "data", "info"}
HEAVY = {
    "torch",
    "torchaudio",
    "faster_whisper",
    "ctranslate2",
    "pyannote",
    "spacy",
    "av",
    "lightning",
}
SETTINGS = ROOT / "api" / "settings.py"
# pyannote.audio's own switch, which it reads when it is imported.
TELEMETRY_OFF = "os.environ['PYANNOTE_METRICS_ENABLED'] = '0'"

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def length(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def parts(name: str) -> set[str]:
    """The words of a name, in snake_case or CamelCase, without a plural s."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower().removesuffix("s") for part in found}


def environment_uses(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (
                one.name for one in node.names if one.name.startswith(("environ", "getenv"))
            )
        if isinstance(node, ast.Attribute) and node.attr.startswith(("environ", "getenv")):
            yield ast.unparse(node)


@each_module
def test_a_module_a_class_and_a_function_can_be_read_at_once(path: Path) -> None:
    tree = parse(path)
    assert lines(path) <= MODULE_LINES
    assert [one.name for one in classes(tree) if length(one) > CLASS_LINES] == []
    assert [one.name for one in functions(tree) if length(one) > FUNCTION_LINES] == []


@pytest.mark.parametrize(("ending", "most"), ASSET_LINES.items())
def test_a_page_is_made_of_short_files(ending: str, most: int) -> None:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob(f"*{ending}"))
    files = [path for path in found if not NOT_OURS & {*path.parts}]
    assert files
    assert [path.name for path in files if lines(path) > most] == []


@each_module
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert not parts(path.stem) & BANNED
    assert [one.name for one in classes(parse(path)) if parts(one.name) & BANNED] == []


@pytest.mark.parametrize(
    ("name", "banned"),
    [
        ("text_utils", True),
        ("DataLoader", True),
        ("CallInfo", True),
        ("database", False),
        ("Inform", False),
    ],
)
def test_a_banned_word_is_found_inside_a_name(name: str, banned: bool) -> None:
    assert bool(parts(name) & BANNED) is banned


@each_module
def test_only_the_settings_read_the_environment(path: Path) -> None:
    uses = list(environment_uses(parse(path)))
    if path == ROOT / "analyzer" / "engines" / "torch_setup.py":
        assert [ast.unparse(n) for n in ast.walk(parse(path))].count(TELEMETRY_OFF) == 1
        uses.remove("os.environ")
    assert path == SETTINGS or uses == []


def test_the_library_exports_what_it_names() -> None:
    public = [
        name
        for name, value in vars(analyzer).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    ]
    assert analyzer.__all__ == sorted(public)


@pytest.mark.parametrize("module", ["analyzer", "analyzer.formats", "analyzer.codec", "api.cli"])
def test_importing_loads_no_engine(module: str) -> None:
    script = f"import sys, {module}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert HEAVY & set(loaded.stdout.split()) == set()
    assert module.split(".")[0] in loaded.stdout.split()


def test_imports_go_one_way() -> None:
    config = str(ROOT / "pyproject.toml")
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run(
        [linter, "--no-cache", "--no-logo", "--config", config],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr
