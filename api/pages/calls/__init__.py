"""A call: its course, recording, words and findings, and what people make of it."""

from api.pages.calls import (
    clips,
    comments,
    corrections,
    crm,
    facts,
    keeping,
    original,
    page,
    report_file,
    shared_clip,
    tips,
)

ROUTERS = (
    page.router,
    corrections.router,
    crm.router,
    facts.router,
    keeping.router,
    original.router,
    comments.router,
    clips.router,
    tips.router,
    report_file.router,
    shared_clip.door,
)
