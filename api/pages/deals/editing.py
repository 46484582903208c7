"""Adding, changing and deleting deals."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import UUID

from babel.numbers import NumberFormatError, parse_decimal
from fastapi import Depends, Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.deals.phrases import KINDS, OUTCOMES, stage_name
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.words import Words
from models.crm.overrides import owner_of
from models.currencies import minor_units
from models.deal_standing import stages_of
from models.deals import DealRow, add_deal, change_deal, delete_deal, name_deals
from models.errors import BadInput, Forbidden, Missing
from models.rights import find_deal, visible_accounts, visible_users
from models.tables import Account, Deal, User

router = page_router("deals")
_MANY = 300
_LARGEST = 10**15
_Text = Annotated[str, Form(max_length=300)]
_NEEDED = ("name", "kind", "outcome")


@dataclass(frozen=True, slots=True)
class DealTyped:
    """What stands in the form, as it was typed."""

    name: str = ""
    account: str = ""
    rep: str = ""
    stage: str = ""
    outcome: str = "open"
    closed_on: str = ""
    amount: str = ""
    currency: str = "EUR"
    kind: str = "new"
    product: str = ""
    pipeline: str = ""
    probability: str = ""
    expected_on: str = ""
    lost_reason: str = ""


@dataclass(frozen=True, slots=True)
class DealForm:
    """The form of a deal; `wrong` says by field what is not right yet. A new one has no id."""

    id: UUID | None
    name: str
    typed: DealTyped
    outcomes: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, str], ...]
    reps: tuple[tuple[str, str], ...]
    accounts: tuple[str, ...]
    crm: str
    """Whose deal it is, empty for one of our own."""
    wrong: Mapping[str, str] = field(default_factory=dict)


def _typed(  # noqa: PLR0913, PLR0917 (one parameter a field)
    name: _Text = "",
    account: _Text = "",
    rep: _Text = "",
    stage: _Text = "",
    outcome: _Text = "open",
    closed_on: _Text = "",
    amount: _Text = "",
    currency: _Text = "",
    kind: _Text = "new",
    product: _Text = "",
    pipeline: _Text = "",
    probability: _Text = "",
    expected_on: _Text = "",
    lost_reason: _Text = "",
) -> DealTyped:
    given = (name, account, rep, stage, outcome, closed_on, amount, currency, kind, product)
    more = (pipeline, probability, expected_on, lost_reason)
    return DealTyped(*(one.replace("\0", "").strip() for one in (*given, *more)))


TypedDep = Annotated[DealTyped, Depends(_typed)]


@router.get("/deals/new")
def show_new_deal(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """The form of a deal to be added."""
    typed = DealTyped(rep=str(reader.user.id))
    return show(request, reader, "deal_form.html", _form(session, reader, None, typed))


@router.post("/deals")
def make_deal(
    request: Request, reader: ReaderDep, session: SessionDep, typed: TypedDep
) -> Response:
    """Add a deal, or tell what is not right yet."""
    values, wrong = _values(session, reader, typed, None)
    made: Deal | None = None
    if not wrong:
        try:
            with session.begin_nested():
                made = add_deal(session, reader.user, values)
        except (BadInput, Forbidden, Missing) as refused:
            wrong = _refused(reader.words.reason(str(refused)))
    if made is None:
        form = _form(session, reader, None, typed, wrong)
        return show(request, reader, "deal_form.html", form, 422)
    request.state.made_id = made.id
    return go(request, f"/deals/{made.id}", reader.words("The deal was added."))


@router.get("/deals/{deal_id}/edit")
def show_deal_form(
    request: Request, reader: ReaderDep, session: SessionDep, deal_id: UUID
) -> Response:
    """The form of a deal as it is."""
    deal = find_deal(session, reader.user, deal_id)
    (row,) = name_deals(session, [deal])
    form = _form(session, reader, deal, _as_typed(reader.words, row))
    return show(request, reader, "deal_form.html", form)


@router.post("/deals/{deal_id}/edit")
def alter_deal(
    request: Request, reader: ReaderDep, session: SessionDep, deal_id: UUID, typed: TypedDep
) -> Response:
    """Change a deal, or tell what is not right yet."""
    deal = find_deal(session, reader.user, deal_id)
    values, wrong = _values(session, reader, typed, deal)
    if not wrong:
        try:
            with session.begin_nested():
                change_deal(session, reader.user, deal_id, values)
        except (BadInput, Forbidden, Missing) as refused:
            wrong = _refused(reader.words.reason(str(refused)))
    if wrong:
        form = _form(session, reader, deal, typed, wrong)
        return show(request, reader, "deal_form.html", form, 422)
    return go(request, f"/deals/{deal_id}", reader.words("The deal was changed."))


@router.post("/deals/{deal_id}/delete")
def remove_deal(
    request: Request, reader: ReaderDep, session: SessionDep, deal_id: UUID
) -> Response:
    """Delete a deal; its calls stay."""
    name = find_deal(session, reader.user, deal_id).name
    delete_deal(session, reader.user, deal_id)
    return go(request, "/deals", reader.words("%(name)s was deleted.", name=name))


def _form(
    session: Session,
    reader: Reader,
    deal: Deal | None,
    typed: DealTyped,
    wrong: Mapping[str, str] | None = None,
) -> DealForm:
    words, user = reader.words, reader.user
    reps = select(User).where(visible_users(user), col(User.is_active)).order_by(col(User.name))
    listed = [(str(one.id), one.name) for one in session.exec(reps.limit(_MANY))]
    if user.role == "admin":
        listed.insert(0, ("", words("Nobody")))
    accounts = select(Account.name).where(visible_accounts(user)).order_by(col(Account.name))
    stages = stages_of(session, user)
    owner = owner_of(session, deal) if deal else None
    return DealForm(
        id=deal.id if deal else None,
        name=deal.name if deal else "",
        typed=typed,
        outcomes=tuple((key, words(name)) for key, name in OUTCOMES.items()),
        kinds=tuple((key, words(name)) for key, name in KINDS.items()),
        stages=tuple((one, stage_name(words, one) or one) for one in stages),
        reps=tuple(listed),
        accounts=tuple(session.exec(accounts.limit(_MANY))),
        crm=owner.name if owner else "",
        wrong=wrong or {},
    )


def _as_typed(words: Words, row: DealRow) -> DealTyped:
    deal, amount = row.deal, ""
    if deal.amount_minor is not None and deal.currency is not None:
        units = Decimal(deal.amount_minor) / minor_units(deal.currency)
        amount = f"{units.normalize():f}".replace(".", "," if words.language == "fr" else ".")
    return DealTyped(
        name=deal.name,
        account=row.account_name or "",
        rep=str(deal.rep_id or ""),
        stage=deal.stage or "",
        outcome=deal.outcome,
        closed_on=words.local(deal.closed_at).date().isoformat() if deal.closed_at else "",
        amount=amount,
        currency=deal.currency or "",
        kind=deal.kind,
        product=deal.product or "",
        pipeline=deal.pipeline or "",
        probability=words.number(100 * deal.probability) if deal.probability is not None else "",
        expected_on=deal.expected_on.isoformat() if deal.expected_on else "",
        lost_reason=deal.lost_reason or "",
    )


def _values(
    session: Session, reader: Reader, typed: DealTyped, deal: Deal | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns that were changed, and what is wrong by field."""
    words = reader.words
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {name: getattr(typed, name) for name in _NEEDED}
    values["product"] = typed.product or None
    values["pipeline"] = typed.pipeline[:100] or None
    values["lost_reason"] = typed.lost_reason or None
    if typed.stage or deal is None or deal.stage is not None:
        values["stage"] = typed.stage or None
    readings: dict[str, Callable[[], None]] = {
        "name": lambda: _needed(words, typed.name),
        "outcome": lambda: _one_of(words, typed.outcome, OUTCOMES),
        "kind": lambda: _one_of(words, typed.kind, KINDS),
        "account": lambda: values.update(account_id=_account(session, reader, typed.account)),
        "rep": lambda: values.update(rep_id=_rep(words, typed.rep)),
        "amount": lambda: values.update(_money(words, typed)),
        "closed_on": lambda: values.update(_closed(words, typed)),
        "expected_on": lambda: values.update(expected_on=_day(words, typed.expected_on)),
        "probability": lambda: values.update(_likely(words, typed, deal)),
    }
    for name, read in readings.items():
        try:
            read()
        except BadInput as bad:
            wrong[name] = str(bad)
    return _changed(values, deal), wrong


