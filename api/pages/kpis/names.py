"""What people call the pieces of KPIs: rows that are counted, readings, files, families."""

from collections.abc import Mapping

from api.pages.words import Words, marked

FACTS: Mapping[str, str] = {
    "activities": marked("Activities"),
    "calls_and_emails": marked("Calls and e-mails"),
    "calls_logged": marked("Calls in the CRM"),
    "calls_of_deals": marked("Calls about the deals"),
    "cost_of_sales": marked("Cost of sales"),
    "customers_at_end": marked("Customers at the end"),
    "customers_at_start": marked("Customers at the start"),
    "customers_ever": marked("All customers there were"),
    "customers_lost": marked("Customers lost"),
    "demos_held": marked("Demos held"),
    "demos_recorded": marked("Demos recorded"),
    "emails": marked("E-mails"),
    "emails_delivered": marked("E-mails delivered"),
    "emails_opened": marked("E-mails opened"),
    "fixed_cost_and_variable_cost": marked("Fixed and variable costs"),
    "headcount": marked("Headcount"),
    "leads": marked("Leads"),
    "leads_converted": marked("Leads converted"),
    "loyalty_members": marked("Loyalty members"),
    "marketing_spend": marked("Marketing spend"),
    "opened_deals": marked("Deals opened"),
    "paying_accounts": marked("Paying accounts"),
    "paying_customers": marked("Paying customers"),
    "recorded_calls_of_deals": marked("Recorded calls about the deals"),
    "recurring_lost": marked("Recurring revenue lost"),
    "reps": marked("Reps"),
    "spend": marked("Spend"),
    "subscriptions": marked("Subscriptions"),
    "subscriptions_at_start": marked("Subscriptions at the start"),
    "visitors": marked("Visitors"),
    "won_deals": marked("Deals won"),
    "won_deals_recorded": marked("Deals won that have recorded calls"),
    "won_deals_with_cost": marked("Deals won whose cost is known"),
    "won_new_deals": marked("Deals won with new customers"),
    "won_new_deals_with_cost": marked("Deals won with new customers, cost known"),
}
_VARIANTS = {
    "activities_per_deal": marked("activities per deal"),
    "calls": marked("calls only"),
    "deals": marked("deals"),
    "emails": marked("e-mails only"),
    "existing": marked("existing customers"),
    "mean": marked("mean"),
    "median": marked("median"),
    "net": marked("net of costs"),
    "per_deal": marked("per deal"),
    "recorded": marked("recorded calls only"),
    "repeat": marked("repeat purchases"),
    "revenue": marked("by revenue"),
    "visitors": marked("of visitors"),
}
_NEEDS = {
    "accounts": marked("accounts"),
    "activities": marked("activities"),
    "calls": marked("calls"),
    "deals": marked("deals"),
    "figures": marked("monthly figures"),
    "invitations": marked("meeting invitations"),
    "leads": marked("leads"),
    "meetings": marked("meetings"),
    "reps": marked("reps"),
    "spend": marked("spend"),
    "stage_history": marked("stage history of deals"),
    "subscriptions": marked("subscriptions"),
    "surveys": marked("surveys"),
    "targets": marked("targets"),
}
FAMILIES: Mapping[str, str] = {
    "revenue": marked("Revenue"),
    "pipeline": marked("Pipeline and conversion"),
    "activity": marked("Activity"),
    "customers": marked("Customers"),
    "costs": marked("Costs and profit"),
    "calls": marked("Conversations"),
    "own": marked("Your own"),
}
BETTER: Mapping[str, str] = {
    "higher": marked("higher is better"),
    "lower": marked("lower is better"),
    "neither": marked("neither way is better as such"),
}
UNITS: Mapping[str, str] = {
    "share": marked("a share, in percent"),
    "count": marked("a count"),
    "money": marked("money"),
    "seconds": marked("seconds"),
    "minutes": marked("minutes"),
    "hours": marked("hours"),
    "days": marked("days"),
    "years": marked("years"),
    "points": marked("points"),
    "number": marked("a number"),
}


def fact_name(name: str, words: Words) -> str:
    """What rows are called, or what the program calls them where nobody named them."""
    return words(FACTS[name]) if name in FACTS else name.replace("_", " ").capitalize()


def variant_name(name: str, words: Words) -> str:
    """What a reading is called."""
    return words(_VARIANTS[name]) if name in _VARIANTS else name.replace("_", " ")


def needs_told(needs: tuple[str, ...], words: Words) -> str:
    """From what it is counted, as a list in words."""
    return words.listed(words(_NEEDS[one]) if one in _NEEDS else one for one in needs)
