"""What is typed to connect a CRM, and where to find it there."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from api.crm.vendors import VENDORS, Vendor, Way
from api.pages.words import Words, marked
from models.errors import BadInput

SECRETS = (
    "access_token",
    "api_token",
    "client_id",
    "client_secret",
    "username",
    "private_key",
    "login",
    "password",
)
OPTIONS = ("version", "note_as", "api_version", "currency", "task_type", "database", "web")
_PLAIN = {"client_id", "username", "login"}
"""What nobody could misuse alone, and so is seen while it is typed."""
WAYS = {
    ("hubspot", "token"): (marked("Service key"), marked("The simplest: one key, typed once.")),
    ("hubspot", "app"): (
        marked("Sign in at HubSpot"),
        marked("For an app of your own in HubSpot's developer account."),
    ),
    ("salesforce", "client"): (
        marked("Client credentials"),
        marked("An External Client App that runs as one user of your choice."),
    ),
    ("salesforce", "key"): (
        marked("Private key"),
        marked("An app with a certificate, for companies that allow no shared secrets."),
    ),
    ("salesforce", "app"): (
        marked("Sign in at Salesforce"),
        marked("Whoever signs in is who writes the notes."),
    ),
    ("pipedrive", "token"): (
        marked("API token"),
        marked("The simplest: the token of one user, who then writes the notes."),
    ),
    ("pipedrive", "app"): (
        marked("Sign in at Pipedrive"),
        marked("For an app of your own in Pipedrive's Developer Hub."),
    ),
    ("tryton", "login"): (
        marked("User and password"),
        marked("A user of its own in the groups Sales and Sale Opportunity is enough."),
    ),
}
_LABELS = {
    "access_token": marked("Access token"),
    "api_token": marked("API token"),
    "client_id": marked("Client ID"),
    "client_secret": marked("Client secret"),
    "username": marked("User name"),
    "private_key": marked("Private key"),
    "login": marked("Login"),
    "password": marked("Password"),
    "version": marked("Version of the API"),
    "note_as": marked("What a note becomes"),
    "api_version": marked("Version of the API"),
    "currency": marked("Currency, where the organisation has only one"),
    "task_type": marked("Type of the activities that next steps become"),
    "database": marked("Database"),
    "web": marked("Address of the web client, where it is another"),
}
_WHERE = {
    ("hubspot", "access_token"): marked(
        "HubSpot: Settings > Integrations > Service Keys > Create. The token of an older private "
        "app works too."
    ),
    ("hubspot", "client_id"): marked("HubSpot: your app > Auth. Add the redirect URL below there."),
    ("hubspot", "client_secret"): marked("It stands beside the client ID."),
    ("salesforce", "address"): marked("Salesforce: Setup > My Domain > Current My Domain URL."),
    ("salesforce", "client_id"): marked(
        "Salesforce: Setup > External Client App Manager > your app > Settings > Consumer Key and "
        "Secret."
    ),
    ("salesforce", "client_secret"): marked("It stands beside the consumer key."),
    ("salesforce", "username"): marked("The Salesforce user who writes the notes."),
    ("salesforce", "private_key"): marked(
        "The RSA key, as PEM, of the certificate that was uploaded to the app."
    ),
    ("pipedrive", "address"): marked("It stands in your browser while Pipedrive is open."),
    ("pipedrive", "api_token"): marked(
        "Pipedrive: your picture at the top right > Personal preferences > API."
    ),
    ("pipedrive", "client_id"): marked(
        "Pipedrive: Developer Hub > your app > OAuth and access scopes."
    ),
    ("pipedrive", "client_secret"): marked("It stands beside the client ID."),
    ("tryton", "address"): marked("Where its server answers; whoever runs Talktrack must list it."),
    ("tryton", "login"): marked("Tryton: Administration > Users."),
    ("tryton", "database"): marked("The name that is chosen when one signs in to Tryton."),
}
_ABOUT = {
    "hubspot": marked("Notes on deals, tasks, stages and amounts."),
    "salesforce": marked("Enhanced notes or tasks on opportunities."),
    "pipedrive": marked("Notes on deals, activities, stages and amounts."),
    "tryton": marked("Notes on sale opportunities of your own server."),
}
_FIRST_OPTIONS = {"tryton": ("database",)}
"""Options that one cannot do without; the others stand apart."""


class ConnectionForm(BaseModel):
    """A connection, as it was typed."""

    kind: str = Field(default="hubspot", max_length=20)
    way: str = Field(default="", max_length=20)
    name: str = Field(default="", max_length=100)
    address: str = Field(default="", max_length=500)
    access_token: str = Field(default="", max_length=10_000)
    api_token: str = Field(default="", max_length=10_000)
    client_id: str = Field(default="", max_length=10_000)
    client_secret: str = Field(default="", max_length=10_000)
    username: str = Field(default="", max_length=10_000)
    private_key: str = Field(default="", max_length=10_000)
    login: str = Field(default="", max_length=10_000)
    password: str = Field(default="", max_length=10_000)
    version: str = Field(default="", max_length=500)
    note_as: str = Field(default="", max_length=500)
    api_version: str = Field(default="", max_length=500)
    currency: str = Field(default="", max_length=500)
    task_type: str = Field(default="", max_length=500)
    database: str = Field(default="", max_length=500)
    web: str = Field(default="", max_length=500)

    def secrets_of(self, way: Way) -> dict[str, str]:
        """The secrets that a way takes."""
        return {name: getattr(self, name) for name in way.secrets}

    def options_of(self, vendor: Vendor) -> dict[str, str]:
        """The options that a vendor has."""
        return {name: getattr(self, name) for name in vendor.options if name in OPTIONS}


@dataclass(frozen=True, slots=True)
class Typing:
    """A field to type into: what it is called, and where to find what goes there."""

    name: str
    label: str
    where: str
    sort: str
    value: str = ""
    example: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class WayTab:
    """One way to be let in."""

    name: str
    title: str
    about: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A CRM to choose."""

    kind: str
    name: str
    about: str


