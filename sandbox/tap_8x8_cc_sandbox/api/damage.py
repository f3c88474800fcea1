"""Damage to an answer that was right: cut, shortened, contradicted or garbled."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tap_8x8_cc_sandbox.api.faults import Action, FaultRule

_OK = 200
_JUNK: tuple[Any, ...] = (None, "", "junk", -1, 1.5, True, [], {}, ["junk"], {"junk": None})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about to be sent."""

    status: int  # HTTP status
    headers: dict[str, str]  # headers by lower-case name
    body: bytes  # body
    cut: int | None = None  # bytes of the body that are sent before the connection ends; None: all


def damage(answer: Answer, rule: FaultRule, chance: random.Random) -> Answer:
    """Return an answer as a fault makes it. Refusals stay as they are."""
    if answer.status != _OK:
        return answer
    return DAMAGES[rule.action](answer, rule, chance)


def _cut_body(answer: Answer, rule: FaultRule, _: random.Random) -> Answer:
    return replace(answer, cut=int(len(answer.body) * rule.keep))


def _truncate(answer: Answer, rule: FaultRule, _: random.Random) -> Answer:
    return replace(answer, body=answer.body[: int(len(answer.body) * rule.keep)])


def _short(answer: Answer, rule: FaultRule, _: random.Random) -> Answer:
    if "x-total-elements" not in answer.headers:
        return answer
    elements = int(answer.headers["x-total-elements"]) + rule.rows
    pages = -(-elements // int(answer.headers["x-page-size"]))
    headers = {"x-total-elements": str(elements), "x-total-pages": str(pages)}
    return replace(answer, headers={**answer.headers, **headers})


def _fewer_rows(answer: Answer, rule: FaultRule, _: random.Random) -> Answer:
    if "csv" in answer.headers.get("content-type", ""):
        rows = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows([rows[0], *rows[1:][: -rule.rows]])
        return replace(answer, body=buffer.getvalue().encode())
    value = _decoded(answer.body)
    if not isinstance(value, list):
        return answer
    return replace(answer, body=msgspec.json.encode(value[: -rule.rows]))


def _gzip_cut(answer: Answer, rule: FaultRule, _: random.Random) -> Answer:
    body = gzip.compress(answer.body)
    headers = {**answer.headers, "content-encoding": "gzip"}
    return replace(answer, headers=headers, body=body[: int(len(body) * rule.keep)])


def _bom(answer: Answer, _rule: FaultRule, _: random.Random) -> Answer:
    return replace(answer, body=codecs.BOM_UTF8 + answer.body)


def _refuse(answer: Answer, rule: FaultRule, _: random.Random) -> Answer:
    return replace(answer, status=rule.status or 500)


def _mutate(answer: Answer, _: FaultRule, chance: random.Random) -> Answer:
    value = _decoded(answer.body)
    if isinstance(value, list | dict) and value:
        return replace(answer, body=msgspec.json.encode(_mutated(value, chance)))
    place = chance.randrange(len(answer.body) + 1)
    garbled = answer.body[:place] + bytes([chance.randrange(256)]) + answer.body[place + 1 :]
    return replace(answer, body=garbled)


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def _mutated(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - any JSON
    """Change one place of a JSON value: take it out, double it, or put junk there."""
    if not isinstance(value, list | dict) or not value or chance.random() < 1 / 4:
        return chance.choice(_JUNK)
    if isinstance(value, list):
        place = chance.randrange(len(value))
        kept = value[place]
        ways: tuple[list[Any], ...] = (
            [],
            [kept, kept],
            [_mutated(kept, chance)],
            [_mutated(kept, chance)],
        )
        return [*value[:place], *chance.choice(ways), *value[place + 1 :]]
    key = chance.choice(list(value))
    rest = {name: entry for name, entry in value.items() if name != key}
    changes: tuple[dict[str, Any], ...] = (
        {},
        {f"{key}X": value[key]},
        {key: _mutated(value[key], chance)},
    )
    return {**rest, **chance.choice((*changes, changes[-1]))}


DAMAGES: dict[Action, Callable[[Answer, FaultRule, random.Random], Answer]] = {
    "cut_body": _cut_body,
    "truncate": _truncate,
    "short": _short,
    "fewer_rows": _fewer_rows,
    "mutate": _mutate,
    "gzip_cut": _gzip_cut,
    "bom": _bom,
    "refuse": _refuse,
}
