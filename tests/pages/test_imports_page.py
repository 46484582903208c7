"""Sales data by CSV: checked line by line, then imported, by an admin alone."""

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.tables import Account, AuditEntry, Deal
from tests.api.conftest import People
from tests.pages.conftest import Pages

ACCOUNTS = b"id,name,region\nacc_1,Saffron Clinics,France\nacc_2,<script>alert(1)</script>,UK\n"
DEALS = (
    b"id,name,account_id,amount,currency,created_at,outcome\n"
    b"d1,One,acc_1,1200,EUR,2026-03-01,open\n"
    b"d2,Two,acc_1,12.5O,EUR,2026-03-01,open\n"
)
_HERE = "/settings/imports"
Upload = tuple[str, tuple[str, bytes, str]]


def _files(**contents: bytes) -> list[Upload]:
    return [("files", (f"{name}.csv", content, "text/csv")) for name, content in contents.items()]


def _accounts(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return sorted(one.name for one in session.exec(select(Account)))


def test_checking_tells_each_wrong_line_and_keeps_nothing(
    pages: Pages, people: People, engine: Engine
) -> None:
    files = _files(accounts=ACCOUNTS, deals=DEALS)
    answer = pages(people.admin).post(_HERE, files=files, data={"act": "check"})
    assert answer.status_code == 200
    assert "Checked: 3 lines can be imported." in answer.text
    assert "12.5O" in answer.text
    assert '<th scope="row" class="number">3</th>' in answer.text
    assert "<script>alert" not in answer.text
    assert _accounts(engine) == []


def test_importing_keeps_what_is_right_and_leaves_a_line_in_the_trail(
    pages: Pages, people: People, engine: Engine
) -> None:
    files = _files(accounts=ACCOUNTS, deals=DEALS)
    admin = pages(people.admin)
    answer = admin.post(_HERE, files=files, data={"act": "import"})
    assert "3 lines were imported." in answer.text
    assert "1 line cannot be used" in answer.text
    assert len(_accounts(engine)) == 2
    with Session(engine) as session:
        assert [one.ref for one in session.exec(select(Deal))] == ["d1"]
        assert session.exec(select(AuditEntry.verb)).all() == ["import_sales"]
    assert "0 lines were imported." in admin.post(_HERE, files=files, data={"act": "import"}).text


def test_all_or_nothing_is_nothing_when_a_line_is_wrong(
    pages: Pages, people: People, engine: Engine
) -> None:
    form = {"act": "import", "is_strict": "on"}
    files = _files(accounts=ACCOUNTS, deals=DEALS)
    answer = pages(people.admin).post(_HERE, files=files, data=form)
    assert "Nothing was imported, because lines are wrong." in answer.text
    assert _accounts(engine) == []


def test_a_file_that_is_none_is_told_and_the_choices_stay(pages: Pages, people: People) -> None:
    form = {"act": "import", "currency": "usd", "date_order": "dmy", "origin": "hubspot"}
    admin, files = pages(people.admin), _files(notes=b"hello\nworld\n")
    answer = admin.post(_HERE, files=files, data=form)
    assert answer.status_code == 422
    assert "Nothing was imported:" in answer.text
    assert 'value="USD"' in answer.text
    assert 'value="hubspot"' in answer.text
    scripted = admin.post(_HERE, files=files, data=form, headers={"hx-request": "true"})
    assert scripted.status_code == 200
    assert "data-problem=" in scripted.text


def test_choices_that_cannot_be_meant_are_told(pages: Pages, people: People) -> None:
    admin, files = pages(people.admin), _files(accounts=ACCOUNTS)
    for form in (
        {"time_zone": "Mars"},
        {"decimal": "x"},
        {"origin": "x" * 50},
        {"currency": "EURO"},
    ):
        answer = admin.post(_HERE, files=files, data={"act": "check", **form})
        assert answer.status_code == 422, form
        assert "Nothing was imported:" in answer.text


def test_forms_without_files_or_with_odd_fields_are_refused(pages: Pages, people: People) -> None:
    admin = pages(people.admin)
    empty = [("files", ("", b"", "application/octet-stream"))]
    assert admin.post(_HERE, files=empty, data={"act": "check"}).status_code == 422
    odd = admin.post(_HERE, files=_files(accounts=ACCOUNTS), data={"owner": "me"})
    assert odd.status_code == 422
    assert admin.post(_HERE, data={"act": "check"}).status_code == 415
    half = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\nid'
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert admin.post(_HERE, content=half, headers=kind).status_code == 400


def test_only_admins_import(pages: Pages, people: People, engine: Engine) -> None:
    files = _files(accounts=ACCOUNTS)
    assert pages(people.manager).post(_HERE, files=files).status_code == 403
    crossed = pages(people.admin).post(_HERE, files=files, headers={"sec-fetch-site": "cross-site"})
    assert crossed.status_code == 403
    assert _accounts(engine) == []
