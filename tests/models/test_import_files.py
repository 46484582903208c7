"""Files of every make are opened as what they are, or refused in words."""

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadImport
from models.importing import ImportOptions, SalesTable, read_table

ACCOUNTS = "id,name,industry\nacc_1,Crèche Café,Food\nacc_2,Zoë & Söhne,Tools\n"


def opened(content: bytes | str, name: str = "x.csv", **options: object) -> SalesTable:
    raw = content.encode() if isinstance(content, str) else content
    return read_table(raw, name, options=ImportOptions(**options))  # type: ignore[arg-type]


def cells(table: SalesTable) -> list[list[object]]:
    return [[row.cells[at] for at, _ in table.columns] for row in table.rows if not row.fault]


def notices(table: SalesTable) -> str:
    return " ".join(notice.message for notice in table.findings.notices)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_encoding_a_delimiter_and_line_ends_are_seen(
    encoding: str, delimiter: str, end: str
) -> None:
    text = ACCOUNTS.replace(",", delimiter).replace("\n", end)
    table = opened(text.encode(encoding))
    assert table.kind == "accounts"
    assert cells(table) == [["acc_1", "Crèche Café", "Food"], ["acc_2", "Zoë & Söhne", "Tools"]]
    assert ("Windows-1252" in notices(table)) is (encoding == "cp1252")


@pytest.mark.parametrize(
    ("encoding", "python"),
    [("iso-8859-15", "iso8859-15"), ("UTF-16-LE", "utf-16"), ("mac-roman", "mac-roman")],
)
def test_a_named_encoding_is_used(encoding: str, python: str) -> None:
    table = opened(ACCOUNTS.encode(python), encoding=encoding)
    assert cells(table)[0] == ["acc_1", "Crèche Café", "Food"]
    with pytest.raises(BadImport, match="not written in UTF-8"):
        opened(ACCOUNTS.encode("cp1252"), encoding="utf-8")


def test_excel_may_say_the_delimiter_first() -> None:
    table = opened("sep=;\r\nid;name\r\nacc_1;A, B\r\n", "accounts.csv")
    (row,) = table.rows
    assert (row.line, list(row.cells)) == (3, ["acc_1", "A, B"])


def test_columns_come_in_any_order_and_case_and_unknown_ones_are_told() -> None:
    table = opened("Industry, NAME ,Shoe-Size,ID\nFood,Ann's,44,acc_1\n")
    assert table.told == ("industry", "name", "id")
    assert cells(table) == [["Food", "Ann's", "acc_1"]]
    assert "shoe_size" in notices(table)


def test_rows_are_told_by_the_line_they_begin_on() -> None:
    text = '\n\nid,name\nacc_1,"two\r\nlines"\n,\n\nacc_2,one\n'
    text += 'acc_3\nacc_4,a,b\nacc_5,five,,\nacc_6,"x"y\n'
    rows = list(opened(text, "accounts.csv").rows)
    assert [row.line for row in rows] == [4, 8, 9, 10, 11, 12]
    assert rows[0].cells == ["acc_1", "two\r\nlines"]
    assert [bool(row.fault) for row in rows] == [False, False, True, True, False, True]
    assert "1 cells where the header has 2" in str(rows[2].fault)


