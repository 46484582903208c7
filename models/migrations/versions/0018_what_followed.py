"""Next steps know what followed them, and leads when they were first heard.

Revision ID: 0018
Revises: 0017

Looked up for each next step and lead, it took most of the time of such a KPI; kept by a trigger, it
is right after whatever changes it. Two indexes hold all that KPIs ask of stages.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None

_LEADS_OF = "follow_leads(leads uuid[])"
_LEADS = """
    UPDATE lead SET
        first_activity_at = new.activity_at, first_follow_up_at = new.follow_up_at,
        first_linkedin_at = new.linkedin_at{set}
    FROM (
        SELECT l.id,
            min(a.at) FILTER (WHERE a.at >= l.arrived_at AND NOT a.is_whole_day) AS activity_at,
            min(a.at) FILTER (WHERE a.at >= l.arrived_at AND a.kind = 'follow_up') AS follow_up_at,
            min(a.at) FILTER (WHERE a.kind = 'linkedin') AS linkedin_at{read}
        FROM lead l LEFT JOIN activity a ON a.lead_id = l.id AND a.lead_id = ANY($1)
        WHERE l.id = ANY($1)
        GROUP BY l.id
    ) new
    WHERE lead.id = new.id AND lead.id = ANY($1)
        AND (lead.first_activity_at, lead.first_follow_up_at, lead.first_linkedin_at{kept})
        IS DISTINCT FROM (new.activity_at, new.follow_up_at, new.linkedin_at{found})
"""
_LEADS_BEFORE = _LEADS.format(set="", read="", kept="", found="")
_LEADS_NOW = _LEADS.format(
    set=", first_heard_at = new.heard_at",
    read=""",
            (SELECT min(c.started_at) FROM call c
             WHERE c.deal_id = l.deal_id AND c.state = 'ready') AS heard_at""",
    kept=", lead.first_heard_at",
    found=", new.heard_at",
)
_STEPS = """
CREATE FUNCTION hold_deals(deals uuid[]) RETURNS void LANGUAGE sql AS $$
    -- two who do something for one deal at once see what the other did: one waits
    SELECT FROM deal WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE
$$;
CREATE FUNCTION follow_steps(deals uuid[]) RETURNS void LANGUAGE sql AS $$
    SELECT hold_deals($1);
    UPDATE next_step SET followed_at = new.at
    FROM (
        SELECT c.id, least(
            (SELECT min(a.at) FROM activity a
             WHERE a.deal_id = c.deal_id AND a.at > c.started_at),
            (SELECT min(later.started_at) FROM call later
             WHERE later.deal_id = c.deal_id AND later.started_at > c.started_at
                AND later.state = 'ready' AND NOT later.is_private)
        ) AS at
        FROM call c WHERE c.deal_id = ANY($1)
    ) new
    WHERE next_step.call_id = new.id AND next_step.followed_at IS DISTINCT FROM new.at
