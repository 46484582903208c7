"""What connections to CRMs, and calls on their way there, are said to be, for several pages."""

from api.crm_connecting import is_parked, vendor_name
from api.pages.words import Words, marked
from models.tables import CrmConnection, CrmPush
from models.tables.columns import now

PUSH_STATES = {
    "waiting": marked("Waiting"),
    "held": marked("For you to look at"),
    "asking": marked("Several deals: choose"),
    "unmatched": marked("No deal found"),
    "pushed": marked("Pushed"),
    "skipped": marked("Left out by the rule"),
    "failed": marked("Failed"),
}
PUSH_TONES = {"pushed": "good", "failed": "late", "asking": "accent", "held": "accent"}
PUSH_ICONS = {
    "waiting": "half",
    "held": "question",
    "asking": "question",
    "unmatched": "search",
    "pushed": "check",
    "skipped": "absent",
    "failed": "warn",
}
VALUES = {
    "next_step": marked("Next step"),
    "next_step_date": marked("Day of the next step"),
    "competitor": marked("Competitors"),
    "objection": marked("Objections"),
    "summary": marked("Summary of the call"),
}
PUSH_WHEN = {
    "by_hand": marked("By hand: somebody looks at the note and pushes it"),
    "rule": marked("By a rule: the calls named below, the others are left out"),
    "always": marked("Always: every call whose deal is clear"),
}


def standing(words: Words, connection: CrmConnection) -> tuple[str, str]:
    """How a connection stands in a few words, and the tone of it."""
    match connection.state:
        case "off":
            told = words("off"), ""
        case "needs_login":
            told = words("connect again"), "late"
        case "new":
            told = words("not tried yet"), "accent"
        case _ if is_parked(connection):
            until = connection.parked_until
            told = words("rests until %(when)s", when=words.moment(until) if until else ""), ""
        case _:
            told = words("ready"), "good"
    return told


def advice(words: Words, connection: CrmConnection) -> str:
    """What to do about a connection, empty where nothing is to be done."""
    name = vendor_name(connection.kind)
    if connection.state == "needs_login":
        return words(
            "%(crm)s does not let us in any more. Give it new access; what waits goes on then.",
            crm=name,
        )
    if connection.state == "off":
        return words("Nothing is pushed or read while it is off. What was asked for waits.")
    if is_parked(connection):
        return words("%(crm)s wants no more calls for now. It is asked again by itself.", crm=name)
    if connection.state == "new":
        return words("Test it to see whom it speaks for and what it may do.")
    return ""


def explained(words: Words, push: CrmPush, connection: CrmConnection) -> str:
    """Why a push is where it is, and what to do."""
    name = vendor_name(connection.kind)
    match push.state:
        case "waiting":
            told = _waiting(words, push, connection)
        case "held":
            told = words("Nothing was written yet. Look at the note, then push it.")
        case "asking":
            told = words("Say which deal this call belongs to; it is remembered.")
        case "unmatched":
            told = words(
                "Add the buyer's e-mail to the call, or the contact to the deal in %(crm)s, and "
                "look again. Or name the deal yourself.",
                crm=name,
            )
        case "skipped":
            told = words("The rule of this connection leaves it out. You can push it all the same.")
        case "failed":
            told = words("It was not written. Put right what is said here, then try again.")
        case _:
            told = words("Pushed %(when)s.", when=words.ago(push.pushed_at or push.updated_at))
    return told


def _waiting(words: Words, push: CrmPush, connection: CrmConnection) -> str:
    name = vendor_name(connection.kind)
    if connection.state == "off":
        return words("The connection is off. It goes on when an admin switches it on.")
    if connection.state == "needs_login":
        return words("%(crm)s does not let us in. An admin must connect it again.", crm=name)
    if is_parked(connection):
        return words("%(crm)s wants no more calls for now; it goes on by itself.", crm=name)
    if push.next_try_at is not None and push.next_try_at > words.now:
        return words("It is tried again %(when)s.", when=words.ago(push.next_try_at))
    return words("It is on its way.")


def is_live(push: CrmPush, connection: CrmConnection) -> bool:
    """Whether something may happen to a push within seconds."""
    is_working = connection.state in {"new", "ready"} and not is_parked(connection)
    is_due = push.next_try_at is None or push.next_try_at <= now()
    return push.state == "waiting" and is_working and is_due


def web_link(url: str | None) -> str:
    """An address that people may be led to, empty for any other."""
    return url if url is not None and url.startswith(("https://", "http://")) else ""
