"""What a token must be allowed, for each route of the API: decided here alone.

To ask takes `read`, to change takes `write`; what concerns everybody, as people, webhooks or the
trail, takes `admin` besides. Whoever signed in with a browser needs none. Rights are another
matter, and asked as well: a token never does what its user may not.
"""

PREFIX = "/api/v1"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_WORK = frozenset(
    {
        *("accounts", "associations", "calls", "clips", "contacts", "dashboard", "deals"),
        *("digests", "files", "goals", "me", "mentions", "my", "playbooks", "recordings"),
        *("reps", "sales", "search", "session", "shared", "targets", "team", "tokens"),
        *("transcripts", "uploads"),
    }
)
_ADMIN_CHANGES = frozenset({"kpis", "teams", "users"})
"""Everybody may read them."""
_ADMIN = frozenset(
    {
        *("alerts", "audit", "consent", "crm", "holds", "imports", "objections", "privacy"),
        *("redaction", "retention", "webhooks"),
    }
)
_ADMIN_ENDS = ("/identities",)
_OPEN = frozenset({"health", "metrics", "ready"})


def needed(method: str, path: str) -> frozenset[str]:
    """The scopes that a route takes. Raises LookupError for a part of the API without a rule."""
    part = path.removeprefix(PREFIX).split("/")[1]
    if part in _OPEN or (method, part) == ("GET", "session"):
        return frozenset()
    # Where an upload stopped is asked by whoever goes on with it.
    verb = "read" if method in _SAFE and part != "uploads" else "write"
    is_change = part in _ADMIN_CHANGES and verb == "write"
    if part in _ADMIN or is_change or path.endswith(_ADMIN_ENDS):
        return frozenset({verb, "admin"})
    if part in _WORK | _ADMIN_CHANGES:
        return frozenset({verb})
    raise LookupError(f"api/scopes.py has no rule for {path}")
