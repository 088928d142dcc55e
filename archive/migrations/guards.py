"""What the database itself refuses: changes of the log (invariant 7), in the words of each engine.

An entry comes without a place in the tree, is given one once, and then stays as it is.
"""

from __future__ import annotations

from typing import Final

FROZEN: Final = "audit_entry"
COLUMNS: Final = ("id", "at", "actor", "action", "subject", "body")

_SQLITE: Final = (
    f"""CREATE TRIGGER {FROZEN}_stays BEFORE UPDATE ON {FROZEN}
        WHEN OLD.leaf_index IS NOT NULL OR {" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in COLUMNS)}
          OR EXISTS (SELECT 1 FROM {FROZEN} WHERE leaf_index = NEW.leaf_index)
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",  # noqa: S608 - names of our own
    f"""CREATE TRIGGER {FROZEN}_lasts BEFORE DELETE ON {FROZEN}
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    # INSERT OR REPLACE would delete the row that is in its way without asking the trigger above
    f"""CREATE TRIGGER {FROZEN}_begins BEFORE INSERT ON {FROZEN}
        WHEN NEW.leaf_index IS NOT NULL OR EXISTS (SELECT 1 FROM {FROZEN} WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",  # noqa: S608 - names of our own
)

_POSTGRESQL: Final = (
    f"""CREATE FUNCTION {FROZEN}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' AND NEW.leaf_index IS NULL THEN
                RETURN NEW;
            END IF;
            IF TG_OP = 'UPDATE' AND OLD.leaf_index IS NULL
               AND ({", ".join(f"NEW.{name}" for name in COLUMNS)}) IS NOT DISTINCT FROM
                   ({", ".join(f"OLD.{name}" for name in COLUMNS)}) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'the log is append-only';
        END $$""",
    f"""CREATE TRIGGER {FROZEN}_stays BEFORE INSERT OR UPDATE OR DELETE ON {FROZEN}
        FOR EACH ROW EXECUTE FUNCTION {FROZEN}_guard()""",
    f"CREATE TRIGGER {FROZEN}_lasts BEFORE TRUNCATE ON {FROZEN} FOR EACH STATEMENT EXECUTE FUNCTION {FROZEN}_guard()",
)


def statements(dialect: str) -> tuple[str, ...]:
    """The statements that put the guards up, for `sqlite` or `postgresql`."""
    return _POSTGRESQL if dialect == "postgresql" else _SQLITE
