import re

import pytest

from analyzer.coaching import WORDINGS
from analyzer.measures import MEASURES
from analyzer.passages import PASSAGES
from analyzer.playbook_file import standard_playbook

AREAS = {
    "open_questions", "discovery_depth", "talk_listen_balance", "monologue_length",
    "active_listening", "agenda_control", "value_articulation", "pricing_confidence",
    "objection_handling", "next_steps", "preparation", "rapport", "clarity",
    "product_knowledge", "multi_stakeholder",
}  # fmt: skip
TIPS = standard_playbook().tips
BLANK = re.compile(r"\{([a-z_0-9.]+)[|}]")


@pytest.mark.parametrize("tip", TIPS, ids=lambda tip: tip.id)
def test_a_tip_is_complete_in_both_languages(tip):
    assert tip.area in AREAS
    assert set(tip.finding) == {"en", "fr"}
    assert set(tip.try_next) == (set() if tip.is_strength else {"en", "fr"})
    assert {one.measure for one in tip.conditions} <= set(MEASURES)
    assert tip.evidence
    assert set(tip.evidence) <= set(PASSAGES)
    for text in (*tip.finding.values(), *tip.try_next.values()):
        assert set(BLANK.findall(text)) <= {*MEASURES, *WORDINGS}
        assert len(text) < 220
    assert set(BLANK.findall(tip.finding["en"])) == set(BLANK.findall(tip.finding["fr"]))


def test_every_area_can_be_praised_or_advised():
    assert {tip.area for tip in TIPS} == AREAS
    assert {tip.area for tip in TIPS if not tip.is_strength} >= AREAS - {"preparation"}


def test_call_types_and_scorecards_are_named_in_both_languages():
    standard = standard_playbook()
    kinds = {rule.id for rule in standard.call_types}
    assert all(
        {"en", "fr"} <= set(rule.name) for rule in (*standard.call_types, *standard.trackers)
    )
    assert {kind for one in (*TIPS, *standard.scorecards) for kind in one.call_types} <= kinds
    for card in standard.scorecards:
        assert all({"en", "fr"} <= set(one.question) for one in card.criteria)
