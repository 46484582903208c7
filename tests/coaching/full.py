"""A report in which something of everything is told."""

from datetime import timedelta

from sqlmodel import Session

from models.coaching.report import RepReport
from models.tables import CoachingGoal, Comment, GoalNote
from tests.coaching.company import NOW, Company


def told(session: Session, name: str = "Rita") -> RepReport:
    """Eight calls of a rep of this name, with findings, promises, a goal and a comment."""
    company = Company(session, "Europe/Paris")
    company.rep.name = name
    deal = company.deal(name=f"Rollout {name}", outcome="won", closed_at=NOW)
    lost = company.deal(name="Other", outcome="lost", closed_at=NOW)
    for day in range(8):
        facts = {"talk_ratio": 0.4 + day / 100, "next_steps": 0, "agenda_coverage": day % 2}
        of = deal if day % 2 else lost
        call = company.call(3 + 12 * day, title=f"Call {day} {name}", deal_id=of.id, facts=facts)
        company.tip(call, "clarity", quote=f"What {name} said", start_s=3725.0, end_s=3730.0)
        company.tip(call, "rapport", is_best=True)
        company.step(call, text=f"Send {name} the offer")
        company.item(call, f"Budget {name}", "covered" if day % 2 else "not_found", 61.0)
        company.answer(call, "metrics", is_found=bool(day % 2))
        author = {"author_id": company.manager.id, "created_at": NOW - timedelta(days=1)}
        company.kept(Comment(call_id=call.id, text=f"Well said, {name}", start_s=5.0, **author))
    open_deal = company.deal(name="Open")
    company.step(company.call(1, deal_id=open_deal.id), due_on=(NOW + timedelta(days=3)).date())
    goal = company.kept(
        CoachingGoal(
            rep_id=company.rep.id,
            author_id=company.manager.id,
            text=f"Let {name} listen",
            metric="talk_ratio",
            aim=0.45,
            agreed_on=(NOW - timedelta(days=40)).date(),
            review_on=(NOW + timedelta(days=40)).date(),
        )
    )
    company.kept(GoalNote(goal_id=goal.id, author_id=company.manager.id, text="Better"))
    return company.report()
