"""The questions of store.ts in polars, chDB and SQLite: peers.py PARQUET FOLDER STATEMENTS; JSON of milliseconds on stdout."""

import json
import os
import sqlite3
import statistics
import sys
import time

import chdb.session
import polars
import pyarrow.parquet


def middle(statements, run):
    times = []
    for statement in statements:
        began = time.perf_counter()
        run(statement)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main():
    parquet, folder, questions = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    answer = {}

    context = polars.SQLContext(raw=polars.read_parquet(parquet))
    polars_ms = {}
    for name, statements in questions:
        try:
            polars_ms[name] = middle(statements, lambda sql: context.execute(sql, eager=True))
        except Exception as error:
            print(f"polars: {name}: {str(error)[:200]}", file=sys.stderr)
    answer["polars"] = polars_ms
    del context

    session = chdb.session.Session(os.path.join(folder, "chdb"))
    session.query("CREATE DATABASE IF NOT EXISTS b")
    session.query(
        f"CREATE TABLE b.raw ENGINE = MergeTree ORDER BY at_ms AS SELECT * FROM file('{parquet}', Parquet)"
        " SETTINGS schema_inference_make_columns_nullable = 0"
    )

    def ask_chdb(sql):
        words = sql.replace("FROM raw", "FROM b.raw").replace("at_ms // ", "at_ms DIV ")
        return session.query(words.replace("(at_ms + 3600000) // ", "(at_ms + 3600000) DIV "), "JSONCompact")

    chdb_ms = {}
    for name, statements in questions:
        try:
            chdb_ms[name] = middle(statements, ask_chdb)
        except Exception as error:
            print(f"chDB: {name}: {str(error)[:200]}", file=sys.stderr)
    answer["chDB"] = chdb_ms
    session.close()

    database = sqlite3.connect(os.path.join(folder, "raw.sqlite"))
    database.execute("PRAGMA journal_mode = OFF")
    file = pyarrow.parquet.ParquetFile(parquet)
    columns = file.schema_arrow.names
    database.execute(f"CREATE TABLE raw ({', '.join(columns)})")
    for batch in file.iter_batches(100_000):
        rows = zip(*(column.to_pylist() for column in batch.columns))
        database.executemany(f"INSERT INTO raw VALUES ({', '.join('?' * len(columns))})", rows)
    database.execute("CREATE INDEX raw_at_ms ON raw (at_ms)")
    database.commit()
    answer["SQLite"] = {
        name: middle(statements, lambda sql: database.execute(sql.replace("//", "/")).fetchall())
        for name, statements in questions
    }
    print(json.dumps(answer))


main()
