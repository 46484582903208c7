"""Formulas of a company's own KPIs: what they compute, what they refuse, and that they are safe."""

import ast
import math
import threading
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from models.errors import BadInput
from models.kpis import Dimension, Kpi, Question, Rules, answer
from models.kpis.catalogue import BY_SLUG
from models.kpis.formula import MOST_DEEP, MOST_NAMES, as_kpi, read_formula
from models.kpis.measured import Measured, derived
from models.kpis.periods import parse_period
from models.tables import CustomKpi, User
from tests.kpis.conftest import NOW

HALF = parse_period("2026-01-01..2026-06-30", NOW.date())
NAMES = ("deals_won", "new_leads", "emails_sent")
VALUES = {"deals_won": 6.0, "new_leads": 4.0, "emails_sent": 0.0}


def computed(text: str, values: Mapping[str, float] = VALUES) -> float | None:
    formula = read_formula(text, BY_SLUG)
    return formula.compute(**{name: values[name] for name in formula.parts})


def own(formula: str, unit: str = "number") -> CustomKpi:
    return CustomKpi(slug="own", names={"en": "Own", "fr": "Le nôtre"}, formula=formula, unit=unit)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("deals_won / new_leads", 1.5),
        (" deals_won-new_leads * 2 ", -2.0),
        ("(deals_won - new_leads) * 2", 4.0),
        ("-deals_won + +new_leads", -2.0),
        ("min(deals_won, new_leads, 5)", 4.0),
        ("max(deals_won, 7.5)", 7.5),
        ("abs(new_leads - deals_won)", 2.0),
        ("deals_won if emails_sent > 0 else new_leads", 4.0),
        ("deals_won / emails_sent if emails_sent else 1", 1.0),
        ("1 < new_leads < deals_won", 1.0),
        ("deals_won == 6", 1.0),
        ("deals_won / emails_sent", None),
    ],
)
def test_a_formula_is_computed(text: str, value: float | None) -> None:
    assert computed(text) == value


def sums(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(NAMES) | st.integers(0, 99).map(str)
    if depth == 0:
        return leaf
    inner = sums(depth - 1)
    sign = st.sampled_from("+-*/")
    return leaf | st.tuples(inner, sign, inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})")


@given(sums(4), st.tuples(*[st.floats(-1e6, 1e6)] * 3))
def test_it_is_pythons_own_arithmetic(text: str, values: tuple[float, float, float]) -> None:
    told = dict(zip(NAMES, values, strict=True))
    if not any(name in text for name in NAMES):
        with pytest.raises(BadInput):
            read_formula(text, BY_SLUG)
        return
    try:
        expected: float | None = float(eval(text, {}, told))  # noqa: S307 (only arithmetic)
    except ArithmeticError:
        expected = None
    found = computed(text, told)
    assert found == expected or (found is not None and math.isnan(found))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "formula"),
        ("deals_won +", "invalid syntax"),
        ("deals_won\0", "null bytes"),
        ("1 + 2", "names no KPI"),
        ("deal_won", "deal_won"),
        ("min + deals_won", "no KPI 'min'"),
        ("min(deals_won)", "two or more"),
        ("abs(deals_won, 1)", "one value"),
        ("max()", "two or more"),
        ("round(deals_won)", "only min, max and abs"),
        ("__import__('os').system('true')", "only min, max and abs"),
        ("deals_won.__class__", "Attribute"),
        ("deals_won[0]", "Subscript"),
        ("[deals_won for _ in (1,)]", "ListComp"),
        ("deals_won ** 9 ** 9", "Pow"),
        ("deals_won << 9", "LShift"),
        ("deals_won % 2", "Mod"),
        ("'a' * 9", "no number"),
        ("True * deals_won", "no number"),
        ("1j * deals_won", "no number"),
        ("(deals_won := 2)", "NamedExpr"),
        ("min(*deals_won, 1)", "Starred"),
        ("min(deals_won, key=abs)", "only min, max and abs"),
        ("lambda: deals_won", "Lambda"),
        ("deals_won and 1", "BoolOp"),
        ("x" * 1001, "longer"),
        ("-" * 900 + "deals_won", "nested"),
        ("(" * 400 + "deals_won" + ")" * 400, "formula"),
        ("\ud800", "formula"),
        (" + ".join(sorted(BY_SLUG)[: MOST_NAMES + 1]), "are allowed"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"^formula: ") as refused:
        read_formula(text, BY_SLUG)
    assert said in str(refused.value)


@given(st.text(max_size=60) | st.text("()+-*/<>=!.,:[]{}'\"\\ ifelsedeals_won0123", max_size=60))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        formula = read_formula(text, BY_SLUG)
    except BadInput:
        return
    found = formula.compute(**dict.fromkeys(formula.parts, 2.0))
    assert found is None or isinstance(found, float)


def test_the_deepest_formula_is_computed_on_a_small_stack() -> None:
    text = "deals_won" + " + deals_won" * (MOST_DEEP - 3)
    assert max(_depths(ast.parse(text, mode="eval"))) <= MOST_DEEP
    found: list[float | None] = []
    worker = threading.Thread(target=lambda: found.append(computed(text)))
    worker.start()
    worker.join()
    assert found == [6.0 * (MOST_DEEP - 2)]
    with pytest.raises(BadInput, match="nested"):
        read_formula(text + " + deals_won" * 4, BY_SLUG)


def _depths(node: ast.AST, depth: int = 1) -> list[int]:
    inner = [one for child in ast.iter_child_nodes(node) for one in _depths(child, depth + 1)]
    return [depth, *inner]


@pytest.mark.parametrize("text", ["deals_won * 1e999", "deals_won * 1e308 * 1e308 - 1e999"])
def test_what_is_no_number_is_unknown(text: str) -> None:
    formula = read_formula(text, BY_SLUG)
    found = derived(formula.compute, formula.optional, {"deals_won": Measured(6.0)})
    assert (found.value, found.why) == (None, "no_denominator")


def test_what_is_unknown_makes_the_whole_unknown() -> None:
    formula = read_formula("deals_won + average_deal", BY_SLUG)
    parts = {"deals_won": Measured(6.0), "average_deal": Measured(None, missing=2, why="no_rows")}
    found = derived(formula.compute, formula.optional, parts)
    assert (found.value, found.missing, found.why) == (None, 2, "no_rows")


@pytest.mark.parametrize("by", [(), ("rep",), ("region",)])
def test_an_own_kpi_agrees_with_those_it_is_made_of(
    year: Session, admin: User, by: tuple[Dimension, ...]
) -> None:
    def values(kpi: Kpi) -> dict[tuple[object, ...], float | None]:
        question = Question(kpi, HALF, by=by, compare=False)
        lines = answer(year, admin, question, Rules(), now=NOW).lines
        return {tuple(one.id for one in line.groups): line.measured.value for line in lines}

    made = values(as_kpi(own("sales_revenue / deals_won", "money"), BY_SLUG))
    revenue, won = values(BY_SLUG["sales_revenue"]), values(BY_SLUG["deals_won"])
    assert made
    for key, value in made.items():
        total, count = revenue[key], won[key]
        if total is None or not count:
            assert value is None
        else:
            assert value == pytest.approx(total / count)


def test_an_own_kpi_needs_what_its_parts_need() -> None:
    kpi = as_kpi(own("cac / average_deal"), BY_SLUG)
    assert set(kpi.needs) == {*BY_SLUG["cac"].needs, *BY_SLUG["average_deal"].needs}
    assert (kpi.family, kpi.name.fr, kpi.variants) == ("own", "Le nôtre", {})
