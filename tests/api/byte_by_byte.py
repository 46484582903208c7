"""Search everything that is kept for somebody, byte by byte, however their letters are written."""

import subprocess
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, text

from models.database import plain_url
from models.embedded import bin_folder


def written_as(letters: str) -> set[bytes]:
    """Every way the letters could lie somewhere."""
    forms = {
        form(letters)
        for form in (
            str,
            str.upper,
            lambda one: unicodedata.normalize("NFD", one),
            lambda one: quote(one, safe=""),
            lambda one: one.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00"),
        )
    }
    return {one.encode(code) for one in forms for code in ("utf-8", "utf-16-le")} | {
        one.encode("latin-1", "ignore") for one in forms
    }


class Search:
    """Looks for letters, small or capital."""

    def __init__(self, letters: Iterable[str]) -> None:
        self._forms = {form.lower() for one in letters for form in written_as(one)}

    def is_in(self, content: bytes) -> bool:
        """Whether any of the letters is in it."""
        lowered = content.lower()
        return any(form in lowered for form in self._forms)

    def in_rows(self, engine: Engine) -> set[str]:
        """The columns of all tables that hold the person."""
        found = set()
        with engine.connect() as connection:
            columns = connection.execute(
                text(
                    "SELECT table_schema, table_name, column_name FROM information_schema.columns "
                    "JOIN information_schema.tables USING (table_schema, table_name) "
                    "WHERE table_type = 'BASE TABLE' AND table_schema NOT LIKE 'pg\\_%' "
                    "AND table_schema <> 'information_schema'"
                )
            ).all()
            for schema, table, column in columns:
                at = f'FROM "{schema}"."{table}"'
                texts = text(f'SELECT CAST("{column}" AS text) {at}')
                kept = connection.execute(texts).scalars()
                raw = connection.execute(text(f'SELECT "{column}" {at}')).scalars()
                if any(one is not None and self.is_in(one.encode()) for one in kept) or any(
                    isinstance(one, bytes) and self.is_in(one) for one in raw
                ):
                    found.add(f"{table}.{column}")
        return found

    def in_dump(self, engine: Engine) -> bool:
        """Whether pg_dump writes them out."""
        done = subprocess.run(
            [str(bin_folder() / "pg_dump"), "--inserts", plain_url(engine)],
            capture_output=True,
            check=True,
        )
        return self.is_in(done.stdout)

    def in_folder(self, folder: Path) -> set[str]:
        """The files, by content or name, that hold them."""
        return {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if self.is_in(str(path.relative_to(folder)).encode())
            or (path.is_file() and self.is_in(path.read_bytes()))
        }

    def in_cluster(self, engine: Engine) -> set[str]:
        """The files of the database itself that hold them, once it was rewritten.

        What is dead stays in tables and indexes until VACUUM, and in the write-ahead log until it
        is recycled: that is not looked at.
        """
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL"))
            connection.execute(text("CHECKPOINT"))
            folder = connection.execute(text("SHOW data_directory")).scalar_one()
            number = connection.execute(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            ).scalar_one()
        base = Path(folder) / "base" / str(number)
        return {
            path.name for path in base.iterdir() if path.is_file() and self.is_in(path.read_bytes())
        }