def _changed(values: dict[str, Any], deal: Deal | None) -> dict[str, Any]:
    """Without what stays: a CRM's seconds and a rep one may not choose are not typed anew."""
    if deal is None:
        return values
    closed_at = values.get("closed_at")
    if closed_at and deal.closed_at and deal.closed_at.date() == closed_at.date():
        del values["closed_at"]
    return {key: value for key, value in values.items() if value != getattr(deal, key)}


def _needed(words: Words, text: str) -> None:
    if not text:
        raise BadInput(words("Give the deal a name."))


def _one_of(words: Words, value: str, known: Mapping[str, str]) -> None:
    if value not in known:
        raise BadInput(words("Choose one of the list."))


def _account(session: Session, reader: Reader, name: str) -> UUID | None:
    if not name:
        return None
    same = func.lower(Account.name) == name.lower()
    found = select(Account.id).where(same, visible_accounts(reader.user)).order_by(col(Account.id))
    account_id = session.exec(found.limit(1)).first()
    if account_id is None:
        raise BadInput(reader.words("There is no account called that; choose one of the list."))
    return account_id


def _rep(words: Words, typed: str) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise BadInput(words("Choose one of the list.")) from None


def _money(words: Words, typed: DealTyped) -> dict[str, Any]:
    currency = typed.currency.upper()
    if not typed.amount:
        return {"amount_minor": None, "currency": currency or None}
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise BadInput(words("Give the currency in three letters, such as EUR."))
    minor = _amount(words, typed.amount) * minor_units(currency)
    if minor != minor.to_integral_value() or not 0 <= minor < _LARGEST:
        raise BadInput(words("This is not an amount; write it like 12500 or 12500.50."))
    return {"amount_minor": int(minor), "currency": currency}


