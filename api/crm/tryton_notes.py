"""Notes on Tryton's opportunities: plain text that cannot be changed once it is written.

A new one takes the place of the old. Whoever wrote one last takes away all of its mark but the
newest, so that one stays whoever else was writing at the same time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from api.crm.errors import CrmGone, CrmRejected
from api.crm.tryton_rpc import ANYTHING, COUNT, IDS, NAME, Rpc
from api.crm.tryton_search import Domain, escaped

_MODEL = "model.ir.note"
_RESOURCE = "sale.opportunity"


class _Row(BaseModel):
    id: int
    message: str | None = None
    create_date: AwareDatetime | None = None


_NOTES = TypeAdapter(list[_Row])
_MADE = TypeAdapter(tuple[int])


@dataclass(frozen=True, slots=True)
class Written:
    """A note that is there."""

    id: int
    text: str
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one opportunity. All methods raise CrmError."""

    rpc: Rpc
    context: Mapping[str, Any]
    opportunity: int

    def marked(self, mark: str) -> list[Written]:
        """Those that carry a mark, oldest first. Raises CrmGone when the opportunity is gone."""
        try:
            return self._read([["message", "like", f"%{escaped(mark)}%"]])
        except CrmRejected as error:
            raise self._why(error) from None

    def write(self, text: str) -> int:
        """A new note's id. Raises CrmGone when the opportunity is gone."""
        values = {"resource": self._resource, "message": text}
        try:
            made = self.rpc.call(
                _MADE, f"{_MODEL}.create", [values], self.context, may_repeat=False
            )
        except CrmRejected as error:
            raise self._why(error) from None
        return made[0]

    def replace(self, note_id: int | None, mark: str, text: str) -> Written:
        """The one note of a mark, saying what it is to say. Raises CrmGone when it was deleted."""
        there = self.marked(mark)
        if note_id not in {one.id for one in there}:
            raise CrmGone(f"{NAME}: the note was deleted from opportunity {self.opportunity}")
        if there[-1].text != text:
            self.write(text)
            there = self.marked(mark)
            if not there:
                raise CrmGone(f"{NAME}: the note was deleted as it was written; push it again")
        *older, newest = there
        for one in older:
            self.delete(one.id)
        return newest

    def delete(self, note_id: int) -> None:
        """Take one away, if it is there."""
        try:
            self.rpc.call(ANYTHING, f"{_MODEL}.delete", [note_id], self.context)
        except CrmRejected as error:
            if isinstance(self._why(error), CrmGone) or not self._read([["id", "=", note_id]]):
                return
            raise

    @property
    def _resource(self) -> str:
        return f"{_RESOURCE},{self.opportunity}"

    def _read(self, domain: Domain) -> list[Written]:
        """Those that a search finds."""
        try:
            return self._searched(domain)
        except CrmRejected:
            # One may have been deleted after Tryton found it and before it read it: then the search
            # alone still goes through, and each of the others can be read.
            asked = (self._of_it(domain), 0, None, [["id", "ASC"]], self.context)
            found = self.rpc.call(IDS, f"{_MODEL}.search", *asked)
        return [one for number in found for one in self._one(number)]

    def _one(self, note_id: int) -> list[Written]:
        try:
            return self._searched([["id", "=", note_id]])
        except CrmRejected:
            return []

    def _searched(self, domain: Domain) -> list[Written]:
        names = ["message", "create_date"]
        asked = (self._of_it(domain), 0, None, [["id", "ASC"]], names, self.context)
        rows = self.rpc.call(_NOTES, f"{_MODEL}.search_read", *asked)
        return [Written(one.id, one.message or "", one.create_date) for one in rows]

    def _of_it(self, domain: Domain) -> Domain:
        """Tryton lets nobody look for notes without saying of what."""
        return [["resource", "=", self._resource], *domain]

    def _why(self, error: CrmRejected) -> CrmRejected:
        """Gone, when the opportunity is; Tryton's words for it are those for what is forbidden."""
        domain = [["id", "=", self.opportunity]]
        if self.rpc.call(COUNT, f"model.{_RESOURCE}.search_count", domain, 0, None, self.context):
            return error
        return CrmGone(f"{NAME} has no opportunity {self.opportunity}, or not for this user")
