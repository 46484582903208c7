"""How much of what was said is found: agenda, questions, objections, prices, next steps, tips.

A moment is right when it comes within a second of a turn that carries its act; a turn is found
when a moment of its kind does. F1 is the harmonic mean of both shares. A `touched` agenda item
counts as missed. `tips` is the share of the three tips that the labels accept.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Content = Mapping[str, Any]
KINDS = ("question", "open_question", "objection", "next_step")
_STOP = re.compile("(?:the|and|for|with|from|our|their|les|des|une|pour|sur|aux|avec)")
"""Of the shared scorer's stop words, those of three letters or more."""


@dataclass(slots=True)
class Count:
    """Right among found, found among labelled."""

    right: int = 0
    found: int = 0
    labelled: int = 0
    covered: int = 0

    def add(self, right: int, found: int, covered: int, labelled: int) -> None:
        """Count one more call."""
        self.right += right
        self.found += found
        self.covered += covered
        self.labelled += labelled

    @property
    def f1(self) -> float:
        """Of nothing found where nothing is labelled: 1."""
        precision = self.right / self.found if self.found else float(not self.labelled)
        recall = self.covered / self.labelled if self.labelled else 1.0
        both = precision + recall
        return 2 * precision * recall / both if both else 0.0

    @property
    def share(self) -> float:
        """Found among labelled; 0 where nothing is labelled."""
        return self.covered / self.labelled if self.labelled else 0.0


