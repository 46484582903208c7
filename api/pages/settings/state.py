"""How the server does: what to look at, what waits, how long work takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from api.dependencies import SessionDep, SettingsDep
from api.operation import look
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import Words, marked
from models.alerts import Alert, AlertCode
from models.operation import OperationState

router = page_router("alerts")
QUEUES = {
    "hear": marked("Transcribing"),
    "understand": marked("Analysing"),
    "push": marked("Sending to CRMs, webhooks and channels"),
    "housekeeping": marked("Housekeeping"),
}
TASKS = {
    "hear_call": marked("Transcribe a call"),
    "understand_call": marked("Analyse a call"),
    "make_playable": marked("Make a call playable"),
    "deliver_webhook": marked("Deliver a webhook"),
    "tell_channel": marked("Tell a channel"),
    "push_calls": marked("Write notes to a CRM"),
    "sync_crm": marked("Read deals from a CRM"),
    "enforce_retention": marked("Delete what is over its days"),
}


@dataclass(frozen=True, slots=True)
class StatePage:
    """What to look at, in words, and all the figures."""

    alerts: Sequence[tuple[Alert, str]]
    state: OperationState
    queues = QUEUES
    tasks = TASKS


@router.get("/settings/state")
def show_state(
    request: Request, reader: AdminReaderDep, session: SessionDep, settings: SettingsDep
) -> Response:
    """How the server does now."""
    state, alerts, _room = look(session, settings)
    told = [(one, alert_text(reader.words, one)) for one in alerts]
    return show(request, reader, "settings_state.html", StatePage(told, state))


def alert_text(words: Words, alert: Alert) -> str:
    """An alert in a sentence or two: what it is, and what to do."""
    told: dict[str, str] = {}
    for name, value in alert.params.items():
        worded = _WORDED.get(name)
        told[name] = worded(words, value) if worded else str(value)
    return words(SAID[alert.code], **told)


SAID: Mapping[AlertCode, str] = {
    "no_worker": marked("No worker lives. Jobs that wait: %(count)s. Start one: talktrack worker."),
    "queue_stalled": marked(
        "“%(queue)s” is behind: the oldest job waits for %(seconds)s. Start more workers."
    ),
    "jobs_failed": marked(
        "Jobs that failed since yesterday: %(count)s. The log of the workers says why."
    ),
    "calls_failed": marked(
        "Calls that could not be analysed since yesterday: %(count)s. Their pages say why."
    ),
    "disk_full": marked("Only %(bytes)s are free where recordings lie. Free some room."),
    "crm_login": marked("%(name)s does not let us in any more. Connect it again."),
    "crm_failed": marked(
        "Notes that could not be written to a CRM: %(count)s. See why, and retry."
    ),
    "crm_silent": marked("Deals of %(name)s were not read for long. Have a look."),
    "retention_late": marked(
        "What is over its days was not deleted for more than two hours. See that a worker runs."
    ),
    "erasure_failed": marked(
        "Erasures that could not be ended: %(count)s. See why, and try again."
    ),
    "trail_unlinked": marked(
        "Lines of the trail that are not chained: %(count)s. Check it: talktrack audit verify."
    ),
}
_WORDED: Mapping[str, Callable[[Words, Any], str]] = {
    "count": Words.number,
    "bytes": Words.size,
    "seconds": Words.length,
    "queue": lambda words, name: words(QUEUES[name]),
}
