"""Presidio's recognisers of cards, accounts, e-mail addresses and phones, without a network."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analyzer.errors import EngineMissing
from analyzer.redaction.finding import Part
from analyzer.redaction.kinds import Kind

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "CREDIT_CARD": "card",
        "IBAN_CODE": "bank",
        "EMAIL_ADDRESS": "email",
        "PHONE_NUMBER": "phone",
    }
)
_REGIONS = {"fr": ("FR", "BE", "CH"), "en": ("GB", "US")}
_LEAST_DIGITS = 9
"""A shorter number is only a phone's where it is called so."""
_MONEY = re.compile(r"[€$£%]|\d[.,]\d{3}(?:[.,]\d{3})+(?!\d)")
_STRETCH = 20_000


class PresidioRecogniser:
    """Finds what is written as such things are; without models of its own.

    Raises EngineMissing when the package is not installed.
    """

    def find(self, text: str, language: str) -> Sequence[Part]:
        """Everything Presidio knows in a text."""
        found: list[Part] = []
        for start in _stretches(text):
            stretch = text[start : start + _STRETCH + 200]
            for one in _recognisers(language.lower()[:2]):
                nothing: Any = None  # these need no grammar
                for result in one.analyze(stretch, one.supported_entities, nothing) or []:
                    part = Part(
                        _KINDS[result.entity_type], start + result.start, start + result.end
                    )
                    if _is_meant(part, text):
                        found.append(part)
        return found


def _stretches(text: str) -> Iterator[int]:
    yield from range(0, max(1, len(text)), _STRETCH)


def _is_meant(part: Part, text: str) -> bool:
    if part.kind != "phone":
        return True
    said = text[part.start : part.end]
    around = text[max(0, part.start - 2) : part.end + 2]
    digits = sum(sign.isdecimal() for sign in said)
    return digits >= _LEAST_DIGITS and not _MONEY.search(around)


@cache
def _recognisers(language: str) -> tuple["EntityRecognizer", ...]:
    try:
        import tldextract
        from presidio_analyzer.predefined_recognizers import (
            CreditCardRecognizer,
            EmailRecognizer,
            IbanRecognizer,
            PhoneRecognizer,
        )
    except ImportError as error:
        raise EngineMissing(
            f"the package {error.name} is not installed; run `talktrack doctor`"
        ) from error
    # The list that comes with the package: by itself it would ask the network for a newer one.
    endings = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class Emails(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return bool(endings(pattern_text).domain)

    regions = _REGIONS.get(language, _REGIONS["en"])
    return (
        CreditCardRecognizer(),
        IbanRecognizer(),
        Emails(),
        PhoneRecognizer(supported_regions=regions),
    )
