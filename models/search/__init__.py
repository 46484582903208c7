"""Search over all calls a user may see: by words, and by meaning."""

from models.search.filters import NO_FILTERS, SearchFilters
from models.search.gathering import gather_words
from models.search.meaning import search_meaning
from models.search.results import Asked, FoundCall, Line, SearchPage, Snippet
from models.search.words import search_words

__all__ = [
    "NO_FILTERS",
    "Asked",
    "FoundCall",
    "Line",
    "SearchFilters",
    "SearchPage",
    "Snippet",
    "gather_words",
    "search_meaning",
    "search_words",
]