@dataclass(slots=True)
class Findings:
    """Counts over calls; `misses` says, in words, each thing missed or wrongly found."""

    counts: dict[str, Count] = field(default_factory=dict)
    misses: list[tuple[str, str]] = field(default_factory=list)

    def count(self, key: str) -> Count:
        """The count of a key, new when it is."""
        return self.counts.setdefault(key, Count())

    def rates(self) -> dict[str, float]:
        """Every figure by its name in the shared scorer."""
        f1 = {
            f"{key}_f1": one.f1
            for key, one in self.counts.items()
            if key not in {"topics", "tips", "sides"}
        }
        shares = {
            name: self.count(key).share
            for key, name in (
                ("topics", "topics_recall"),
                ("tips", "tips_right"),
                ("sides", "sides_right"),
            )
        }
        return {**f1, **shares}

    def score(self, truth: Content, report: Content) -> None:
        """Hold a report to the labels of its call."""
        for kind in KINDS:
            self._score_moments(kind, truth, report)
        self._score_agenda(truth, report)
        self._score_sets(truth, report)
        self._score_topics(truth, report)
        self._score_tips(truth, report)
        self._score_sides(truth, report)

    def _miss(self, key: str, text: str) -> None:
        self.misses.append((key, text))

    def _score_moments(self, kind: str, truth: Content, report: Content) -> None:
        moments = [one for one in report.get("moments", ()) if _is_kind(one, kind)]
        turns = _turns(truth, kind)
        also = _turns(truth, "commitment") if kind == "next_step" else []
        wrong = [one for one in moments if not any(_near(one, turn) for turn in [*turns, *also])]
        missed = [turn for turn in turns if not any(_near(one, turn) for one in moments)]
        self.count(kind).add(
            len(moments) - len(wrong), len(moments), len(turns) - len(missed), len(turns)
        )
        for one in wrong:
            self._miss(kind, f"WRONG  {_clock(one)} {one['quote']['text']}")
        for turn in missed:
            self._miss(kind, f"MISSED {_clock(turn)} {turn['text']}")

    def _score_agenda(self, truth: Content, report: Content) -> None:
        said = {one["id"]: one["status"] for one in report.get("agenda", ())}
        for item in truth["agenda"]:
            found, covered = said.get(item["id"]) == "covered", bool(item["covered"])
            both, neither = found and covered, not found and not covered
            self.count("agenda_covered").add(both, found, both, covered)
            self.count("agenda_missed").add(neither, not found, neither, not covered)
            if found != covered:
                status = said.get(item["id"])
                self._miss("agenda", f"{item['title']}: {status}, covered: {covered}")

    def _score_sets(self, truth: Content, report: Content) -> None:
        expected = truth["expected"]
        moments = report.get("moments", ())
        self._compare(
            "pricing",
            _amounts(one for one in moments if one["kind"] == "pricing"),
            _amounts(expected.get("prices", ())),
            _amounts(expected.get("other_amounts", ())),
        )
        names = {str(one.get("name", "")).lower() for one in moments if one["kind"] == "competitor"}
        wanted = {name.lower() for name in expected.get("competitors", ())}
        self._compare("competitor", names, wanted, set())

    def _compare(self, key: str, found: set[Any], wanted: set[Any], allowed: set[Any]) -> None:
        right = found & (wanted | allowed)
        self.count(key).add(len(right), len(found), len(found & wanted), len(wanted))
        for one in found - right:
            self._miss(key, f"WRONG  {one}")
        for one in wanted - found:
            self._miss(key, f"MISSED {one}")

    def _score_topics(self, truth: Content, report: Content) -> None:
        named = [stems(one["name"]) for one in report.get("topics", ())[:8]]
        for topic in truth["expected"]["key_topics"]:
            want = stems(topic)
            hit = any(len(want & got) >= max(1, round(len(want) / 2)) for got in named)
            self.count("topics").add(hit, 1, hit, 1)
            if not hit:
                self._miss("topics", f"MISSED {topic}")

    def _score_tips(self, truth: Content, report: Content) -> None:
        expected, given = truth["expected"], report.get("tips", {})
        best = (given.get("best") or {}).get("area")
        improve = [one.get("area") for one in given.get("improve", ())][:2]
        is_best = best in {expected["best"], *(expected.get("best_also") or ())}
        wanted = {*expected["improve"], *(expected.get("improve_also") or ())}
        right = is_best + len(set(improve) & wanted)
        self.count("tips").add(right, 3, right, 3)
        if right < 3:
            self._miss("tips", f"best {best}, labelled {expected['best']}; {improve}, {wanted}")

    def _score_sides(self, truth: Content, report: Content) -> None:
        internal = {one["name"]: one["internal"] for one in truth["speakers"]}
        for speaker in report.get("speakers", ()):
            own = [turn for turn in report["turns"] if turn["speaker"] == speaker["id"]]
            shares = _shares(own, truth["turns"])
            if shares and max(shares.values()) > 5:
                is_seller = internal[max(shares, key=lambda name: shares[name])]
                right = (speaker["side"] == "seller") == is_seller
                self.count("sides").add(right, 1, right, 1)


def stems(text: str) -> set[str]:
    """First five letters of every word that matters."""
    words = re.findall(r"[^\W\d_]{3,}", text.lower())
    return {word[:5] for word in words if not _STOP.fullmatch(word)}


def _is_kind(moment: Content, kind: str) -> bool:
    if kind == "open_question":
        return moment["kind"] == "question" and bool(moment.get("open"))
    return bool(moment["kind"] == kind)


def _turns(truth: Content, act: str) -> list[Content]:
    return [turn for turn in truth["turns"] if act in (turn["acts"] or ())]


def _near(one: Content, other: Content) -> bool:
    return bool(one["start"] - 1 < other["end"] and other["start"] - 1 < one["end"])


def _amounts(rows: Iterable[Content]) -> set[float]:
    return {round(float(row["amount"]), 2) for row in rows if row.get("amount") is not None}


def _shares(own: Sequence[Content], turns: Sequence[Content]) -> dict[str, float]:
    """Seconds that one heard speaker shares with each true one."""
    shares: dict[str, float] = {}
    for one in own:
        for turn in turns:
            both = min(one["end"], turn["end"]) - max(one["start"], turn["start"])
            shares[turn["speaker"]] = shares.get(turn["speaker"], 0.0) + max(0.0, both)
    return shares


def _clock(one: Content) -> str:
    return f"{one['start']:6.1f}"
