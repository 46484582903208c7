"""What the environment tells; nothing else reads it. docs/settings.md is made from this file."""

import secrets
from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_KEY_FILE = "secret.key"


def _split(value: object) -> object:
    """A list as people write it in an environment variable: with commas or blanks."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """Every setting is an environment variable: TALKTRACK_ and the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="TALKTRACK_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

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

    host: str = "127.0.0.1"
    """The address to serve at; 0.0.0.0 to be reached from other machines."""

    port: int = Field(default=8080, ge=0, le=65535)
    """The port to serve at; 0 takes a free one."""

    public_url: str | None = None
    """The address people reach the server at, for links; empty: where it serves."""

    session_hours: int = Field(default=12, ge=1)
    """How long a sign-in lasts."""

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
        path = self.data_folder / _KEY_FILE
        self.data_folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()
