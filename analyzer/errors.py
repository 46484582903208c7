"""What can go wrong, as one tree.

    AnalyzerError
      BadRecording    unreadable, silent, too short, too long: another file is needed
      BadMeeting      the file that says what is known before listening cannot be used
      BadPlaybook     the file that says what a team looks for and coaches cannot be used
      BadCorrection   what a person put right does not say what, or of whom
      BadTranscript   the file that tells a call in writing cannot be read as one
      BadReport       stored JSON that is damaged or of an unknown version
      EngineMissing   a package or its weights are not installed: says the command to run
      EngineFailed    an engine raised while it worked
      OutOfRoom       the disk is full, or a folder cannot be written

Each message says what, which one, and what to do next, in one line.
"""


class AnalyzerError(Exception):
    """Anything the analyzer refuses to do or could not do."""


class BadRecording(AnalyzerError):
    """The recording cannot be heard."""


class BadMeeting(AnalyzerError):
    """What was known before listening cannot be read."""


class BadPlaybook(AnalyzerError):
    """What a team looks for and coaches cannot be read."""


class BadCorrection(AnalyzerError):
    """What a person put right cannot be read, or does not fit the report."""


class BadTranscript(AnalyzerError):
    """A transcript cannot be read, or is none."""


class BadReport(AnalyzerError):
    """Stored JSON is damaged or of an unknown version."""


class EngineMissing(AnalyzerError):
    """A package or its weights are not installed."""


class EngineFailed(AnalyzerError):
    """An engine raised while it worked."""


class OutOfRoom(AnalyzerError):
    """There is no room, or no right, to write."""