$$;
CREATE FUNCTION heard_again(deals uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_steps(deals);
    PERFORM follow_leads(ARRAY(SELECT id FROM lead WHERE deal_id = ANY(deals)));
END $$;
CREATE FUNCTION calls_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM heard_again(ARRAY(SELECT DISTINCT deal_id FROM changed WHERE deal_id IS NOT NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION calls_altered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE deals uuid[] := ARRAY(
    SELECT DISTINCT one.deal_id
    FROM is_now later JOIN was earlier ON earlier.id = later.id,
        LATERAL (VALUES (later.deal_id), (earlier.deal_id)) AS one(deal_id)
    WHERE one.deal_id IS NOT NULL
        AND (later.deal_id, later.started_at, later.state = 'ready', later.is_private)
        IS DISTINCT FROM
            (earlier.deal_id, earlier.started_at, earlier.state = 'ready', earlier.is_private)
);
BEGIN
    IF deals <> '{}' THEN
        PERFORM heard_again(deals);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION steps_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_steps(ARRAY(
        SELECT DISTINCT c.deal_id FROM changed JOIN call c ON c.id = changed.call_id
        WHERE c.deal_id IS NOT NULL
    ));
    RETURN NULL;
END $$;
CREATE FUNCTION deals_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_steps(ARRAY(SELECT DISTINCT deal_id FROM changed WHERE deal_id IS NOT NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION deals_touched_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM follow_steps(ARRAY(
        SELECT one.deal_id
        FROM is_now later JOIN was earlier ON earlier.id = later.id,
            LATERAL (VALUES (later.deal_id), (earlier.deal_id)) AS one(deal_id)
        WHERE one.deal_id IS NOT NULL
            AND (later.deal_id, later.at) IS DISTINCT FROM (earlier.deal_id, earlier.at)
    ));
    RETURN NULL;
END $$;
CREATE FUNCTION leads_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hold_deals(ARRAY(SELECT DISTINCT deal_id FROM changed));
    PERFORM follow_leads(ARRAY(SELECT id FROM changed WHERE deal_id IS NOT NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION leads_placed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moved uuid[] := ARRAY(
    SELECT later.id FROM is_now later JOIN was earlier ON earlier.id = later.id
    WHERE later.deal_id IS DISTINCT FROM earlier.deal_id
);
BEGIN
    IF moved <> '{}' THEN
        PERFORM hold_deals(ARRAY(SELECT deal_id FROM is_now WHERE id = ANY(moved)));
        PERFORM follow_leads(moved);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER call_added AFTER INSERT ON call
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calls_changed();
CREATE TRIGGER call_altered AFTER UPDATE ON call
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
    EXECUTE FUNCTION calls_altered();
CREATE TRIGGER call_deleted AFTER DELETE ON call
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calls_changed();
CREATE TRIGGER next_step_added AFTER INSERT ON next_step
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION steps_added();
CREATE TRIGGER activity_done AFTER INSERT ON activity
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION deals_touched();
CREATE TRIGGER activity_moved AFTER UPDATE ON activity
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
    EXECUTE FUNCTION deals_touched_anew();
CREATE TRIGGER activity_undone AFTER DELETE ON activity
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION deals_touched();
CREATE TRIGGER lead_placed AFTER INSERT ON lead
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION leads_placed();
CREATE TRIGGER lead_moved AFTER UPDATE ON lead
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION leads_placed_anew();
"""
_TRIGGERS = (
    ("call", "call_added"),
    ("call", "call_altered"),
    ("call", "call_deleted"),
    ("next_step", "next_step_added"),
    ("activity", "activity_done"),
    ("activity", "activity_moved"),
    ("activity", "activity_undone"),
    ("lead", "lead_placed"),
    ("lead", "lead_moved"),
)
_FUNCTIONS = (
    "calls_changed() calls_altered() steps_added() deals_touched() deals_touched_anew() "
    "leads_placed() leads_placed_anew() heard_again(uuid[]) follow_steps(uuid[]) "
    "hold_deals(uuid[])"
)


def _follow_leads(statement: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {_LEADS_OF} RETURNS void LANGUAGE sql "
        f"SET enable_nestloop = off AS $$ {statement} $$"
    )


def upgrade() -> None:
    """Apply."""
    op.add_column("lead", sa.Column("first_heard_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("next_step", sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_stage_change_entered_at", table_name="stage_change")
    op.drop_index("ix_stage_change_left", table_name="stage_change")
    op.create_index(
        "ix_stage_change_entered",
        "stage_change",
        ["entered_at"],
        postgresql_where=sa.text("is_first AND NOT is_end"),
        postgresql_include=["stage", "deal_rep_id", "went_forward"],
    )
    op.create_index(
        "ix_stage_change_left",
        "stage_change",
        ["left_at"],
        postgresql_where=sa.text("NOT is_end"),
        postgresql_include=[
            "entered_at",
            "stage",
            "deal_rep_id",
            "deal_amount_minor",
            "deal_currency",
        ],
    )
    op.create_index(
        "ix_call_deal_private",
        "call",
        ["deal_id", "started_at"],
        postgresql_where=sa.text("state = 'ready' AND is_private"),
    )
    _follow_leads(_LEADS_NOW)
    op.execute(_STEPS)
    op.execute("SELECT follow_leads(ARRAY(SELECT id FROM lead WHERE deal_id IS NOT NULL))")
    op.execute("SELECT follow_steps(ARRAY(SELECT DISTINCT deal_id FROM call))")


def downgrade() -> None:
    """Take back."""
    for table, trigger in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in _FUNCTIONS.split():
        op.execute(f"DROP FUNCTION {function}")
    _follow_leads(_LEADS_BEFORE)
    op.drop_index("ix_call_deal_private", table_name="call")
    op.drop_index("ix_stage_change_left", table_name="stage_change")
    op.drop_index("ix_stage_change_entered", table_name="stage_change")
    op.create_index("ix_stage_change_entered_at", "stage_change", ["entered_at"])
    op.create_index(
        "ix_stage_change_left",
        "stage_change",
        ["left_at"],
        postgresql_where=sa.text("NOT is_end"),
    )
    op.drop_column("next_step", "followed_at")
    op.drop_column("lead", "first_heard_at")
