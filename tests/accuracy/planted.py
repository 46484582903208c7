"""Sentences of sales calls with planted values whose truth is known, written and spoken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from analyzer.redaction.kinds import Kind

_ONES = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "fr": ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
}
_TEENS = {
    "en": [
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ],
    "fr": [
        "dix",
        "onze",
        "douze",
        "treize",
        "quatorze",
        "quinze",
        "seize",
        "dix-sept",
        "dix-huit",
        "dix-neuf",
    ],
}
_TENS = {
    "en": ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
    "fr": ["-", "-", "vingt", "trente", "quarante", "cinquante", "soixante"],
}
_FIRST = {
    "en": [
        "Sarah",
        "James",
        "Olivia",
        "Daniel",
        "Priya",
        "Thomas",
        "Emily",
        "Robert",
        "Aisha",
        "George",
        "Laura",
        "Kevin",
    ],
    "fr": [
        "Julien",
        "Camille",
        "Nathalie",
        "Thierry",
        "Sophie",
        "Karim",
        "Hélène",
        "Mathieu",
        "Aurélie",
        "Bruno",
    ],
}
_LAST = {
    "en": [
        "Thompson",
        "Patel",
        "Whitaker",
        "Connor",
        "Hughes",
        "Fletcher",
        "Morgan",
        "Sullivan",
        "Barnes",
        "Okafor",
    ],
    "fr": [
        "Lefèvre",
        "Moreau",
        "Benali",
        "Chevalier",
        "Dubois",
        "Garnier",
        "Fontaine",
        "Roussel",
        "Marchand",
    ],
}
_STREETS = {
    "en": [
        "Maple Street",
        "Baker Street",
        "Kingsway Road",
        "Victoria Avenue",
        "Orchard Lane",
        "Market Street",
        "Station Road",
        "Elm Drive",
        "Princes Street",
        "Harbour Road",
    ],
    "fr": [
        "rue de la République",
        "avenue Jean Jaurès",
        "boulevard Voltaire",
        "rue Victor Hugo",
        "place de la Mairie",
        "chemin des Vignes",
        "allée des Tilleuls",
        "quai de la Loire",
    ],
}
_TOWNS = {
    "en": ["London", "Manchester", "Leeds", "Boston", "Chicago", "Bristol"],
    "fr": ["Paris", "Lyon", "Nantes", "Toulouse", "Lille", "Bordeaux"],
}
_HOSTS = {"en": ["gmail.com", "outlook.com", "acme.co.uk", "bluepeak.io"],
          "fr": ["orange.fr", "gmail.com", "laposte.net", "valmont.fr"]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with the words that hold values; `places` are words of the text."""

    text: str
    language: str
    form: str
    values: tuple[tuple[Kind, tuple[int, ...]], ...]


