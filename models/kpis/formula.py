"""KPIs of a company's own: formulas over the others, in a small safe language.

Names of KPIs, numbers, + - * / and parentheses, `min`, `max`, `abs` and `if ... else`; such as
`(sales_revenue - spend) / deals_won`. What is unknown makes the whole unknown.
"""

import ast
from collections.abc import Callable, Mapping
from functools import partial

from simpleeval import DEFAULT_OPERATORS, InvalidExpression, SimpleEval

from models.errors import BadInput
from models.kpis.figure import Formula
from models.kpis.kpi import BETTERS, UNITS, Kpi, Words
from models.tables import CustomKpi

OWN = 1000
"""The number of KPIs that are a company's own."""
MOST_NAMES = 12
MOST_SIGNS = 1000
MOST_DEEP = 60
"""Deeper nesting than anybody reads, and less than the interpreter bears."""
_FUNCTIONS: Mapping[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}
_ALLOWED = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.UAdd)
_COMPARED = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)
_OPERATORS = {
    sign: work for sign, work in DEFAULT_OPERATORS.items() if sign in (*_ALLOWED, *_COMPARED)
}
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.Load, ast.Call,
    ast.IfExp, ast.Compare, *_ALLOWED, *_COMPARED,
)  # fmt: skip


def as_kpi(own: CustomKpi, known: Mapping[str, Kpi]) -> Kpi:
    """A company's own KPI, as all others are. Raises BadInput when its formula is none any more."""
    names = Words(own.names.get("en") or own.slug, own.names.get("fr") or own.slug)
    about = Words(own.definitions.get("en", ""), own.definitions.get("fr", ""))
    figure = read_formula(own.formula, known)
    needs = {need for name in figure.parts for need in known[name].needs}
    return Kpi(
        number=OWN,
        slug=own.slug,
        family="own",
        name=names,
        definition=about,
        formula=Words(own.formula, own.formula),
        unit=next(one for one in UNITS if one == own.unit),
        better=next(one for one in BETTERS if one == own.better),
        figure=figure,
        source="own",
        needs=tuple(sorted(needs)),
    )


def read_formula(text: str, known: Mapping[str, Kpi]) -> Formula:
    """Read a formula over known KPIs. Raises BadInput: what is wrong, and what there is instead."""
    tree = _parsed(text)
    names = _names(tree)
    unknown = sorted(names - set(known))
    if unknown:
        raise BadInput(f"formula: there is no KPI {unknown[0]!r}; see the catalogue for slugs")
    if not names:
        raise BadInput("formula: names no KPI; write one such as sales_revenue / deals_won")
    if len(names) > MOST_NAMES:
        raise BadInput(f"formula: names {len(names)} KPIs; {MOST_NAMES} are allowed")
    parts = {name: known[name].figure for name in sorted(names)}
    return Formula(parts, partial(_evaluate, tree.body))


def _parsed(text: str) -> ast.Expression:
    if len(text) > MOST_SIGNS:
        raise BadInput(f"formula: is longer than {MOST_SIGNS} signs")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = getattr(error, "msg", None) or "it cannot be read"
        raise BadInput(f"formula: {told}; write one such as sales_revenue / deals_won") from None
    _check_depth(tree)
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            what = type(node).__name__
            raise BadInput(f"formula: {what} is not allowed; use + - * / ( ) min max abs if else")
        if isinstance(node, ast.Constant) and type(node.value) not in {int, float}:
            raise BadInput(f"formula: {node.value!r} is no number")
        if isinstance(node, ast.Call):
            _check_call(node)
    return tree


def _check_depth(tree: ast.AST) -> None:
    level, deep = [tree], 0
    while level:
        level, deep = [child for one in level for child in ast.iter_child_nodes(one)], deep + 1
        if deep > MOST_DEEP:
            raise BadInput(f"formula: is nested deeper than {MOST_DEEP} levels; write it simpler")


def _check_call(call: ast.Call) -> None:
    called = call.func.id if isinstance(call.func, ast.Name) else None
    if called not in _FUNCTIONS or call.keywords:
        raise BadInput("formula: only min, max and abs can be called")
    given, is_one = len(call.args), called == "abs"
    if (given != 1) if is_one else (given < 2):
        raise BadInput(f"formula: {called} takes {'one value' if is_one else 'two or more values'}")


def _names(tree: ast.AST) -> set[str]:
    """The KPIs it speaks of; what is called is none."""
    nodes = list(ast.walk(tree))
    called = {id(one.func) for one in nodes if isinstance(one, ast.Call)}
    return {one.id for one in nodes if isinstance(one, ast.Name) and id(one) not in called}


def _evaluate(tree: ast.expr, **values: float) -> float | None:
    try:
        found = SimpleEval(_OPERATORS, dict(_FUNCTIONS), values).eval("", previously_parsed=tree)
    except (InvalidExpression, ArithmeticError, TypeError):
        return None
    return float(found)
