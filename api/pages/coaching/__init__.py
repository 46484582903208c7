"""Coaching: the report of a rep, goals, the team, and what winning calls do."""

from api.pages.coaching import goals, page, team, winning_calls

ROUTERS = (
    page.router,
    goals.router,
    team.router,
    winning_calls.router,
)
