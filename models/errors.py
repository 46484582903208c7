"""What can go wrong with what is kept, as one tree.

    StoreError
      BadDatabase     the database cannot be used as it is: says what to change
      BadImport       a file to import cannot be read at all; single lines are told one by one
      BadInput        a value that cannot be kept: names the field
        NotRecording  a file that is clearly no audio or video
      Conflict        it is not as the caller thought it was: read it again
      Missing         there is no such thing, or not for this user
      Forbidden       the user may see it, but not do that
      StoreFull       there is no room for a file
      StoreDown       files cannot be reached now: try again
      Unreachable     a server outside did not answer: says which one

Each message says what, which one, and what to do next, in one line.
"""


class StoreError(Exception):
    """Anything that could not be kept or found."""


class BadDatabase(StoreError):
    """The database cannot be used as it is."""


class BadImport(StoreError):
    """A file to import cannot be read."""


class BadInput(StoreError):
    """A value that cannot be kept."""


class NotRecording(BadInput):
    """A file is clearly no audio or video."""


class Conflict(StoreError):
    """It is not as the caller thought it was."""


class Missing(StoreError):
    """There is no such thing, or not for this user."""


class Forbidden(StoreError):
    """The user may see it, but not do that."""


class StoreFull(StoreError):
    """There is no room for a file."""


class StoreDown(StoreError):
    """Files cannot be reached now."""


class Unreachable(StoreError):
    """A server outside did not answer."""
