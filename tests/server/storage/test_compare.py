"""`gym-kiosk compare`: the same record is identical, and any altered canonical cell is found and named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.experiments.errors import InputError
from app.server.storage.exports.compare import compare_command, compare_files

HEADER = ["episode", "frame", "action.0", "reward.0", "state_hash", "ping_ms"]
Write = Callable[..., Path]


def rows(count: int = 5) -> list[list[str]]:
    return [["0", str(n), str(n % 3), "0.5", "ab" if n % 2 else "", f"{n}.25"] for n in range(count)]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, body: list[list[str]], header: list[str] = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(",".join(row) + "\r\n" for row in (header, *body)).encode(encoding))
        return path

    return written


def test_the_same_record_is_identical(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_command(write("a.csv", rows()), write("b.csv", rows())) == 0
    assert capsys.readouterr().out == "identical: 5 rows, 5 canonical columns\n"


def test_seat_local_columns_the_order_of_columns_and_a_byte_order_mark_do_not_matter(write: Write) -> None:
    turned = [row[::-1] for row in rows()]
    for row in turned:
        row[0] = "999"
    other = write("b.csv", turned, HEADER[::-1], "utf-8-sig")
    assert compare_files(write("a.csv", rows()), other).equal


@pytest.mark.parametrize("column", HEADER[:5])
@pytest.mark.parametrize("number", [0, 2, 4])
def test_an_altered_canonical_cell_is_found(
    write: Write, capsys: pytest.CaptureFixture[str], column: str, number: int
) -> None:
    body = rows()
    body[number][HEADER.index(column)] = "77"
    assert compare_command(write("a.csv", rows()), write("b.csv", body)) == 1
    before = rows()[number]
    place = f"episode 0, frame {number}, column {column}"
    assert capsys.readouterr().out == f"different: {place}: {before[HEADER.index(column)]!r} and '77'\n"


def test_the_first_of_several_differences_is_named(write: Write) -> None:
    body = rows()
    body[3][2] = body[2][4] = body[2][3] = "x"
    found = compare_files(write("a.csv", rows()), write("b.csv", body)).first_difference
    assert found is not None
    assert (found.frame, found.column, found.values) == ("2", "reward.0", ("0.5", "x"))


def test_a_record_that_goes_on_is_different(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    short, long = write("a.csv", rows(3)), write("b.csv", rows(5))
    assert compare_command(short, long) == 1
    assert f"{short} has 3 rows, {long} has 5; the first row only in {long} is episode 0, frame 3" in (
        capsys.readouterr().out
    )
    assert compare_command(long, short) == 1


def test_a_canonical_column_that_one_lacks_is_a_difference(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    lacking = [row[:4] + row[5:] for row in rows()]
    whole, other = write("a.csv", rows()), write("b.csv", lacking, HEADER[:4] + HEADER[5:])
    assert compare_command(whole, other) == 1
    assert capsys.readouterr().out == f"different: column state_hash is only in {whole}\n"


def test_a_cell_is_compared_as_it_is_written(write: Write) -> None:
    body = rows()
    body[0][3] = "0.50"
    assert not compare_files(write("a.csv", rows()), write("b.csv", body)).equal


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "has no columns episode and frame"),
        (b"name,age\r\nx,3\r\n", "has no columns episode and frame"),
        (b"episode,frame,action.0,action.0\r\n0,0,1,1\r\n", "occurs twice"),
        (b"episode,frame,action.0\r\n0,0,1\r\n0,1\r\n", "line 3 has 2 cells, the header has 3; the file is torn"),
        (b"episode,frame,action.0\r\n0,0,\xff\xfe\r\n", "is not a CSV file in UTF-8"),
        (b'episode,frame,action.0\r\n0,0,"1', "is not a CSV file in UTF-8"),
    ],
)
def test_a_file_that_is_no_record_gets_one_sentence_and_exit_code_2(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, sentence: str
) -> None:
    other = tmp_path / "other.csv"
    if content is not None:
        other.write_bytes(content)
    good = write("a.csv", [["0", "0", "1"], ["0", "1", "1"]], ["episode", "frame", "action.0"])
    assert compare_command(good, other) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{other}: ") and sentence in said.err
    assert said.err.count("\n") == 1


def test_two_records_without_rows_are_nothing_to_compare(write: Write) -> None:
    with pytest.raises(InputError, match="hold no rows"):
        compare_files(write("a.csv", []), write("b.csv", []))
