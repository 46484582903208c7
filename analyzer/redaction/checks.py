"""Numbers that prove themselves: the check digits of cards, accounts and identities."""

_IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22,
    "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18,
    "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
}  # fmt: skip
"""Signs of an account number, by country."""
_CARD_LENGTHS = range(13, 20)


def is_card(digits: str) -> bool:
    """Whether digits are a card's number: a network's beginning, a length, and Luhn's sum."""
    if len(digits) not in _CARD_LENGTHS or digits[0] not in "23456":
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def iban_length(start: str) -> int | None:
    """How many signs the account numbers have that begin so, None where there are none."""
    return _IBAN_LENGTHS.get(start[:2].upper())


def is_iban(text: str) -> bool:
    """Whether letters and digits are an IBAN: a country's length, and the sum by 97."""
    if len(text) != iban_length(text) or not text.isascii() or not text[2:4].isdecimal():
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def is_nir(digits: str) -> bool:
    """Whether digits are a French social security number with its key."""
    if len(digits) != 15 or digits[0] not in "123478":
        return False
    return 97 - int(digits[:13]) % 97 == int(digits[13:])
