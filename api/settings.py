"""What the environment tells; nothing else reads it. docs/settings.md is made from this file."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.currencies import EURO

if TYPE_CHECKING:
    from models.kpis import Rules
    from models.sealing import Seal
    from models.sessions import Lasting

_KEY_FILE, _SEAL_FILE = "secret.key", "seal.key"


def _split(value: object) -> object:
    """A list as people write it in an environment variable: with commas or blanks."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone; write one such as Europe/Paris") from None


def _issuer(issuer: str | None) -> str | None:
    if issuer is None:
        return None
    split = urlsplit(issuer)
    is_here = split.hostname in {"127.0.0.1", "::1", "localhost"}
    if not split.hostname or split.query or split.fragment or split.username:
        raise ValueError("write an address such as https://login.example.com/realms/sales")
    if split.scheme != "https" and not (split.scheme == "http" and is_here):
        raise ValueError("use https; http is only for this machine")
    return issuer


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class ProviderSettings(BaseSettings):
    """How people sign in: with a password, or at a provider that speaks OpenID Connect."""

    model_config = SettingsConfigDict(
        env_prefix="TALKTRACK_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    password_sign_in: bool = True
    """Whether people may sign in with a password. `false` needs a provider."""

    oidc_issuer: Annotated[str | None, AfterValidator(_issuer)] = None
    """The OpenID Connect provider people may sign in at, as its configuration names itself, such as
    `https://login.example.com/realms/sales`. Empty: none is asked. See docs/signing-in.md."""

    oidc_client_id: str | None = None
    """What the provider knows Talktrack by."""

    oidc_client_secret: SecretStr | None = None
    """The secret that goes with it; empty for a client that has none."""

    oidc_scopes: Words = ("openid", "email", "profile")
    """What the provider is asked for, with commas or blanks."""

    oidc_button: str | None = Field(default=None, max_length=60)
    """The words on the button, such as `Sign in with Acme`."""

    oidc_email_domains: Words = ()
    """Only people with an address there are let in, with commas; empty: all whom the provider lets
    in."""

    oidc_trusts_email: bool = False
    """Whether an e-mail counts that the provider does not call verified. Only where people cannot
    set it themselves: with their e-mail they come to the account of that e-mail."""

    oidc_creates: bool = False
    """Whether people without an account get one when they first sign in at the provider."""

    oidc_groups_claim: str = Field(default="groups", min_length=1)
    """The claim that names people's groups; dots lead into objects, as `realm_access.roles`."""

    oidc_roles: dict[str, Literal["rep", "manager", "admin"]] = Field(default_factory=dict)
    """Groups and the roles they give at each sign-in, as JSON: `{"sales": "rep", "leads":
    "manager"}`. The highest counts; who is in none is not let in. Empty: roles are given here."""

    oidc_teams: dict[str, str] = Field(default_factory=dict)
    """Groups and the names of the teams they lead to, as JSON. Empty: teams are given here."""

    @model_validator(mode="after")
    def _has_a_door(self) -> Self:
        if self.oidc_issuer is not None and not self.oidc_client_id:
            raise ValueError("TALKTRACK_OIDC_ISSUER needs TALKTRACK_OIDC_CLIENT_ID as well")
        if self.oidc_issuer is not None and "openid" not in self.oidc_scopes:
            raise ValueError("TALKTRACK_OIDC_SCOPES needs openid among them")
        if self.oidc_issuer is None and not self.password_sign_in:
            raise ValueError(
                "TALKTRACK_PASSWORD_SIGN_IN cannot be off without TALKTRACK_OIDC_ISSUER"
            )
        return self


class Settings(ProviderSettings):
    """Every setting is an environment variable: TALKTRACK_ and the field's name in capitals."""

    data_folder: Path = Field(default_factory=lambda: user_data_path("talktrack"))
    """Where the embedded database, the files and the secret key lie."""

    database_url: SecretStr | None = None
    """A PostgreSQL server (16 or newer, with pgvector), such as
    `postgresql://user:password@host/talktrack`. Empty: an embedded one in the data folder."""

    files_url: str | None = None
    """Where recordings are kept: a folder, or `s3://bucket/prefix`, `gs://...`, `az://...`.
    Empty: a folder in the data folder."""

    files_options: dict[str, SecretStr] = Field(default_factory=dict)
    """Options of a bucket as JSON, such as `{"endpoint": "...", "access_key_id": "..."}`."""

    secret_key: SecretStr | None = None
    """Signs sessions and links. Empty: made once and kept in the data folder. Web processes on
    several machines need the same."""

    seal_keys: SecretStr | None = None
    """Seal the secrets of CRMs and channels in the database: keys with commas, the first seals, all
    open. Empty: made once and kept in the data folder. All processes need the same."""

    host: str = "127.0.0.1"
    """The address to serve at; 0.0.0.0 to be reached from other machines."""

    port: int = Field(default=8080, ge=0, le=65535)
    """The port to serve at; 0 takes a free one."""

    public_url: str | None = None
    """The address people reach the server at, for links; empty: where it serves."""

    session_hours: int = Field(default=12, ge=1)
    """How long a sign-in lasts at most."""

    session_idle_minutes: int = Field(default=120, ge=1)
    """After so long without a request a sign-in is over."""

    link_minutes: int = Field(default=60, ge=1)
    """How long a link to a recording plays."""

    max_upload_mb: int = Field(default=5_000, ge=1)
    """The largest recording that is taken, in megabytes."""

    max_import_mb: int = Field(default=200, ge=1)
    """The largest CSV, transcript or playbook that is taken, in megabytes."""

    upload_days: int = Field(default=7, ge=1)
    """How long an upload that was broken off can be resumed."""

    url_hosts: Words = ()
    """Hosts from which recordings may be fetched by URL, with commas; empty: none."""

    webhook_hosts: Words = ()
    """Hosts that webhooks may call, with commas; empty: none. `*` allows every public host."""

    channel_hosts: Words = ()
    """Hosts that users' own channels may call besides the clouds of Slack and Teams, with commas,
    such as a Mattermost of yours. Every user can have them called: list none that trust whoever
    asks."""

    crm_hosts: Words = ()
    """Hosts of CRMs besides the clouds of HubSpot, Salesforce and Pipedrive, with commas, such as
    `tryton.example.com`; on a private network with the port, `10.0.0.5:8000`."""

    import_folder: Path | None = None
    """A folder that is watched: recordings put there become calls."""

    inbox_url: str | None = None
    """A bucket or folder, as `files_url`, that is watched in the same way; a bucket is opened with
    `files_options`."""

    import_rep: str | None = None
    """E-mail of the rep to whom recordings of the watched places belong."""

    shortest_first: bool = True
    """Whether a short call is heard before a long one that came earlier."""

    threads: int | None = Field(default=None, ge=1)
    """Processor cores a worker uses for a call; empty: all of them."""

    whisper: str | None = None
    """Another Whisper: a folder, or a size with a network."""

    diarization: str | None = None
    """Another pyannote pipeline: a folder or a hub's name."""

    diarization_token: SecretStr | None = None
    """Opens a hub's pipeline."""

    idle_minutes: float = Field(default=10.0, ge=0)
    """After so long without work a worker lets go of its models; 0: at once."""

    heartbeat_s: float = Field(default=5.0, gt=0)
    """How often a worker says that it lives."""

    stalled_after_s: float = Field(default=30.0, gt=0)
    """A worker silent for so long is taken for dead, and its calls go to others."""

    jobs_days: int = Field(default=14, ge=1)
    """How long finished jobs are remembered."""

    silent_days: int = Field(default=21, ge=1, le=3650)
    """A deal on which nothing happened for so long is said to be silent."""

    follow_up_days: int = Field(default=7, ge=0, le=365)
    """What was promised without a day is due so long after the call; a lead is followed up in time
    within so long."""

    invitation_days: int = Field(default=7, ge=0, le=365)
    """An invitation nobody answered counts as not accepted once it is so old."""

    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """The clock of sales rows whose rep has no team, such as `Europe/Paris`; it says which day it
    is. A team has its own."""

    currency: str = Field(default=EURO, pattern="^[A-Z]{3}$")
    """The currency KPIs are told in, unless the team or the question has another."""

    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    """The month a fiscal year begins with, unless the team has another."""

    metrics_token: SecretStr | None = None
    """Opens `/api/v1/metrics` to Prometheus, as a bearer. Empty: there are no metrics."""

    log_form: Literal["text", "json"] = "text"
    """How the log on standard error is written: `text`, or `json`, an object a line."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """From where on it is written; `info` has a line for each request and each job."""

    otlp_endpoint: str | None = Field(default=None, pattern="^https?://")
    """An OpenTelemetry collector that spans of requests and jobs are sent to, by OTLP over HTTP,
    such as `http://127.0.0.1:4318`. Needs `talktrack[telemetry]`. Empty: nothing is loaded."""

    smtp_url: SecretStr | None = None
    """The mail server that digests are handed to, such as
    `smtp://user:password@host:587?starttls=true` or `smtps://user:password@host`. Empty, as long as
    `mail_from` or `public_url` is: no mail is sent."""

    mail_from: str | None = None
    """Who mail is from, such as `Talktrack <talktrack@example.com>`."""

    summary_key: SecretStr | None = None
    """Opens the endpoint that rewrites summaries."""

    @classmethod
    def read(cls) -> "Settings":
        """The settings of this process; an empty value is none."""
        return cls()

    @property
    def files_place(self) -> str:
        """Where files are kept."""
        return self.files_url or str(self.data_folder / "files")

    @property
    def database_folder(self) -> Path:
        """Where the embedded PostgreSQL lives."""
        return self.data_folder / "postgres"

    def signing_key(self) -> str:
        """The secret that signs; made on first use. Two processes that start agree on one."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        return self._kept(_KEY_FILE, secrets.token_urlsafe(48))

    def seal(self) -> "Seal":
        """What seals the secrets of others. Raises BadInput for a key that is none."""
        from models.sealing import Seal, new_key  # most commands do without

        if self.seal_keys is not None:
            return Seal(self.seal_keys.get_secret_value().replace(",", " ").split())
        return Seal([self._kept(_SEAL_FILE, new_key())])

    def _kept(self, name: str, fresh: str) -> str:
        """What a file of the data folder holds; a fresh secret when there was no such file."""
        path = self.data_folder / name
        self.data_folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()


def lasting(settings: Settings) -> "Lasting":
    """How long a sign-in lasts."""
    from models.sessions import Lasting  # it loads the tables

    return Lasting(
        idle=timedelta(minutes=settings.session_idle_minutes),
        whole=timedelta(hours=settings.session_hours),
    )


def rules_of(settings: Settings) -> "Rules":
    """How KPIs are counted; a team has a clock, a currency and a fiscal year of its own."""
    from models.kpis import Rules  # it loads much that most commands do without

    return Rules(
        zone=settings.time_zone,
        currency=settings.currency,
        fiscal_start=settings.fiscal_year_start,
        maturity_days=settings.invitation_days,
        follow_up_days=settings.follow_up_days,
    )
