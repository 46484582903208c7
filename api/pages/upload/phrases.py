"""What the page of adding calls says of a call's state, and what its script says."""

from collections.abc import Mapping

from api.pages.words import Words, marked

STATES: Mapping[str, str] = {
    "empty": marked("Waits for its recording"),
    "waiting": marked("Waits for its turn"),
    "hearing": marked("Being transcribed"),
    "understanding": marked("Being analysed"),
    "ready": marked("Ready"),
    "failed": marked("Could not be analysed"),
    "cancelled": marked("Cancelled"),
    "held": marked("Left alone"),
}
STAGES: Mapping[str, str] = {
    "decoding": marked("Opening the recording"),
    "diarizing": marked("Telling the voices apart"),
    "transcribing": marked("Writing down what is said"),
    "understanding": marked("Finding what matters"),
}
_SPOKEN: Mapping[str, str] = {
    "sending": marked("Sending: {percent}, {left} left"),
    "sendingFirst": marked("Sending: {percent}"),
    "starting": marked("Sending begins …"),
    "paused": marked("Paused at {percent}"),
    "offline": marked("No connection. It goes on by itself once there is one."),
    "retrying": marked("The connection dropped. Trying again …"),
    "goesOn": marked("Goes on where it stopped"),
    "signIn": marked("You were signed out. Sign in again in another tab, then choose Go on."),
    "failed": marked("Not sent: {why}"),
    "sent": marked("{name} is there."),
    "same": marked("This file is there already."),
    "sameOpen": marked("Open that call"),
    "again": marked("Add it once more"),
    "invited": marked("{name}: the invitation was read; what it says stands in the rows."),
    "noInvitation": marked("{name}: nothing was found in this invitation."),
    "tooLarge": marked("{name} is too large: at most {most} are taken."),
    "unreachable": marked("Talktrack cannot be reached. The files stay here; try again."),
    "insecure": marked(
        "Recording needs a secure address (https). Open Talktrack by one, or ask an admin for it."
    ),
    "unable": marked("This browser cannot record sound. Use another, or record with your phone."),
    "denied": marked(
        "The microphone may not be used. Allow it for this page in the browser, then try again."
    ),
    "noMicrophone": marked("No microphone was found. Plug one in, then try again."),
    "microphone": marked("Microphone {number}"),
    "recording": marked("Recording"),
    "recordingPaused": marked("Recording paused"),
    "recordedName": marked("Recording"),
    "noRoom": marked("This device has no room left to keep the recording. Stop, and send it now."),
    "silent": marked("Nothing is heard. Is it the right microphone?"),
    "unsent": marked("Unsent recording of {day}, {length}"),
    "discard": marked("Delete this recording? It was not sent, and cannot be brought back."),
}


def spoken(words: Words) -> dict[str, str]:
    """What the script says, in the reader's language; it fills what stands in braces."""
    return {name: words(said) for name, said in _SPOKEN.items()}
