"""What a page sent, as the inputs of an action: whether they fit is the loop's to say."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from cityloop.cases.rules.table import Action, Need
from cityloop.kernel.errors import CityError, Fault, InvalidInput
from cityloop.kernel.translation import listed
from cityloop.media.actions import keep, refuse_over_quota
from cityloop.media.choices import Kind

Files = MultiValueDict[str, Any]


def inputs_of(action: Action, sent: QueryDict, zone: tzinfo) -> dict[str, Any]:
    """Return what was typed, by input, blanks left out; files that were kept before are among it.

    Args:
        zone: The city's: a page asks for times as its clocks show them.
    """
    return {
        name: value
        for name, need in action.needs.items()
        if (value := _read(need, sent, zone)) not in ("", [], {}, None)
    }


def kept_files(
    action: Action, files: Files, *, jurisdiction: str, owner_id: int, now: datetime
) -> dict[str, list[dict[str, str]]]:
    """Keep the files that were sent along, and return them by input.

    Raises:
        InvalidInput: One of them cannot be taken; the fault names its input.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for name, need in action.needs.items():
        if need.type != "photos":
            continue
        for kind in need.kinds:
            for file in files.getlist(f"{name}.{kind}"):
                try:
                    refuse_over_quota(owner_id, file.size or 0, now=now)
                    kinds = [Kind(code) for code in need.files]
                    kept = keep(file, jurisdiction=jurisdiction, owner_id=owner_id, now=now, kinds=kinds)
                except CityError as exc:
                    words = f"{file.name}: {exc.message}"
                    raise InvalidInput(words, faults=[Fault(name, words, file.name)]) from exc
                found.setdefault(name, []).append({"kind": kind, "sha256": kept.file.sha256})
    return found


def _read(need: Need, sent: QueryDict, zone: tzinfo) -> Any:
    text = sent.get(need.name, "").strip()
    match need.type:
        case "flag":
            return True if text else None
        case "integer" | "person":
            with suppress(ValueError):
                return int(text)
            return text
        case "departments":
            return [code for code in sent.getlist(need.name) if code]
        case "instant":
            return _instant(text, zone)
        case "point":
            return _point(sent.get(f"{need.name}.lon", "").strip(), sent.get(f"{need.name}.lat", "").strip())
        case "reporter":
            parts = {part: sent.get(f"{need.name}.{part}", "").strip() for part in ("name", "phone")}
            return {part: value for part, value in parts.items() if value}
        case "photos":
            return _held(need, sent)
        case _:
            return text


def _instant(text: str, zone: tzinfo) -> str:
    """Return a time that was typed without a zone as one of the city's; anything else as it came."""
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()
    return text


def _point(lon: str, lat: str) -> Any:
    """Return a place that was typed; what is no number stays as it was typed, for the loop to refuse and the form to show."""
    return {"lon": _degrees(lon), "lat": _degrees(lat), "system": "wgs84"} if lon or lat else None


def _degrees(text: str) -> Any:
    with suppress(ValueError):
        return float(text)
    return text


def _held(need: Need, sent: QueryDict) -> list[dict[str, str]]:
    """Return the files that this form has sent before, or that hang on the case: ``kind:digest``."""
    held = (text.partition(":") for text in sent.getlist(need.name))
    return [{"kind": kind, "sha256": digest} for kind, _colon, digest in held if kind and digest]


def faults_by_input(exc: CityError, action: Action) -> Mapping[str, str]:
    """Return why what was sent was not taken, by input; what belongs to none stands under ""."""
    found: dict[str, list[str]] = {}
    for fault in exc.faults:
        name = fault.field.partition(".")[0].partition("[")[0]
        found.setdefault(name if name in action.needs else "", []).append(fault.why)
    if not found or "" in found:
        found[""] = [exc.message]
    return {name: listed(whys) for name, whys in found.items()}
