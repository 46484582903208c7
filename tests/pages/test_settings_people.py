"""People and teams, as an admin adds, invites, changes and switches them off."""

import html
import re
from urllib.parse import urlsplit

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.dependencies import COOKIE
from models.database import session_scope
from models.tables import Team, User
from models.users import check_password
from tests.api.conftest import People
from tests.pages.conftest import Pages


def _person(**changed: str) -> dict[str, str]:
    form = {"name": "Nina Holt", "email": "nina@beacon.example", "role": "rep", "language": "fr"}
    return {**form, **changed}


def _team(**changed: str) -> dict[str, str]:
    form = {"time_zone": "Europe/Paris", "currency": "eur", "fiscal_year_start": "4"}
    return {**form, **changed}


def _link(page: str) -> str:
    found = re.search(r'value="([^"]*/welcome/join\?code=[^"]*)"', page)
    assert found is not None
    split = urlsplit(html.unescape(found[1]))
    return f"{split.path}?{split.query}"


def _find(engine: Engine, email: str) -> User | None:
    with Session(engine) as session:
        return session.exec(select(User).where(User.email == email)).one_or_none()


def test_whoever_is_added_chooses_a_password_by_a_link_that_works_once(
    pages: Pages, people: People, nobody: TestClient, engine: Engine
) -> None:
    form = _person(team_id=str(people.rep.team_id))
    added = pages(people.admin).post("/settings/people", data=form)
    assert added.headers["cache-control"] == "no-store"
    link = _link(added.text)
    code = link.partition("code=")[2]
    shown = nobody.get(link)
    assert '<html lang="fr"' in shown.text
    short = nobody.post("/welcome/join", data={"code": code, "password": "short"})
    assert short.status_code == 422
    joined = nobody.post("/welcome/join", data={"code": code, "password": "ten letters or more"})
    assert joined.headers["location"] == "/"
    assert nobody.get("/settings").status_code == 200
    with Session(engine) as session:
        nina = check_password(session, "nina@beacon.example", "ten letters or more")
    assert nina is not None
    assert nina.team_id == people.rep.team_id
    again = nobody.post("/welcome/join", data={"code": code, "password": "somebody else's"})
    assert again.status_code == 403
    assert nobody.get(link).status_code == 403


def test_a_forged_or_cut_link_lets_nobody_in(nobody: TestClient, people: People) -> None:
    for code in ("", "x", "WyJhIl0.a.b", "\x00"):
        assert nobody.get("/welcome/join", params={"code": code}).status_code == 403
        answer = nobody.post("/welcome/join", data={"code": code, "password": "long enough one"})
        assert answer.status_code == 403
        assert COOKIE not in nobody.cookies


def test_somebody_switched_off_cannot_use_an_old_link_and_comes_back(
    pages: Pages, people: People, nobody: TestClient, engine: Engine
) -> None:
    admin, there = pages(people.admin), f"/settings/people/{people.rep.id}"
    link = _link(admin.post(f"{there}/invite").text)
    off = admin.post(f"{there}/off")
    assert off.status_code == 303
    assert nobody.get(link).status_code == 403
    assert pages(people.rep).get("/settings").status_code == 303
    assert f'action="{there}/on"' in admin.get(there).text
    assert admin.post(f"{there}/invite").status_code == 409
    assert admin.post(f"{there}/on").status_code == 303
    rita = _find(engine, people.rep.email)
    assert rita is not None
    assert rita.is_active


def test_what_is_wrong_with_somebody_new_is_told_beside_the_fields(
    pages: Pages, people: People, engine: Engine
) -> None:
    form = _person(name=" ", email=people.rep.email.upper(), time_zone="x", team_id="gone")
    answer = pages(people.admin).post("/settings/people", data=form)
    assert answer.status_code == 422
    for said in ("Say what they are called.", "has this address", "no such time zone", "is gone"):
        assert said in answer.text
    assert 'value="gone"' not in answer.text
    with Session(engine) as session:
        assert len(session.exec(select(User)).all()) == 6


def test_a_hostile_name_is_shown_as_it_is(pages: Pages, people: People, engine: Engine) -> None:
    name = '"><script>alert(1)</script>\x00'
    admin = pages(people.admin)
    admin.post("/settings/people", data=_person(name=name))
    page = admin.get("/settings/people").text
    assert "<script>alert" not in page
    nina = _find(engine, "nina@beacon.example")
    assert nina is not None
    one = admin.get(f"/settings/people/{nina.id}").text
    assert "<script>alert" not in one
    assert "&lt;script&gt;alert(1)" in one


def test_people_are_found_by_name_team_and_state(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    admin.post(f"/settings/people/{people.peer.id}/off")
    rows = [
        ("?q=RIT", {"rita"}),
        (f"?team={people.rep.team_id}", {"rita", "mona"}),
        ("?state=off", {"paul"}),
        ("?q=%25", set[str]()),
    ]
    for asked, expected in rows:
        page = admin.get(f"/settings/people{asked}").text
        found = set(re.findall(r"<td data-name=\"E-mail\">(\w+)@", page))
        assert found == expected, asked


def test_a_long_list_of_people_comes_a_page_at_a_time(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        session.add_all(
            User(email=f"clone{number}@x.example", name=f"Clone {number:03}")
            for number in range(70)
        )
    admin = pages(people.admin)
    first = admin.get("/settings/people?q=clone").text
    following = re.search(r'href="(/settings/people\?[^"]*cursor=[^"]*)"', first)
    assert following is not None
    second = admin.get(html.unescape(following[1])).text
    assert first.count("@x.example</td>") == 50
    assert second.count("@x.example</td>") == 20


def test_an_admin_cannot_shut_themselves_out(pages: Pages, people: People) -> None:
    admin, there = pages(people.admin), f"/settings/people/{people.admin.id}"
    assert f"{there}/off" not in admin.get(there).text
    assert admin.post(f"{there}/off").status_code == 409
    form = _person(name="Ada", email=people.admin.email, role="rep")
    answer = admin.post(there, data=form)
    assert answer.status_code == 422
    assert "Another admin must do that" in answer.text


def test_changing_somebody_keeps_what_the_form_has(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin, there = pages(people.admin), f"/settings/people/{people.rep.id}"
    form = _person(name="Rita", email=people.rep.email, role="manager", region="North")
    assert admin.post(there, data=form).headers["location"] == there
    rita = _find(engine, people.rep.email)
    assert rita is not None
    assert (rita.role, rita.region, rita.team_id) == ("manager", "North", None)


def test_teams_are_added_changed_and_deleted_and_people_stay(
    pages: Pages, people: People, engine: Engine
) -> None:
    admin = pages(people.admin)
    assert admin.post("/settings/teams", data=_team(name="North")).status_code == 303
    twice = admin.post("/settings/teams", data=_team(name="North", currency="euro"))
    assert twice.status_code == 422
    assert "of this name already" in twice.text
    assert "three letters" in twice.text
    with Session(engine) as session:
        north = session.exec(select(Team).where(Team.name == "North")).one()
    assert (north.currency, north.fiscal_year_start) == ("EUR", 4)
    wrong = admin.post(f"/settings/teams/{north.id}", data=_team(name="EMEA"))
    assert wrong.status_code == 422
    assert admin.post(f"/settings/teams/{people.rep.team_id}/delete").status_code == 303
    with Session(engine) as session:
        rita = session.exec(select(User).where(col(User.id) == people.rep.id)).one()
    assert rita.team_id is None
    assert admin.post(f"/settings/teams/{people.rep.team_id}/delete").status_code == 404