def test_an_open_quote_at_the_end_is_told() -> None:
    rows = list(opened('id,name\nacc_1,"half a fi', "accounts.csv").rows)
    assert [bool(row.fault) for row in rows] == [True]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "no line of column names"),
        (b"\xef\xbb\xbf", "no line of column names"),
        (b",,,\n1,2,3,4\n", "no kind"),
        (b"PK\x03\x04rest", "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b'\xef\xbb\xbf [{"id": 1}]', "JSON"),
        (b"<!DOCTYPE html><table>", "web page"),
        (b"id,name\nacc_1,a\0b\n", "NUL"),
        ("id,name\nacc_1,ab\n".encode("utf-16-le"), "NUL"),
        (b"\xff\xfe" + "id,name\n\0".encode("utf-16-le"), "NUL"),
        (b"\xff\xfei", "not written in UTF-16"),
        (b"id,name\nacc_1,\x81\x8d\n", "neither|not written"),
        (b"\xef\xbb\xbfid,name\nacc_1,\xe9\n", "not written in UTF-8"),
        (b"id,name,Name\n", "twice: name"),
        (b"x,y\n1,2\n", "no kind"),
        (b"id,name,email\n", "reps or contacts"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(BadImport, match=words):
        list(opened(content).rows)


def test_a_workbook_renamed_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(BadImport, match=r"deals\.csv is a zip file or an Excel workbook"):
        opened(buffer.getvalue(), "deals.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (",".join(f"c{n}" for n in range(1_000_000)), "line 1 is longer"),
        ("a," * 499_999, "500000 columns"),
        ("id,name," + "x" * 200_000 + "\n1,2,3\n", "line 1 is too long"),
        ("id,name\nacc_1," + "x" * 10_000_000 + "\n", "line 2 is longer"),
        ('id,name\nacc_1,"' + "x\n" * 200_000 + '"\n', "line 2 is too long; is a quote left open"),
    ],
    ids=["names", "commas", "wide name", "wide cell", "open quote"],
)
def test_what_is_too_large_is_refused_in_words(content: str, words: str) -> None:
    with pytest.raises(BadImport, match=words):
        list(opened(content, "accounts.csv").rows)


def test_a_missing_column_is_one_error() -> None:
    with pytest.raises(BadImport, match="deals need the columns id, outcome; add them"):
        opened("name,stage\nx,demo\n", "deals.csv")
    with pytest.raises(BadImport, match="nearest is invitations, which also needs sent_at"):
        opened("id,prospect_email,response,responded_at\n")
    with pytest.raises(BadImport, match="there is no kind 'deal'"):
        read_table(b"id\n", "x.csv", kind="deal")


def test_a_file_that_is_named_a_kind_is_not_taken_for_another() -> None:
    with pytest.raises(BadImport, match="deals need the columns outcome"):
        opened("id,name,region\nd1,A,B\n", "Deals.csv")
    assert opened("id,name,email\nr1,A,a@b.example\n", "reps.csv").kind == "reps"
    assert opened("id,name,email\nr1,A,a@b.example\n", "contacts-2026.csv").kind == "contacts"


def test_a_currency_for_all_stands_in_for_its_column() -> None:
    text = "month,kind,amount\n2026-01,sales,10\n"
    with pytest.raises(BadImport, match="currency"):
        opened(text, "spend.csv")
    assert opened(text, "spend.csv", currency="EUR").kind == "spend"


@pytest.mark.parametrize(
    ("delimiter", "amount", "mark", "is_sure"),
    [
        (",", "1234", ".", False),
        (";", "1234", ",", False),
        (";", "12.50", ".", True),
        ("\t", "12,50", ",", True),
        (",", '"1,234.50"', ".", True),
    ],
)
def test_the_decimal_mark_is_told_by_the_file(
    delimiter: str, amount: str, mark: str, is_sure: bool
) -> None:
    text = f"month;kind;amount;currency\n2026-01;sales;{amount};EUR\n"
    table = opened(text.replace(";", delimiter))
    assert (table.mark, table.is_mark_sure) == (mark, is_sure)
    assert len(cells(table)) == 1


class Pipe(io.RawIOBase):
    """A stream that cannot go back, as a pipe."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


def test_a_pipe_is_read_and_a_file_is_left_open() -> None:
    assert len(cells(read_table(Pipe(ACCOUNTS.encode()), "x.csv"))) == 2  # type: ignore[arg-type]
    file = io.BytesIO(b"skipped" + ACCOUNTS.encode())
    file.seek(7)
    assert len(cells(read_table(file, "x.csv"))) == 2
    assert not file.closed


def test_rows_are_read_as_they_are_needed() -> None:
    line = b"acc_1,some name of some length,food\n"
    file = io.BytesIO(b"id,name,industry\n" + line * 500_000)
    rows = read_table(file, "x.csv").rows
    assert next(rows).line == 2
    assert file.tell() < 2_000_000


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    with suppress(BadImport):
        table = read_table(b"id,name\n" + content, "accounts.csv")
        assert all(len(row.cells) == 2 or row.fault for row in table.rows)


def written() -> Iterator[list[str]]:
    signs = random.Random(4)  # noqa: S311
    alphabet = "ab,;\"\n\t'=|é€ "
    for n in range(200):
        yield [f"acc_{n}", "x" + "".join(signs.choices(alphabet, k=8)) + "x"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_writes_comes_back(delimiter: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerows([["id", "name"], *written()])
    assert cells(opened(buffer.getvalue(), "accounts.csv")) == list(written())
