"""Every KPI by its slug."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import ModuleType

from tests.kpis.independent import activity, calls, costs, customers, pipeline, revenue
from tests.kpis.independent.question import Question
from tests.kpis.independent.rows import Book
from tests.kpis.independent.values import Values

_BY_FAMILY: Mapping[ModuleType, str] = {
    revenue: """sales_revenue sales_growth monthly_sales_growth sales_per_rep new_customer_revenue
        mrr arr expansion_revenue revenue_per_employee target_attainment forecast""",
    pipeline: """new_leads opportunities_created pipeline_value proposals_sent deals_won
        quote_to_close close_ratio win_rate lead_conversion sql_to_customer mql_to_customer
        stage_conversion sales_cycle_days average_deal call_to_close activity_success""",
    activity: """lead_follow_up meeting_acceptance positive_responses response_time_hours
        prospect_response_time_hours calls_and_emails demo_calls touchpoints meetings_booked
        sales_productivity linkedin_response emails_sent first_touch_hours""",
    customers: """churn retention csat nps clv customer_lifetime_years engagement upsell_rate
        customer_outcomes referral_customers complaints reviews clv_to_cac""",
    costs: """cac cost_per_lead arpa profit_margin gross_margin net_margin roi""",
    calls: """call_minutes next_meeting_agreed follow_up_kept calls_per_won_deal recorded_calls
        talk_ratio agenda_coverage seller_questions_per_hour next_steps_per_call
        longest_monologue_s competitor_mentions objections_per_call""",
}
KPIS: Mapping[str, Callable[[Question], Values]] = {
    **{
        slug: getattr(family, slug)
        for family, slugs in _BY_FAMILY.items()
        for slug in slugs.split()
    },
    "sales_by_region": revenue.sales_revenue,
    "team_revenue": revenue.sales_revenue,
    "channel_effectiveness": pipeline.lead_conversion,
}


def compute(  # noqa: PLR0913  all that a question has
    kpi: str,
    book: Book,
    start: date,
    end: date,
    by: str | None = None,
    *,
    now: datetime,
    currency: str = "EUR",
    variant: str | None = None,
) -> Values:
    """A KPI over the days from `start` to the day before `end`, for each group.

    Groups are the words of the files: `by` is rep, team, region, channel, product, is_new ("new",
    "existing"), stage or call_type; rows that have none are under "", without `by` all are under
    None. Money is in major units. Raises NotGroupedSo where the rows have no such thing.
    """
    return KPIS[kpi](Question(book, start, end, by, now, currency, variant))