def _amount(words: Words, text: str) -> Decimal:
    plain = "".join(text.split())
    try:
        return Decimal(str(parse_decimal(plain, locale=words.locale)))
    except (NumberFormatError, InvalidOperation):
        try:
            amount = Decimal(plain)
        except InvalidOperation:
            amount = Decimal("NaN")
    if not amount.is_finite():
        raise BadInput(words("This is not an amount; write it like 12500 or 12500.50."))
    return amount


def _closed(words: Words, typed: DealTyped) -> dict[str, Any]:
    """When a deal was closed, at noon of the day; left out when it is not told."""
    if typed.outcome == "open" or not typed.closed_on:
        return {}
    day = _day(words, typed.closed_on) or words.today
    noon = datetime.combine(day, time(12), words.zone).astimezone(UTC)
    return {"closed_at": min(noon, words.now) if day == words.today else noon}


def _day(words: Words, typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise BadInput(words("This is not a date; write it like 2026-03-31.")) from None


def _likely(words: Words, typed: DealTyped, deal: Deal | None) -> dict[str, Any]:
    """The probability of 0 to 1; left out where it says what the form said."""
    if not typed.probability:
        return {"probability": None}
    before = deal.probability if deal else None
    percent = typed.probability.replace("%", "")
    if before is not None and percent.strip() == words.number(100 * before):
        return {}
    share = float(_amount(words, percent)) / 100
    if not 0 <= share <= 1:
        raise BadInput(words("Give a percentage between 0 and 100."))
    return {"probability": share}


def _refused(said: str) -> dict[str, str]:
    """What the store says, beside the field it is about."""
    name, _, what = said.partition(": ")
    fields = {"closed_at": "closed_on", "rep_id": "rep", "account_id": "account"}
    named = fields.get(name, name)
    return {named: what} if named in asdict(DealTyped()) else {"name": said}
