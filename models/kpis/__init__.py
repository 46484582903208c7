"""KPIs: what calls and deals came to, each declared once and counted by PostgreSQL.

    answer(session, user, Question(find_kpi("win_rate"), period, by=("rep",)), rules)

`KPIS` is the one place that the API, pages, exports, documentation and tests read.
"""

from models.kpis.answering import Answer, Group, Line, Question, Reached, answer
from models.kpis.catalogue import KPIS, all_kpis, find_kpi, search_kpis
from models.kpis.fact import DIMENSIONS, Dimension
from models.kpis.frame import Rules
from models.kpis.kpi import Kpi, Variant, Words
from models.kpis.measured import Measured
from models.kpis.periods import GRAINS, Grain, Period, Span, parse_period

__all__ = [
    "DIMENSIONS",
    "GRAINS",
    "KPIS",
    "Answer",
    "Dimension",
    "Grain",
    "Group",
    "Kpi",
    "Line",
    "Measured",
    "Period",
    "Question",
    "Reached",
    "Rules",
    "Span",
    "Variant",
    "Words",
    "all_kpis",
    "answer",
    "find_kpi",
    "parse_period",
    "search_kpis",
]
