"""How the server does, put together: from the database, and from the disk where files lie."""

import shutil

from sqlmodel import Session

from api.settings import Settings
from models.alerts import Alert, Room, alerts_of
from models.operation import OperationState, operation_state
from models.stores import folder_of


def look(session: Session, settings: Settings) -> tuple[OperationState, list[Alert], Room | None]:
    """How it does, and what to look at."""
    state, room = operation_state(session), room_of(settings)
    return state, list(alerts_of(session, state, room)), room


def room_of(settings: Settings) -> Room | None:
    """The disk of the files; None for a bucket, or a folder that is not there yet."""
    folder = folder_of(settings.files_place)
    if folder is None:
        return None
    there = next((one for one in (folder, *folder.parents) if one.exists()), None)
    if there is None:
        return None
    usage = shutil.disk_usage(there)
    return Room(usage.free, usage.total)
