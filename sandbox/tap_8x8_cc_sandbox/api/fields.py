"""The fields of a request's body, each read by its own rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.api.errors import BadRequestError
from tap_8x8_cc_sandbox.center.model import Filter, Operator, Search

Body: TypeAlias = Mapping[str, Any]

ANY_TIMEZONE = "*"
MEDIA_SINCE = {
    "Phone": 1,
    "Chat": 1,
    "Email": 1,
    "VoiceMail": 1,
    "InboundPhone": 1,
    "OutboundPhone": 1,
    "InboundEmail": 8,
    "OutboundEmail": 8,
}
"""Values of a media filter, and the API version since which each is accepted."""

_TITLE = re.compile(r"[A-Za-z0-9\s!\-_.*'()]+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}Z")
_WALL = re.compile(r"\d\d:\d\d:\d\d(?:\.\d{3})?")
_WRAP_UP_CODE = re.compile(r"[^-]+-.+")
_NO_VALUE = {Operator.IS_EMPTY, Operator.IS_NOT_EMPTY}


def known_keys(body: Body, known: Collection[str], where: str = "") -> None:
    """Refuse a body that holds other keys than these."""
    for key in body:
        if key not in known:
            raise BadRequestError(f"unknown field {where}{key}.")


def text(body: Body, key: str) -> str:
    """Read a required text."""
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadRequestError(f"{key} is required.")
    return value


def title(body: Body) -> str:
    """Read the title, which becomes the name of a file."""
    value = text(body, "title")
    if not _TITLE.fullmatch(value):
        raise BadRequestError("title allows only A-Z a-z 0-9, whitespace and ! - _ . * ' ( ).")
    return value


def obj(body: Body, key: str) -> Body | None:
    """Read an optional object."""
    value = body.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadRequestError(f"{key} must be an object.")
    return value


def flag(body: Body, key: str, *, default: bool) -> bool:
    """Read an optional boolean, which may be written as a text."""
    value = body.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or value in {"true", "false"}:
        return value in {True, "true"}
    raise BadRequestError(f"{key} must be true or false.")


def date_range(body: Body) -> tuple[datetime, datetime]:
    """Read the date range: two instants in UTC with milliseconds, the first before the second."""
    dates = obj(body, "dateRange")
    if dates is None:
        raise BadRequestError("dateRange is required.")
    known_keys(dates, ("start", "end"), "dateRange.")
    start, end = _instant(dates, "start"), _instant(dates, "end")
    if start >= end:
        raise BadRequestError("dateRange.start must be before dateRange.end.")
    return start, end


def timezone(body: Body, configured: Collection[str]) -> str | None:
    """Read the optional time zone, one of those configured for the tenant."""
    if body.get("timezone") is None:
        return None
    name = text(body, "timezone")
    if name not in configured and not (ANY_TIMEZONE in configured and is_timezone(name)):
        raise BadRequestError(f"timezone {name} is not configured for the tenant.")
    return name


def is_timezone(name: str) -> bool:
    """Tell whether there is an IANA zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def intra_day(body: Body) -> tuple[time, time] | None:
    """Read the optional range of wall times."""
    walls = obj(body, "intraDayTimeRange")
    if walls is None:
        return None
    known_keys(walls, ("start", "end"), "intraDayTimeRange.")
    return _wall(walls, "start"), _wall(walls, "end")


def names(body: Body, key: str, allowed: Collection[str], where: str) -> tuple[str, ...]:
    """Read an optional list of names, each one of those allowed."""
    chosen = body.get(key)
    if chosen is None:
        return ()
    if not _is_texts(chosen):
        raise BadRequestError(f"{key} must be a list of texts.")
    for name in chosen:
        if name not in allowed:
            raise BadRequestError(f"{key}: {name} is not available for {where}.")
    return tuple(dict.fromkeys(chosen))


def filters(group_by: Body, allowed: Collection[str], version: int) -> tuple[Filter, ...]:
    """Read the optional filters of a grouping."""
    return tuple(
        _filter(entry, allowed, version) for entry in _objects(group_by, "filters", "groupBy.")
    )


def searches(
    body: Body, allowed: Collection[str], operators: Collection[str]
) -> tuple[Search, ...]:
    """Read the optional search of a detailed report."""
    found = []
    for entry in _objects(body, "searchQuery"):
        known_keys(entry, ("field", "operator", "value"), "searchQuery.")
        name, operator = text(entry, "field"), text(entry, "operator")
        if name not in allowed:
            raise BadRequestError(f"searchQuery: unknown field {name}.")
        if operator not in operators:
            raise BadRequestError(f"searchQuery: unknown operator {operator}.")
        found.append(Search(name, Operator(operator), _search_value(entry, Operator(operator))))
    return tuple(found)


def _search_value(entry: Body, operator: Operator) -> tuple[str, ...]:
    value = entry.get("value")
    if operator in _NO_VALUE:
        return ()
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return (str(value),)
    if isinstance(value, list) and value and _is_texts(value):
        return tuple(value)
    raise BadRequestError(f"searchQuery: operator {operator} needs a value.")


def _filter(entry: Body, allowed: Collection[str], version: int) -> Filter:
    known_keys(entry, ("name", "values"), "groupBy.filters.")
    name, values = text(entry, "name"), entry.get("values")
    if name not in allowed:
        raise BadRequestError(f"groupBy.filters: {name} is not available for this grouping.")
    if not _is_texts(values) or not values:
        raise BadRequestError(f"groupBy.filters: {name} needs a list of values.")
    for value in values:
        wrong_media = name == "media" and MEDIA_SINCE.get(value, version + 1) > version
        if wrong_media or (name == "wrap-up-code" and not _WRAP_UP_CODE.fullmatch(value)):
            raise BadRequestError(f"groupBy.filters: {value} is not a value of {name}.")
    return Filter(name, tuple(values))


def _objects(body: Body, key: str, where: str = "") -> list[Body]:
    entries = body.get(key)
    if entries is None:
        return []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadRequestError(f"{where}{key} must be a list of objects.")
    return entries


def _instant(dates: Body, key: str) -> datetime:
    value = dates.get(key)
    if not isinstance(value, str):
        raise BadRequestError(f"dateRange.{key} is required.")
    try:
        if _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        pass
    raise BadRequestError(f"dateRange.{key} must have the form YYYY-MM-DDTHH:MM:SS.SSSZ.")


def _wall(walls: Body, key: str) -> time:
    value = walls.get(key)
    try:
        if isinstance(value, str) and _WALL.fullmatch(value):
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise BadRequestError(f"intraDayTimeRange.{key} must have the form hh:mm:ss.")


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
