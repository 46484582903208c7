"""The jobs: load a row, call the library, save a row, defer the next."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from uuid import UUID

import procrastinate
from procrastinate import JobContext, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job
from sqlmodel import Session

from analyzer import (
    BadMeeting,
    BadPlaybook,
    BadRecording,
    BadReport,
    CallReport,
    Diarization,
    EngineMissing,
    Engines,
    Hearing,
    Recording,
    hear,
    understand,
)
from analyzer.codec import diarization_from_json, diarization_to_json
from analyzer.report import words_of
from api import demo, erasing, housekeeping, mailing, retaining, syncing, telling, watching
from api.failures import give_up, unplayable
from api.redacting import register as register_redacting
from api.redacting import strike_out_heard, strike_out_kept
from api.settings import Settings
from api.telling.sending import send_message
from api.workshop import Teller, Workshop
from models import lifecycle
from models.channel_messages import tell_ready
from models.consent import handling_of
from models.corrections import corrections_of
from models.crm import pushes
from models.deliveries import deliver
from models.errors import Missing
from models.events import tell_call
from models.hearings import forget_stages, keep_hearing, keep_stage, load_hearing, load_stage
from models.known import load_meeting
from models.lifecycle import Attempt, Stopped, Working
from models.passages import passage_rows
from models.playback import Playback, make_playable
from models.playbooks import playbook_of
from models.redacting import Struck, strike_out
from models.redaction_rules import sound_is_open
from models.reports import has_report, keep_report
from models.tables import Call, Passage
from models.tables.columns import Json
from models.transcripts import as_known
from models.understanding_again import understand_some

_LOG = logging.getLogger(__name__)
_TRIES = 5
_FIRST_PAUSE_S = 5
_FINAL = (BadRecording, BadMeeting, BadPlaybook, BadReport, EngineMissing, Missing)
"""What trying again does not mend."""
_DIARIZED = "diarizing"
_HOURLY, _HOUSE_S = "7 * * * *", 20


class Retry(procrastinate.BaseRetryStrategy):
    """Again after 5, 20, 80, 320 seconds; at once when only the worker was asked to end."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, None when it is no use."""
        if isinstance(exception, JobAborted):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, _FINAL) or job.attempts + 1 >= _TRIES:
            return None
        return RetryDecision(retry_in={"seconds": _FIRST_PAUSE_S * 4**job.attempts})


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app every job, done with this process's workshop."""
    steps: dict[str, tuple[str, Callable[[Workshop, JobContext, UUID], None]]] = {
        "hear_call": ("hear", hear_call),
        "understand_call": ("understand", understand_call),
        "make_playable": ("understand", copy_call),
    }
    for name, (queue, step) in steps.items():
        app.task(name=name, queue=queue, retry=Retry(), pass_context=True)(_job(workshop, step))

    @app.task(name="deliver_webhook", queue="push", retry=Retry(), pass_context=True)
    def deliver_webhook(context: JobContext, delivery_id: str) -> None:
        hosts = workshop.settings.webhook_hosts
        deliver(workshop.engine, UUID(delivery_id), context.job.id or 0, hosts)

    @app.task(name="tell_channel", queue="push", retry=Retry(), pass_context=True)
    def tell_channel(context: JobContext, message_id: str) -> None:
        send_message(workshop, UUID(message_id), context.job.id or 0)

    @app.task(name="understand_again", queue="housekeeping", retry=Retry())
    def understand_again(team_id: str) -> None:
        whose = UUID(team_id) if team_id else None
        workshop.keep(lambda session: understand_some(session, whose))

    seconds = _every_s(workshop.settings)

    @app.periodic(cron=f"* * * * * */{seconds}")
    @app.task(name="keep_house", queue="housekeeping", queueing_lock="keep_house")
    async def keep_house(timestamp: int) -> None:
        del timestamp
        await housekeeping.revive(app, workshop)

    @app.periodic(cron=_HOURLY)
    @app.task(name="tidy", queue="housekeeping", queueing_lock="tidy")
    async def tidy(timestamp: int) -> None:
        del timestamp
        await housekeeping.tidy(app, workshop)

    demo.register(app, workshop)
    register_redacting(app, workshop, Retry())
    erasing.register(app, workshop)
    retaining.register(app, workshop)
    syncing.register(app, workshop)
    watching.register(app, workshop)
    mailing.register(app, workshop)
    telling.register(app, workshop)


def _every_s(settings: Settings) -> int:
    """How often the house is kept: often enough for the silent to be missed soon."""
    return max(1, min(_HOUSE_S, int(settings.stalled_after_s * 2 / 3)))


def _job(
    workshop: Workshop, step: Callable[[Workshop, JobContext, UUID], None]
) -> Callable[..., None]:
    """A step as the queue runs it: what cannot be mended is said on the call."""

    @wraps(step)
    def run(context: JobContext, call_id: str) -> None:
        try:
            step(workshop, context, UUID(call_id))
        except (Stopped, JobAborted):
            if context.should_abort() and _is_shutdown(context):
                raise
        except Exception as error:
            if Retry().get_retry_decision(exception=error, job=context.job) is None:
                give_up(workshop, context.job.task_name, UUID(call_id), error)
            raise

    return run


