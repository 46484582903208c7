"""Signing in at a provider, for real: its own process, HTTP, and our database."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.dependencies import COOKIE
from models.database import session_scope
from models.tables import AuditEntry, Team, User, UserIdentity
from models.users import find_user
from tests.api.conftest import People
from tests.oidc.browsing import Browser, why, with_query
from tests.oidc.conftest import CLIENT_SECRET, Door

RITA = {"email": "Rita@beacon.example", "email_verified": True, "name": "Rita Ruiz"}
NEW = {"email": "new@beacon.example", "email_verified": True, "name": "Nina Ève"}
ROLES = {"sales": "rep", "leads": "manager", "it": "admin"}


def user_of(engine: Engine, email: str) -> User | None:
    with Session(engine) as session:
        return find_user(session, email)


def trail(engine: Engine, *verbs: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    with Session(engine) as session:
        kept = (
            select(AuditEntry).where(col(AuditEntry.verb).in_(verbs)).order_by(col(AuditEntry.id))
        )
        return [(one.actor, one.verb, one.detail) for one in session.exec(kept)]


def test_the_question_is_asked_with_state_nonce_and_proof(door: Door, people: People) -> None:
    there = parse_qs(urlsplit(door().begin()).query)
    assert there["scope"] == ["openid email profile"]
    assert there["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= there.keys()
    assert there["redirect_uri"] == ["http://127.0.0.1/sign-in/provider/callback"]
    assert CLIENT_SECRET not in str(there)


def test_who_has_an_account_is_linked_once_and_found_again_whatever_their_address(
    door: Door, people: People, engine: Engine
) -> None:
    browser = door()
    browser.known_as("rita", **RITA)
    assert browser.sign_in("rita", "/calls?state=ready") == "/calls?state=ready"
    assert browser.who() == "rita@beacon.example"
    browser.known_as("rita", **{**RITA, "email": "rita.married@beacon.example"})
    assert browser.sign_in("rita") == "/"
    assert browser.who() == "rita@beacon.example"
    with Session(engine) as session:
        assert len(session.exec(select(UserIdentity)).all()) == 1
    told = trail(engine, "link_identity", "sign_in")
    assert [verb for _actor, verb, _detail in told] == ["link_identity", "sign_in", "sign_in"]
    assert told[-1] == ("rita@beacon.example", "sign_in", {"by": "provider"})


def test_unknown_people_get_an_account_only_where_that_is_set(
    door: Door, people: People, engine: Engine
) -> None:
    browser = door()
    browser.known_as("nina", **NEW, locale="fr-CA")
    assert why(browser.sign_in("nina")) == "unknown"
    assert user_of(engine, "new@beacon.example") is None
    browser = door(oidc_creates=True)
    assert browser.sign_in("nina") == "/"
    made = user_of(engine, "new@beacon.example")
    assert made is not None
    assert (made.name, made.role, made.language, made.password_hash) == (
        "Nina Ève",
        "rep",
        "fr",
        None,
    )
    assert browser.sign_in("nina") == "/"
    assert [verb for _, verb, _ in trail(engine, "make_user", "fail_sign_in")] == [
        "fail_sign_in",
        "make_user",
    ]


def test_the_first_person_of_all_does_not_come_from_a_provider(door: Door, engine: Engine) -> None:
    browser = door(oidc_creates=True, oidc_roles={"it": "admin"})
    browser.known_as("nina", **NEW, groups=["it"])
    assert why(browser.sign_in("nina")) == "unknown"
    assert user_of(engine, "new@beacon.example") is None


def test_roles_and_teams_follow_groups_and_end_what_was_open(
    door: Door, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        session.add(Team(name="Nord"))
    settings = {"oidc_roles": ROLES, "oidc_teams": {"north": "Nord", "moon": "No such team"}}
    browser, other = door(**settings), door(**settings)
    browser.known_as("rita", **RITA, groups=["sales", "chess"])
    browser.sign_in("rita")
    assert user_of(engine, "rita@beacon.example").role == "rep"  # type: ignore[union-attr]
    browser.known_as("rita", **RITA, groups=["sales", "leads", "north", "moon"])
    other.sign_in("rita")
    rita = user_of(engine, "rita@beacon.example")
    assert rita is not None
    assert rita.role == "manager"
    with Session(engine) as session:
        assert session.get_one(Team, rita.team_id).name == "Nord"
    assert other.who() == "rita@beacon.example"
    assert browser.who() is None  # what was open under the old role ended
    (change,) = trail(engine, "change_role")
    assert change == (
        "rita@beacon.example",
        "change_role",
        {"by": "provider", "from": "rep", "to": "manager"},
    )


def test_who_is_in_no_group_stays_out_and_loses_nothing_else(
    door: Door, people: People, engine: Engine
) -> None:
    browser = door(oidc_roles=ROLES, oidc_creates=True)
    browser.known_as("rita", **RITA, groups=["chess"])
    assert why(browser.sign_in("rita")) == "group"
    browser.known_as("nina", **NEW)
    assert why(browser.sign_in("nina")) == "group"
    assert user_of(engine, "new@beacon.example") is None
    assert browser.who() is None
    refused = trail(engine, "fail_sign_in")
    assert [actor for actor, _, _ in refused] == ["rita@beacon.example", "nobody"]
    assert refused[0][2]["why"] == "group"


@pytest.mark.parametrize("groups", [[], ["sales"], ["chess"]])
def test_the_last_admin_stays_one_whatever_their_groups_say(
    door: Door, people: People, engine: Engine, groups: list[str]
) -> None:
    browser = door(oidc_roles=ROLES)
    ada = {"email": "ada@beacon.example", "email_verified": True, "groups": groups}
    browser.known_as("ada", **ada)
    assert browser.sign_in("ada") == "/"
    assert user_of(engine, "ada@beacon.example").role == "admin"  # type: ignore[union-attr]
    assert len(trail(engine, "keep_last_admin")) == 1


def test_one_admin_of_two_can_lose_the_role(door: Door, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.boss.id).role = "admin"
    browser = door(oidc_roles=ROLES)
    ada = {"email": "ada@beacon.example", "email_verified": True, "groups": ["sales"]}
    browser.known_as("ada", **ada)
    browser.sign_in("ada")
    assert user_of(engine, "ada@beacon.example").role == "rep"  # type: ignore[union-attr]


def test_groups_may_lie_in_an_object_of_the_claims(door: Door, people: People) -> None:
    browser = door(oidc_roles=ROLES, oidc_groups_claim="realm_access.roles")
    browser.known_as("rita", **RITA, realm_access={"roles": ["sales"]})
    assert browser.sign_in("rita") == "/"


WRONG = (
    ({"aud": "another program"}, "untrusted"),
    ({"aud": ["talktrack", "another program"]}, "untrusted"),  # without azp
    ({"iss": "https://evil.example"}, "untrusted"),
    ({"nonce": "of another question"}, "untrusted"),
    ({"azp": "another program"}, "untrusted"),
    ({"exp": 1_000_000_000}, "clock"),
    ({"iat": 4_000_000_000}, "clock"),
    ({"email_verified": False}, "unverified"),
    ({"email_verified": "no"}, "unverified"),
    ({"email_verified": [True]}, "unverified"),
    ({"email": None}, "no_email"),
    ({"email": ["rita@beacon.example"]}, "no_email"),
    ({"email": "rita@beacon.example@evil.example"}, "no_email"),
)


def test_an_answer_that_is_not_for_us_lets_nobody_in(
    door: Door, people: People, engine: Engine
) -> None:
    browser = door()
    landed = {}
    for number, (claims, _expected) in enumerate(WRONG):
        browser.known_as("rita", **{**RITA, **claims})
        landed[number] = browser.sign_in("rita")
        assert browser.who() is None
        assert COOKIE not in browser.app.cookies
    expected = [why_not for _claims, why_not in WRONG]
    assert [why(one) for one in landed.values()] == expected
    told = trail(engine, "fail_sign_in")
    assert [(who, detail["why"]) for who, _, detail in told] == [("nobody", w) for w in expected]
    with Session(engine) as session:
        assert session.exec(select(UserIdentity)).all() == []


def test_an_unverified_address_counts_only_where_that_is_set(door: Door, people: People) -> None:
    browser = door(oidc_trusts_email=True)
    browser.known_as("rita", email="rita@beacon.example")
    assert browser.sign_in("rita") == "/"


def test_only_listed_domains_are_let_in(door: Door, people: People) -> None:
    browser = door(oidc_email_domains=("beacon.example",), oidc_creates=True)
    browser.known_as("eve", email="eve@notbeacon.example", email_verified=True)
    assert why(browser.sign_in("eve")) == "domain"
    browser.known_as("rita", **RITA)
    assert browser.sign_in("rita") == "/"


def test_who_takes_over_an_address_does_not_take_over_the_account(
    door: Door, people: People, engine: Engine
) -> None:
    browser, other = door(), door()
    browser.known_as("rita", **RITA)
    browser.sign_in("rita")
    other.known_as("mallory", **RITA)
    assert why(other.sign_in("mallory")) == "taken"
    assert other.who() is None
    assert browser.who() == "rita@beacon.example"


def test_who_is_switched_off_is_not_let_in(door: Door, people: People, engine: Engine) -> None:
    browser = door(oidc_creates=True)
    browser.known_as("rita", **RITA)
    browser.sign_in("rita")
    with session_scope(engine) as session:
        session.get_one(User, people.rep.id).is_active = False
    assert browser.who() is None
    assert why(browser.sign_in("rita")) == "disabled"


def test_another_browsers_answer_is_refused(door: Door, people: People, engine: Engine) -> None:
    """Login CSRF: nobody is signed in to an account that somebody else chose."""
    mallory, victim = door(), door()
    mallory.known_as("rita", **RITA)
    back = mallory.agree(mallory.begin(), "rita")
    assert why(victim.come_back(back)) == "stale"  # without a question of its own
    victim.begin()
    assert why(victim.come_back(back)) == "stale"  # nor with one
    assert victim.who() is None
    assert trail(engine, "fail_sign_in") == []  # nobody can fill the trail with such


def test_an_answer_is_good_once(door: Door, people: People) -> None:
    browser = door()
    browser.known_as("rita", **RITA)
    there = browser.begin()
    asked = browser.app.cookies["talktrack_provider"]
    back = browser.agree(there, "rita")
    assert browser.come_back(back) == "/"
    assert "talktrack_provider" not in browser.app.cookies
    assert why(browser.come_back(back)) == "stale"
    replayed = door()
    replayed.app.cookies.set("talktrack_provider", asked)
    assert why(replayed.come_back(back)) == "stale"  # the code was used
    assert replayed.who() is None


@pytest.mark.parametrize("what", ["state", "nonce", "code_challenge"])
def test_a_question_that_was_changed_on_its_way_comes_to_nothing(
    door: Door, people: People, what: str
) -> None:
    browser = door()
    browser.known_as("rita", **RITA)
    back = browser.agree(with_query(browser.begin(), **{what: "changed"}), "rita")
    assert why(browser.come_back(back)) in {"stale", "untrusted"}
    assert browser.who() is None


def test_a_question_is_forgotten_after_ten_minutes(
    door: Door, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = door()
    browser.known_as("rita", **RITA)
    there = browser.begin()
    asked = browser.app.cookies["talktrack_provider"]
    back = browser.agree(there, "rita")
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    browser.app.cookies.clear()
    browser.app.cookies.set("talktrack_provider", asked)
    assert why(browser.come_back(back)) == "stale"


def test_a_session_from_before_is_not_carried_on(door: Door, people: People) -> None:
    """Session fixation: what a browser brought along ends when somebody signs in."""
    browser, other = door(), door()
    browser.known_as("rita", **RITA)
    browser.sign_in("rita")
    planted = browser.app.cookies[COOKIE]
    browser.sign_in("rita")
    assert browser.app.cookies[COOKIE] != planted
    other.app.cookies.set(COOKIE, planted)
    assert other.who() is None


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example/x", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_afterwards(door: Door, people: People, after: str) -> None:
    browser = door()
    browser.known_as("rita", **RITA)
    assert browser.sign_in("rita", after) == "/"


def test_who_does_not_agree_is_told_so(door: Door, people: People) -> None:
    browser = door()
    back = browser.agree(browser.begin("/calls"), "rita", action="deny")
    landed = browser.come_back(with_query(back, state=_state(browser)))
    assert why(landed) == "denied"
    assert "next=%2Fcalls" in landed


def _state(browser: Browser) -> str:
    """The state of the question; the provider forgets to send it back with a refusal."""
    from api.signing import read_provider_sign_in

    key = browser.app.app.state.signing_key  # type: ignore[attr-defined]
    begun = read_provider_sign_in(key, browser.app.cookies["talktrack_provider"], 600)
    assert begun is not None
    return begun.state


def test_the_secret_is_in_no_answer_nor_log(
    door: Door, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    browser = door()
    browser.known_as("rita", **{**RITA, "aud": "another"})
    landed = browser.sign_in("rita")
    assert CLIENT_SECRET not in browser.app.get(landed).text
    assert "came to nothing" in caplog.text
    assert CLIENT_SECRET not in caplog.text
    assert "rita@" not in caplog.text.lower()


def test_an_admin_takes_a_link_away_and_who_is_no_admin_does_not(
    door: Door, people: People, engine: Engine
) -> None:
    browser, other, office = door(), door(), door()
    browser.known_as("rita", **RITA)
    browser.sign_in("rita")
    here = {"sec-fetch-site": "same-origin"}
    links = f"/api/v1/users/{people.rep.id}/identities"
    page = f"/settings/people/{people.rep.id}"
    assert browser.app.get(links).status_code == 403
    assert browser.app.delete(links, headers=here).status_code == 403
    assert browser.app.post(f"{page}/unlink", headers=here).status_code == 403
    office.known_as("ada", email="ada@beacon.example", email_verified=True)
    office.sign_in("ada")
    (link,) = office.app.get(links).json()
    assert (link["subject"], link["issuer"]) == ("rita", str(browser.provider.base_url).rstrip("/"))
    assert "Take the link away" in office.app.get(page).text
    assert office.app.post(f"{page}/unlink", headers=here).status_code == 303
    assert browser.who() is None
    assert office.app.get(links).json() == []
    other.known_as("rita-anew", **RITA)  # the provider gave her another id
    assert other.sign_in("rita-anew") == "/"
    assert office.app.delete(links, headers=here).status_code == 204
    assert other.who() is None
    assert [verb for _, verb, _ in trail(engine, "unlink_user")] == ["unlink_user"] * 2
