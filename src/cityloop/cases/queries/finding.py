"""What ``verify`` names."""

from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree with the events: of what (a case's number, a jurisdiction and day, an anchor), where, what."""

    subject: str
    place: str
    what: str

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.place}: {self.what}"
