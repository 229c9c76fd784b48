"""A service with a telephone menu made of fixed documents, for trying the twin's player."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twin.assembly import Setup
from twin.phones import Service
from twin.webhooks import Answer, Parcel

BASE = "http://service.invalid"
Form = Mapping[str, str]
Page = str | Callable[[Form], str | Answer] | Answer | None


@dataclass(frozen=True)
class Asked:
    """What the provider asked: where, and the form."""

    path: str
    form: Form
    method: str
    idempotency: str


@dataclass
class Menu:
    """Documents by path. A page is TwiML without its `<Response>`, what makes it, an answer, or no answer."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, parcel: Parcel) -> Answer | None:
        """Answer one request."""
        path = urlsplit(parcel.url).path
        self.asked.append(Asked(path, parcel.form, parcel.method, parcel.idempotency))
        page = self.pages.get(path, Answer(200, "text/plain", b"") if "status" in path else missing())
        if callable(page):
            page = page(parcel.form)
        return twiml(page) if isinstance(page, str) else page

    def forms(self, path: str) -> list[Form]:
        """The forms that came to a path, in order."""
        return [one.form for one in self.asked if one.path == path]

    @property
    def paths(self) -> list[str]:
        """Where the provider asked, in order."""
        return [one.path for one in self.asked]


def twiml(verbs: str) -> Answer:
    """A document."""
    return Answer(200, "text/xml", f"<Response>{verbs}</Response>".encode())


def missing() -> Answer:
    """The answer of a page that is not there."""
    return Answer(404, "text/html", b"")


def setup(*, fallback: str = "", status: str = "", document: str = "") -> Setup:
    """A twin that calls this menu at /voice/answer; `fallback` and `status` are paths, `document` TwiML."""
    return Setup(
        Service(
            f"{BASE}/sms/inbound",
            voice_url=f"{BASE}/voice/answer",
            voice_fallback_url=fallback and BASE + fallback,
            voice_fallback_twiml=document,
            voice_status_url=status and BASE + status,
        )
    )
