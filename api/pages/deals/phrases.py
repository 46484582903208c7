"""What deals, their stages, and what happens with them are called, in a reader's language."""

from analyzer.playbook import text_in
from analyzer.playbook_file import standard_playbook
from api.pages.words import Words, marked
from models.risks import Risk
from models.tables import Deal

OUTCOMES = {"open": marked("Still open"), "won": marked("Won"), "lost": marked("Lost")}
TONES = {"open": "accent", "won": "good", "lost": ""}
KINDS = {
    "new": marked("New customer"),
    "upsell": marked("Upsell"),
    "cross_sell": marked("Cross-sell"),
    "renewal": marked("Renewal"),
}
SIGNS = {
    "no_next_step": marked("No next step"),
    "silent": marked("Silent for 21 days"),
    "single_contact": marked("Single contact"),
    "price_objection": marked("Price objection open"),
}
SIGN_ICONS = {
    "no_next_step": "step",
    "silent": "calendar",
    "single_contact": "person",
    "price_objection": "money",
}
ACTIVITIES = {
    "call": marked("Phone call"),
    "email": marked("E-mail"),
    "follow_up": marked("Follow-up"),
    "linkedin": marked("LinkedIn"),
}
OFFERS = {"quote": marked("Quote"), "proposal": marked("Proposal")}
ANSWERS = {
    "accepted": marked("accepted"),
    "declined": marked("declined"),
    "tentative": marked("maybe"),
    None: marked("no answer yet"),
}
_STAGES = {
    "prospecting": marked("Prospecting"),
    "qualification": marked("Qualification"),
    "qualified": marked("Qualified"),
    "discovery": marked("Discovery"),
    "demo": marked("Demo"),
    "technical_validation": marked("Technical validation"),
    "proposal": marked("Proposal"),
    "proposal_sent": marked("Proposal sent"),
    "negotiation": marked("Negotiation"),
    "contract_sent": marked("Contract sent"),
    "closed_won": marked("Closed, won"),
    "closed_lost": marked("Closed, lost"),
}
_MEETINGS = {
    "onboarding": marked("Onboarding"),
    "proposal_review": marked("Proposal review"),
    "security_review": marked("Security review"),
    "lost_deal": marked("Lost deal"),
}
_LAST = {
    "call": marked("a call"),
    "activity": marked("an e-mail, call or message of ours"),
    "meeting": marked("a meeting"),
    "offer": marked("an offer"),
    "invitation": marked("an invitation"),
    "answer": marked("an answer to an invitation"),
    "opened": marked("the opening of the deal"),
}


def stage_name(words: Words, stage: str | None) -> str | None:
    """A stage as people read it: the usual ones translated, a company's own as it is."""
    if stage is None:
        return None
    known = _STAGES.get(stage.lower().replace(" ", "_"))
    return words(known) if known else stage.replace("_", " ")


def meeting_name(words: Words, kind: str | None) -> str:
    """A kind of meeting, by the names of the kinds of calls."""
    if kind is None:
        return words("Meeting")
    if kind in _MEETINGS:
        return words(_MEETINGS[kind])
    texts = standard_playbook().titles.get(f"call_type.{kind}")
    return text_in(texts, words.language) if texts else kind.replace("_", " ").capitalize()


def sign_name(words: Words, risk: Risk) -> str:
    """A sign on a chip."""
    if risk.kind == "silent" and risk.count is not None:
        return words.plural("Silent for %(count)s day", "Silent for %(count)s days", risk.count)
    return words(SIGNS[risk.kind])


def sign_reason(words: Words, risk: Risk) -> str:
    """Why a deal shows a sign, in one sentence."""
    seen = risk.evidence[0] if risk.evidence else None
    title = seen.title if seen else None
    match risk.kind:
        case "no_next_step" if risk.why == "none_agreed":
            said = words("No next step was agreed on the last call, %(title)s.", title=title)
        case "no_next_step":
            said = words(
                "What was agreed on the last call, %(title)s, is past its day, "
                "and nothing else is planned.",
                title=title,
            )
        case "silent":
            what = _LAST.get(seen.what, seen.what) if seen else _LAST["opened"]
            day = words.day(risk.since) if risk.since else ""
            said = words("Last event: %(what)s, on %(day)s.", what=words(what), day=day)
        case "single_contact":
            who = seen.who if seen and seen.who else words("one person whose name is not known")
            said = words.plural(
                "Over %(count)s call, only %(who)s was heard, announced or invited as a buyer.",
                "Over %(count)s calls, only %(who)s was heard, announced or invited as a buyer.",
                risk.count or 0,
                who=who,
            )
        case _:
            said = words.plural(
                "On the last call about the price, %(count)s objection stayed open.",
                "On the last call about the price, %(count)s objections stayed open.",
                risk.count or 0,
            )
    return said


def amount_of(words: Words, deal: Deal) -> str | None:
    """The contract value of a year, None when it is not known."""
    if deal.amount_minor is None or deal.currency is None:
        return None
    return words.money(deal.amount_minor, deal.currency)
