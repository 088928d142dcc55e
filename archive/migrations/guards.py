"""What the database itself refuses: changes of the log (invariant 7), in the words of each engine."""

from __future__ import annotations

from typing import Final

FROZEN: Final = "audit_entry"
COLUMNS: Final = ("id", "at", "actor", "action", "subject", "body")

_SQLITE: Final = (
    f"""CREATE TRIGGER {FROZEN}_stays BEFORE UPDATE ON {FROZEN}
        WHEN OLD.leaf_index IS NOT NULL OR {" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in COLUMNS)}
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    f"""CREATE TRIGGER {FROZEN}_lasts BEFORE DELETE ON {FROZEN}
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
)

_POSTGRESQL: Final = (
    f"""CREATE FUNCTION {FROZEN}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.leaf_index IS NULL
               AND ({", ".join(f"NEW.{name}" for name in COLUMNS)}) IS NOT DISTINCT FROM
                   ({", ".join(f"OLD.{name}" for name in COLUMNS)}) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'the log is append-only';
        END $$""",
    f"CREATE TRIGGER {FROZEN}_stays BEFORE UPDATE OR DELETE ON {FROZEN} FOR EACH ROW EXECUTE FUNCTION {FROZEN}_guard()",
    f"CREATE TRIGGER {FROZEN}_lasts BEFORE TRUNCATE ON {FROZEN} FOR EACH STATEMENT EXECUTE FUNCTION {FROZEN}_guard()",
)


def statements(dialect: str) -> tuple[str, ...]:
    """The statements that put the guards up, for `sqlite` or `postgresql`."""
    return _POSTGRESQL if dialect == "postgresql" else _SQLITE
