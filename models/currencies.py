"""Currencies: how many decimals each has (ISO 4217)."""

EURO = "EUR"
"""What sums are in where nobody told another; exchange rates are in it."""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_DECIMALS = (
    dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
    | dict.fromkeys(_FOUR_DECIMALS.split(), 4)
)
"""Of ISO 4217, those whose minor unit is not a hundredth."""


def decimals_of(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _DECIMALS.get(currency, 2)


def minor_units(currency: str) -> int:
    """How many minor units make one: 100 for EUR."""
    return int(10 ** decimals_of(currency))
