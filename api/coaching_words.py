"""The words of a coaching report, and how its figures and quotes are written."""

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from analyzer.formats.rendering import one_line
from analyzer.formats.wording import DASH, Wording, clock, extended
from models.behaviours import BY_SLUG, Reading, Share, Unit
from models.coaching.replay import Replay


@cache
def coaching_words(language: str) -> Wording:
    """The words of reports of calls and those of coaching, in English or French."""
    return extended(language, files("api") / "coaching_texts")


class Pen:
    """Writes what coaching found in one language, by the clock of one place."""

    def __init__(self, t: Wording, zone: str) -> None:
        self.t = t
        self._zone = ZoneInfo(zone)

    def day(self, instant: datetime) -> str:
        """The day of an instant where the rep works."""
        return self.t.day(instant.astimezone(self._zone).date())

    def moment(self, instant: datetime) -> str:
        """The day and hour of an instant where the rep works."""
        return self.t.date(instant.astimezone(self._zone))

    def month(self, first: date) -> str:
        """The day a week or month begins, a month by its name."""
        if first.day == 1:
            return f"{self.t(f'month.{first.month}')} {first.year}"
        return self.t.day(first)

    def area(self, slug: str) -> str:
        """What an area of coaching is called."""
        return one_line(self.t.named("area", slug))

    def behaviour(self, slug: str) -> str:
        """What a behaviour is called."""
        return self.t(f"behaviour.{slug}.name")

    def value(self, value: float, unit: Unit) -> str:
        """A figure of a behaviour with its unit."""
        match unit:
            case "share":
                return self.t.percent(value)
            case "seconds":
                return self.t.duration(value)
            case "per_minute":
                return self.t("number.per_minute", value=self._number(value))
            case "per_hour":
                return self.t("report.per_hour", value=self._number(value))

    def reading(self, reading: Reading | None, slug: str) -> str:
        """What calls say of a behaviour, with what they lie between; a dash for too few."""
        if reading is None or reading.value is None:
            return DASH
        unit = BY_SLUG[slug].unit
        value = self.value(reading.value, unit)
        if reading.low is None or reading.high is None:
            return value
        low, high = self.value(reading.low, unit), self.value(reading.high, unit)
        return self.t("report.among", value=value, low=low, high=high)

    def share(self, share: Share) -> str:
        """A part of a whole; a dash of nothing."""
        return self._part("report.share", share)

    def calls(self, share: Share) -> str:
        """A part of calls; a dash of none."""
        return self._part("report.calls", share)

    def quote(self, replay: Replay) -> tuple[str, str]:
        """What was said, and in which call at what time it plays."""
        text = self.t("report.quote", text=one_line(replay.quote)) if replay.quote else ""
        return text, self.place(replay.title, replay.started_at, replay.start_s)

    def place(self, title: str, started_at: datetime, start_s: float | None) -> str:
        """A call, and the time at which something in it plays."""
        named, day = one_line(title), self.day(started_at)
        if start_s is None:
            return self.t("report.call", title=named, day=day)
        return self.t("report.cites", title=named, day=day, time=clock(start_s))

    def at(self, text: str, start_s: float | None) -> str:
        """Something, and the time of its call at which it plays."""
        return text if start_s is None else self.t("report.at", text=text, time=clock(start_s))

    def _part(self, key: str, share: Share) -> str:
        if share.value is None:
            return DASH
        percent = self.t.percent(share.value)
        return self.t(key, part=share.part, whole=share.whole, percent=percent)

    def _number(self, value: float) -> str:
        return self.t.number(value, 0 if value >= 100 else 1)
