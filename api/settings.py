"""What the environment tells; nothing else reads it."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Secrets, which do not belong on a command line where other users of a machine see them."""

    summary_key: str | None = field(default=None, repr=False)
    """TALKTRACK_SUMMARY_KEY: opens the endpoint that rewrites summaries."""

    @classmethod
    def read(cls) -> "Settings":
        """The settings of this process; an empty value is none."""
        return cls(summary_key=os.environ.get("TALKTRACK_SUMMARY_KEY") or None)  # noqa: TID251