def plant(
    templates: Mapping[str, Sequence[str]], seed: int, count: int, languages: Sequence[str]
) -> list[Planted]:
    """`count` texts of each language, from templates in turn, in every form in turn."""
    random = Random(seed)  # noqa: S311 (nothing secret)
    made = []
    for language in languages:
        own = templates[language]
        for n in range(count):
            form = ("written", "spoken")[n // len(own) % 2]
            made.append(_fill(own[n % len(own)], language, form, random))
    return made


def _fill(template: str, language: str, form: str, random: Random) -> Planted:
    words: list[str] = []
    values: list[tuple[Kind, tuple[int, ...]]] = []
    for part in template.split():
        if not part.startswith("{"):
            words.append(part)
            continue
        name, _, mark = part[1:].partition("}")
        value = _MAKE[name](random, language, form).split()  # type: ignore[index]
        first = len(words)
        words += [*value[:-1], value[-1] + mark]
        values.append((name, tuple(range(first, len(words)))))  # type: ignore[arg-type]
    return Planted(" ".join(words), language, form, tuple(values))


def card(random: Random, language: str, form: str) -> str:
    """A number with its check digit, in four groups or digit by digit."""
    start = random.choice(("4", "51", "53", "2720"))
    digits = start + "".join(random.choice("0123456789") for _ in range(15 - len(start)))
    digits += next(one for one in "0123456789" if _luhn(digits + one))
    groups = [digits[n : n + 4] for n in range(0, 16, 4)]
    if form == "written":
        return random.choice((" ", "-", "")).join(groups)
    return _joined([say(one, language, random) for one in groups], random)


def iban(random: Random, language: str, form: str) -> str:
    """An account of France, Germany or Britain with its sum."""
    kind = random.choice(("FR", "DE") if language == "fr" else ("GB", "DE"))
    digit = "0123456789"
    if kind == "GB":
        rest = "NWBK" + "".join(random.choice(digit) for _ in range(14))
    else:
        rest = "".join(random.choice(digit) for _ in range(23 if kind == "FR" else 18))
    number = int("".join(str(int(sign, 36)) for sign in rest + kind + "00"))
    whole = f"{kind}{98 - number % 97:02}{rest}"
    groups = [whole[n : n + 4] for n in range(0, len(whole), 4)]
    if form == "written":
        return random.choice((" ".join(groups), whole))
    return _joined([_spelled(one, language, random) for one in groups], random)


def identity(random: Random, language: str, form: str) -> str:
    """A social security number."""
    if language == "fr":
        digits = f"{random.choice('12')}{random.randrange(50, 99)}{random.randrange(1, 13):02}"
        digits += f"{random.randrange(1, 95):02}{random.randrange(10**6):06}"
        digits += f"{97 - int(digits) % 97:02}"
        cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    else:
        digits = (
            f"{random.randrange(100, 899)}{random.randrange(10, 99)}{random.randrange(1000, 9999)}"
        )
        cuts = (0, 3, 5, 9)
    groups = [digits[a:b] for a, b in pairwise(cuts)]
    if form == "written":
        return ("-" if language == "en" else " ").join(groups)
    return _joined([say(one, language, random) for one in groups], random)


def phone(random: Random, language: str, form: str) -> str:
    """A number of France, or of Britain or the United States."""
    rest = "".join(random.choice("0123456789") for _ in range(8))
    if language == "fr":
        digits = f"0{random.choice('1234567')}{rest}"
        groups = [digits[n : n + 2] for n in range(0, 10, 2)]
    elif random.random() < 0.5:
        digits = f"07{random.choice('3457')}{rest}"
        groups = [digits[:5], digits[5:8], digits[8:]]
    else:
        digits = f"{random.choice(['415', '212', '312', '617'])}{random.choice('234567')}{rest[:6]}"
        groups = [digits[:3], digits[3:6], digits[6:]]
    if form == "written":
        return random.choice((" ", "-", "") if language == "en" else (" ", ".", "")).join(groups)
    return _joined([say(one, language, random) for one in groups], random)


def email(random: Random, language: str, form: str) -> str:
    """An address, with its signs said or written."""
    first, last = random.choice(_FIRST[language]), random.choice(_LAST[language])
    bare = str.maketrans("éèêëàâîïôûç", "eeeeaaiiouc")
    name, host = f"{first}.{last}".lower().translate(bare), random.choice(_HOSTS[language])
    name = random.choice((name, name.replace(".", "-"), name[0] + name.partition(".")[2]))
    if form == "written":
        return f"{name}@{host}"
    signs = {"en": (" dot ", " dash ", " at "), "fr": (" point ", " tiret ", " arobase ")}[language]
    said = name.replace(".", signs[0]).replace("-", signs[1])
    if random.random() < 0.3:
        said = " ".join(sign for sign in said.split()[0]) + said[len(said.split()[0]) :]
    domain = host if random.random() < 0.3 else host.replace(".", signs[0])
    return f"{said}{signs[2]}{domain}"


def address(random: Random, language: str, form: str) -> str:
    """A house, a street, a town and mostly its code."""
    number = random.randrange(1, 240)
    street, town = random.choice(_STREETS[language]), random.choice(_TOWNS[language])
    if language == "fr":
        code = f"{random.randrange(10, 95)}{random.choice(('000', '100', '003', '200'))}"
        if form == "written":
            return f"{number} {street}, {code} {town}"
        said = f"{_number(number, 'fr')} {street} à {town}"
        return said if random.random() < 0.5 else f"{_number(number, 'fr')} {street}, {code} {town}"
    code = random.choice(("SW1A 2AA", "M60 1NW", "LS1 4DY", "BS1 5TR", "EC2A 4BX"))
    if form == "written":
        return f"{number} {street}, {town} {code}"
    said = f"{_number(number, 'en')} {street} in {town}"
    return said if random.random() < 0.5 else f"{_number(number, 'en')} {street}, {town}, {code}"


def name(random: Random, language: str, form: str) -> str:
    """A first and a last name, or one of the two in speech."""
    del form
    return f"{random.choice(_FIRST[language])} {random.choice(_LAST[language])}"


_MAKE: Mapping[Kind, Callable[[Random, str, str], str]] = {
    "card": card,
    "bank": iban,
    "identity": identity,
    "phone": phone,
    "email": email,
    "address": address,
    "name": name,
}


def say(digits: str, language: str, random: Random) -> str:
    """Digits as people say them: one by one, in pairs, or as a recogniser puts them."""
    way = random.choice(("ones", "pairs", "figures"))
    if way == "figures":
        return digits
    if way == "pairs" and len(digits) in {2, 4}:
        return " ".join(_pair(digits[n : n + 2], language) for n in range(0, len(digits), 2))
    zero = random.choice(("oh", "zero")) if language == "en" else "zéro"
    return " ".join(zero if one == "0" else _ONES[language][int(one)] for one in digits)


def _pair(two: str, language: str) -> str:
    if two[0] == "0":
        return " ".join(_ONES[language][int(one)] for one in two)
    return _number(int(two), language)


def _number(value: int, language: str) -> str:
    """A number below 1000 in words."""
    if value >= 100:
        head = "" if language == "fr" and value < 200 else f"{_ONES[language][value // 100]} "
        hundred = "cent" if language == "fr" else "hundred"
        rest = _number(value % 100, language) if value % 100 else ""
        return f"{head}{hundred} {'and ' if rest and language == 'en' else ''}{rest}".strip()
    if value < 20:
        return (_ONES[language] + _TEENS[language])[value]
    tens, one = divmod(value, 10)
    if language == "en":
        return _TENS["en"][tens] + (f" {_ONES['en'][one]}" if one else "")
    if value >= 80:
        return "quatre-vingt" + (f"-{_number(value - 80, 'fr')}" if value > 80 else "s")
    if value >= 70:
        return "soixante-" + _number(value - 60, "fr")
    join = " et " if one == 1 else "-"
    return _TENS["fr"][tens] + (f"{join}{_ONES['fr'][one]}" if one else "")


def _spelled(signs: str, language: str, random: Random) -> str:
    letters = "".join(one for one in signs if one.isalpha())
    digits = "".join(one for one in signs if one.isdecimal())
    return " ".join([*letters, *([say(digits, language, random)] if digits else [])])


def _joined(groups: Sequence[str], random: Random) -> str:
    """Groups with what comes between them in speech."""
    between = random.choice((" ", ", ", " uh, ", ". "))
    return between.join(groups)


def _luhn(digits: str) -> bool:
    doubled = (int(one) * (1 + n % 2) for n, one in enumerate(reversed(digits)))
    return sum(one - 9 * (one > 9) for one in doubled) % 10 == 0