def hear_call(workshop: Workshop, context: JobContext, call_id: UUID) -> None:
    """Hear a call's recording; who spoke when is kept as soon as it is known."""
    attempt = _begin(workshop, context, call_id, "hearing")
    with workshop.session() as session:
        call = session.get_one(Call, call_id)
        recording = lifecycle.recording_of(session, call_id)
        if recording is None:
            raise Missing(f"call {call_id} has no recording; upload one")
        playbook, _id = playbook_of(session, call)
        kept = load_stage(session, call_id, _DIARIZED, recording.sha256)
        meeting, sha256 = load_meeting(session, call), recording.sha256

    with (
        workshop.engines.borrow() as engines,
        workshop.files.fetch(recording.key) as path,
        _named(path, recording.origin_name),
    ):
        engine = engines.diarizer.name

        def keep(diarization: Diarization) -> None:
            made = {"engine": engine, "diarization": diarization_to_json(diarization)}
            workshop.keep(lambda session: keep_stage(session, call_id, _DIARIZED, sha256, made))

        hearing = hear(
            Recording(path, meeting, call.speakers),
            engines,
            playbook=playbook,
            diarized=_kept_by(engine, kept),
            on_diarized=keep,
            on_progress=_teller(workshop, context, attempt),
        )
        struck = strike_out_heard(workshop, call_id, hearing, engines)
    workshop.keep(lambda session: _heard(workshop, session, attempt, hearing, struck))


def _begin(workshop: Workshop, context: JobContext, call_id: UUID, state: Working) -> Attempt:
    job_id = context.job.id
    workshop.keep(lambda session: lifecycle.hold_if_barred(session, call_id))
    return workshop.keep(lambda session: lifecycle.begin(session, call_id, state, job_id=job_id))


def _kept_by(engine: str, kept: Json | None) -> Diarization | None:
    """Who spoke when, if this very engine found it before."""
    if kept is None or kept.get("engine") != engine:
        return None
    return diarization_from_json(kept["diarization"])


def understand_call(workshop: Workshop, context: JobContext, call_id: UUID) -> None:
    """Understand what was heard of a call, with what people put right, and keep the report."""
    attempt = _begin(workshop, context, call_id, "understanding")
    with workshop.session() as session:
        call = session.get_one(Call, call_id)
        hearing = load_hearing(session, call_id)
        if hearing is None:
            raise Missing(f"call {call_id} was not heard yet; upload its recording")
    with workshop.engines.borrow() as engines:
        hearing = strike_out_kept(workshop, attempt, hearing, engines)
    with workshop.session() as session:
        call = session.get_one(Call, call_id)
        playbook, playbook_id = playbook_of(session, call)
        corrections = corrections_of(session, call_id)
        hearing, meeting = as_known(session, call, hearing)
        only_words = handling_of(session, call) == "transcribe" or call.analysis_deleted_at
    tell_stage = _teller(workshop, context, attempt)
    tell_stage("understanding", 0.0)
    with workshop.engines.borrow() as engines:
        report = understand(hearing, meeting, playbook, engines, corrections=corrections)
        passages = _passages(call_id, report, engines)
    if only_words:
        report = words_of(report)

    def save(session: Session) -> None:
        call = lifecycle.still_mine(session, attempt)
        is_first = not has_report(session, call.id)
        keep_report(
            session,
            call,
            report,
            playbook_id=playbook_id,
            corrections=len(corrections),
            passages=passages,
            only_words=bool(only_words),
        )
        lifecycle.understood(session, call)
        tell_call(session, "call.ready", call)
        if only_words:
            return
        pushes.consider(session, call)
        if is_first:
            tell_ready(session, call)

    workshop.keep(save)


def copy_call(workshop: Workshop, _context: JobContext, call_id: UUID) -> None:
    """Make the copy that browsers play, and the waveform they show."""
    with workshop.session() as session:
        recording = lifecycle.recording_of(session, call_id)
        call = session.get(Call, call_id)
        is_open = sound_is_open(session, call_id)
    if call is None or call.state == "held" or not is_open:
        return
    if recording is None or recording.playable_key is not None:
        return
    try:
        made = make_playable(workshop.files, recording.sha256, origin_name=recording.origin_name)
    except BadRecording as error:
        why = str(error)
        workshop.keep(lambda session: unplayable(session, call_id, why))
        return
    workshop.keep(lambda session: _playable(session, call_id, made))


def _passages(call_id: UUID, report: CallReport, engines: Engines) -> list[Passage]:
    """What search by meaning finds; nothing where no engine knows what means the same."""
    if engines.embedder is None:
        return []
    rows = passage_rows(report.transcript, report.speakers, engines.embedder)
    return [Passage(call_id=call_id, **row) for row in rows]


def _heard(
    workshop: Workshop,
    session: Session,
    attempt: Attempt,
    hearing: Hearing,
    struck: Struck | None,
) -> None:
    call = lifecycle.still_mine(session, attempt)
    keep_hearing(session, call, struck.hearing if struck else hearing)
    if struck is not None:
        strike_out(session, workshop.settings.seal(), call, struck, hearing)
    forget_stages(session, call.id)
    lifecycle.heard(session, call)


def _playable(session: Session, call_id: UUID, made: Playback) -> None:
    recording = lifecycle.recording_of(session, call_id)
    if recording is not None:
        recording.playable_key, recording.playable_type = made.playable_key, made.playable_type
        recording.peaks_key, recording.duration_s = made.peaks_key, made.duration_s
        session.add(recording)
        lifecycle.touch(session.get_one(Call, call_id, with_for_update=True))


@contextmanager
def _named(path: Path, origin_name: str) -> Iterator[None]:
    """Call a recording in errors what its rep called it, not what the store does."""
    try:
        yield
    except BadRecording as error:
        raise BadRecording(str(error).replace(path.name, origin_name)) from error


def _teller(workshop: Workshop, context: JobContext, attempt: Attempt) -> Teller:
    return Teller(workshop, attempt, context.should_abort, JobAborted)


def _is_shutdown(context: JobContext) -> bool:
    return context.abort_reason() is AbortReason.SHUTDOWN
