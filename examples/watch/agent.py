"""An agent in Python that keeps its goals in SQLite, and knows nothing of goaltrace: python3 agent.py goals.db.

goaltrace watch goals.db, in the folder of goaltrace.config.json, reports them.
"""

import sqlite3
import sys

database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA journal_mode = WAL")
database.execute("CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, title TEXT, state TEXT, tokens INTEGER DEFAULT 0)")
database.commit()


def turn(tokens: int) -> None:
    with database:
        database.execute("UPDATE tasks SET tokens = tokens + ? WHERE id = 'write-report'", (tokens,))


with database:
    database.execute("INSERT OR REPLACE INTO tasks VALUES ('write-report', 'Write the report', 'running', 0)")
turn(1200)
turn(800)
with database:
    database.execute("UPDATE tasks SET state = 'done' WHERE id = 'write-report'")

# Most agents run on, and so does their connection.
if len(sys.argv) > 2:
    sys.stdin.readline()
