"""The database keeps when a lead was first dealt with, and whether it came before.

Revision ID: 0003
Revises: 0002

Looked up among all activities for every lead each time, it would take seconds; kept by a trigger,
it is right after whatever changes it.
"""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

_FOLLOW = """
CREATE FUNCTION follow_leads(leads uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE lead SET
        first_activity_at = new.activity_at, first_follow_up_at = new.follow_up_at,
        first_linkedin_at = new.linkedin_at
    FROM (
        SELECT l.id,
            min(a.at) FILTER (WHERE a.at >= l.arrived_at AND NOT a.is_whole_day) AS activity_at,
            min(a.at) FILTER (WHERE a.at >= l.arrived_at AND a.kind = 'follow_up') AS follow_up_at,
            min(a.at) FILTER (WHERE a.kind = 'linkedin') AS linkedin_at
        FROM lead l LEFT JOIN activity a ON a.lead_id = l.id
        WHERE l.id IN (SELECT unnest(leads))
        GROUP BY l.id
    ) new
    WHERE lead.id = new.id
        AND (lead.first_activity_at, lead.first_follow_up_at, lead.first_linkedin_at)
        IS DISTINCT FROM (new.activity_at, new.follow_up_at, new.linkedin_at)
$$;
CREATE FUNCTION activities_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_leads(ARRAY(SELECT DISTINCT lead_id FROM changed WHERE lead_id IS NOT NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION activities_altered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_leads(ARRAY(SELECT lead_id FROM was UNION SELECT lead_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION lead_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_leads(ARRAY(
        SELECT later.id FROM is_now later JOIN was earlier ON earlier.id = later.id
        WHERE later.arrived_at <> earlier.arrived_at
    ));
    PERFORM follow_prospects(ARRAY(
        SELECT lower(btrim(one.email))
        FROM is_now later JOIN was earlier ON earlier.id = later.id,
            LATERAL (VALUES (later.email), (earlier.email)) AS one(email)
        WHERE (later.arrived_at, later.email) IS DISTINCT FROM (earlier.arrived_at, earlier.email)
    ));
    RETURN NULL;
END $$;
CREATE FUNCTION follow_prospects(addresses text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE lead SET is_repeat = new.is_repeat
    FROM (
        SELECT id, row_number() OVER (
            PARTITION BY lower(btrim(email)) ORDER BY arrived_at, id
        ) > 1 AND lower(btrim(email)) <> '' AS is_repeat
        FROM lead WHERE lower(btrim(email)) IN (SELECT unnest(addresses))
    ) new
    WHERE lead.id = new.id AND lead.is_repeat <> new.is_repeat;
    UPDATE lead SET is_repeat = false WHERE is_repeat AND email IS NULL
$$;
CREATE FUNCTION leads_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_prospects(ARRAY(SELECT DISTINCT lower(btrim(email)) FROM changed));
    RETURN NULL;
END $$;
CREATE TRIGGER lead_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION leads_changed();
CREATE TRIGGER lead_deleted AFTER DELETE ON lead
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION leads_changed();
CREATE TRIGGER activity_added AFTER INSERT ON activity
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION activities_changed();
CREATE TRIGGER activity_altered AFTER UPDATE ON activity
    REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION activities_altered();
CREATE TRIGGER activity_deleted AFTER DELETE ON activity
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION activities_changed();
CREATE TRIGGER lead_changed AFTER UPDATE ON lead
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION lead_changed();
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_FOLLOW)
    op.execute("SELECT follow_leads(ARRAY(SELECT id FROM lead))")
    op.execute("SELECT follow_prospects(ARRAY(SELECT lower(btrim(email)) FROM lead))")


def downgrade() -> None:
    """Take back."""
    for happening in ("added", "changed", "deleted"):
        op.execute(f"DROP TRIGGER lead_{happening} ON lead")
    for happening in ("added", "altered", "deleted"):
        op.execute(f"DROP TRIGGER activity_{happening} ON activity")
    functions = (
        "lead_changed() leads_changed() follow_prospects(text[]) "
        "activities_altered() activities_changed() follow_leads(uuid[])"
    )
    for function in functions.split():
        op.execute(f"DROP FUNCTION {function}")
