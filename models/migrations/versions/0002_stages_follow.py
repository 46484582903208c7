"""The database keeps how a deal's stages follow one another.

Revision ID: 0002
Revises: 0001

Asked for each time, it would mean sorting the whole history of every deal; kept by a trigger, it
is right after whatever changes it: an import, a CRM, a person.
"""

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

_FOLLOW = """
CREATE FUNCTION follow_stages(deals uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE stage_change SET
        is_end = new.is_end, is_first = new.is_first,
        left_at = new.left_at, went_forward = new.went_forward,
        deal_was_won = new.deal_was_won
    FROM (
        SELECT id, ends AS is_end, first_position = position AS is_first,
            coalesce(lead(entered_at) OVER course, ended_at) AS left_at,
            CASE
                WHEN lead(stage) OVER course IS NULL
                    THEN CASE WHEN outcome <> 'open' THEN outcome = 'won' END
                WHEN outcome <> 'open' AND lead(ends) OVER course
                    AND lead(stage, 2) OVER course IS NULL THEN outcome = 'won'
                WHEN lead(stage) OVER course ~* 'lost|perdu|abandon' THEN false
                ELSE lead(first_position) OVER course > position
            END AS went_forward,
            CASE WHEN outcome <> 'open' THEN outcome = 'won' END AS deal_was_won
        FROM (
            SELECT s.*, d.outcome, d.ended_at, s.stage ~* 'won|lost|closed|gagn|perdu|abandon' AS ends,
                min(s.position) OVER (PARTITION BY s.deal_id, s.stage) AS first_position
            FROM stage_change s JOIN deal d ON d.id = s.deal_id
            WHERE s.deal_id IN (SELECT unnest(deals))
        ) seen
        WINDOW course AS (PARTITION BY deal_id ORDER BY position)
    ) new
    WHERE stage_change.id = new.id
        AND (stage_change.is_end, stage_change.is_first, stage_change.left_at,
             stage_change.went_forward, stage_change.deal_was_won)
        IS DISTINCT FROM (
            new.is_end, new.is_first, new.left_at, new.went_forward, new.deal_was_won
        )
$$;
CREATE FUNCTION end_of_deal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_at := NULL;
    IF NEW.outcome <> 'open' THEN
        NEW.ended_at := coalesce(NEW.closed_at, (
            SELECT entered_at FROM stage_change
            WHERE deal_id = NEW.id ORDER BY position DESC LIMIT 1
        ));
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION end_deals(deals uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE deal SET ended_at = NULL  -- which the trigger above puts right
    WHERE id IN (SELECT unnest(deals)) AND outcome <> 'open' AND closed_at IS NULL
$$;
CREATE FUNCTION stages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM end_deals(ARRAY(SELECT DISTINCT deal_id FROM changed));
    PERFORM follow_stages(ARRAY(SELECT DISTINCT deal_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION stages_altered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM end_deals(ARRAY(SELECT deal_id FROM was UNION SELECT deal_id FROM changed));
    PERFORM follow_stages(ARRAY(SELECT deal_id FROM was UNION SELECT deal_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION outcome_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_stages(ARRAY(
        SELECT later.id FROM is_now later JOIN was earlier ON earlier.id = later.id
        WHERE (later.outcome, later.ended_at) IS DISTINCT FROM (earlier.outcome, earlier.ended_at)
    ));
    RETURN NULL;
END $$;
CREATE TRIGGER stage_change_added AFTER INSERT ON stage_change
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION stages_changed();
CREATE TRIGGER stage_change_altered AFTER UPDATE ON stage_change
    REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION stages_altered();
CREATE TRIGGER stage_change_deleted AFTER DELETE ON stage_change
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION stages_changed();
CREATE TRIGGER deal_ended BEFORE INSERT OR UPDATE ON deal
    FOR EACH ROW EXECUTE FUNCTION end_of_deal();
CREATE TRIGGER deal_outcome_changed AFTER UPDATE ON deal
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION outcome_changed();
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_FOLLOW)
    op.execute("UPDATE deal SET ended_at = NULL")
    op.execute("SELECT follow_stages(ARRAY(SELECT id FROM deal))")


def downgrade() -> None:
    """Take back."""
    for happening in ("outcome_changed", "ended"):
        op.execute(f"DROP TRIGGER deal_{happening} ON deal")
    for happening in ("added", "altered", "deleted"):
        op.execute(f"DROP TRIGGER stage_change_{happening} ON stage_change")
    functions = (
        "outcome_changed() stages_altered() stages_changed() end_deals(uuid[]) end_of_deal() "
        "follow_stages(uuid[])"
    )
    for function in functions.split():
        op.execute(f"DROP FUNCTION {function}")