def cards(words: Words) -> tuple[Card, ...]:
    """Every CRM there is."""
    return tuple(
        Card(one.kind, one.name, words(_ABOUT.get(one.kind, ""))) for one in VENDORS.values()
    )


def way_tabs(words: Words, vendor: Vendor, chosen: Way) -> tuple[WayTab, ...]:
    """The ways of a CRM, the simplest first."""
    found = []
    for way in vendor.ways:
        title, about = WAYS.get((vendor.kind, way.name), (way.name, ""))
        found.append(WayTab(way.name, words(title), words(about), way.name == chosen.name))
    return tuple(found)


def chosen_way(vendor: Vendor, name: str) -> Way:
    """The way of a name, else the simplest."""
    try:
        return vendor.way(name)
    except BadInput:
        return vendor.ways[0]


def secret_fields(words: Words, vendor: Vendor, way: Way) -> tuple[Typing, ...]:
    """The secrets of a way, always empty: what was typed is not sent back."""
    return tuple(_typing(words, vendor.kind, one, _sort(one)) for one in way.secrets)


def address_field(words: Words, vendor: Vendor, form: ConnectionForm) -> Typing:
    """Where the CRM is."""
    where = words(_WHERE.get((vendor.kind, "address"), ""))
    label, example = words("Address"), vendor.address or "https://"
    return Typing("address", label, where, "url", form.address, example, bool(vendor.address))


def option_fields(
    words: Words, vendor: Vendor, form: ConnectionForm
) -> tuple[tuple[Typing, ...], tuple[Typing, ...]]:
    """The options one cannot do without, and the others."""
    first = _FIRST_OPTIONS.get(vendor.kind, ())
    made = {
        name: _typing(words, vendor.kind, name, "text", getattr(form, name), is_needed=False)
        for name in vendor.options
        if name in OPTIONS
    }
    rest = tuple(one for name, one in made.items() if name not in first)
    return tuple(made[name] for name in first), rest


def _sort(name: str) -> str:
    """How it is typed: a token is no password that a browser should offer to keep."""
    if name == "private_key":
        return "textarea"
    if name == "password":
        return "password"
    return "text" if name in _PLAIN else "secret"


def _typing(
    words: Words, kind: str, name: str, sort: str, value: str = "", *, is_needed: bool = True
) -> Typing:
    where = words(_WHERE.get((kind, name), ""))
    return Typing(name, words(_LABELS.get(name, name)), where, sort, value, "", is_needed)
