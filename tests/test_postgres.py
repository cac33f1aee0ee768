"""What the tests of PostgreSQL stand on: each begins with empty tables, whose numbers begin again."""

from __future__ import annotations

from sqlalchemy.engine import make_url

from tests import postgres

NEXT = "SELECT nextval(pg_get_serial_sequence('audit', 'id'))"


def test_emptied_tables_have_no_rows_and_number_from_one_again(postgresql_database_url: str) -> None:
    with postgres.connect(make_url(postgresql_database_url)) as connection:
        for number in (1, 2):
            connection.execute("INSERT INTO keys (value) VALUES (%s)", [f"slack:T1:U{number}"])
            assert connection.execute(NEXT).fetchone() == (number,)
        postgres.empty_tables(postgresql_database_url)
        assert connection.execute("SELECT count(*) FROM keys").fetchone() == (0,)
        assert connection.execute(NEXT).fetchone() == (1,)
