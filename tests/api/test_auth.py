"""The token: one for all threads, renewed early, replaced once, and shown nowhere."""

from __future__ import annotations

import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.auth import Grant, TokenStore, read_grant, token_life
from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.redaction import REDACTOR, Redactor
from tests.support.fakes import FakeClock


class Source:
    """Gives out tokens that live for so many seconds."""

    def __init__(self, life: float) -> None:
        self.life = life
        self.count = 0
        self.lock = threading.Lock()

    def request_token(self) -> Grant:
        with self.lock:
            self.count += 1
            return Grant(f"token-{self.count}", self.life)


@given(st.floats(1, 100_000), st.floats(0, 100_000))
def test_a_token_is_used_until_shortly_before_it_expires(life: float, age: float) -> None:
    clock, source = FakeClock(), Source(life)
    store = TokenStore(source.request_token, clock)
    first = store.current()
    clock.sleep(age)
    renewed = store.current() != first
    if age >= life:
        assert renewed
    if age < life * 0.9 - 1 and age < life - 61:
        assert not renewed
    assert source.count == 1 + renewed


def test_threads_share_one_token_and_one_refresh() -> None:
    source = Source(1799)
    store = TokenStore(source.request_token, FakeClock())
    barrier = threading.Barrier(16)

    def use(_: int) -> str:
        token = store.current()
        barrier.wait()
        store.discard(token)  # all of them were refused with the first token
        barrier.wait()
        return store.current()

    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(use, range(16)))
    assert tokens == {"token-2"}
    assert source.count == 2


def test_a_late_refusal_of_an_old_token_does_not_cost_the_new_one() -> None:
    source = Source(1799)
    store = TokenStore(source.request_token, FakeClock())
    old = store.current()
    store.discard(old)
    new = store.current()
    store.discard(old)
    assert store.current() == new
    assert source.count == 2


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [("1799", 1799), (3600, 3600), (12.5, 12.5), ("", 900), (None, 900), ("-1", 900), ("nan", 900)],
)
def test_the_life_is_text_or_number_and_assumed_where_it_makes_no_sense(
    expires_in: object, life: float
) -> None:
    assert token_life(expires_in) == life


def test_a_token_is_masked_from_the_moment_it_is_read() -> None:
    grant = read_grant(b'{"access_token": "abc-DEF_123456", "expires_in": "60"}')
    assert grant == Grant("abc-DEF_123456", 60)
    assert "abc-DEF" not in repr(grant)
    assert REDACTOR("x=abc-DEF_123456!") == "x=***!"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(
    json_values
    | st.fixed_dictionaries({"access_token": json_values}, optional={"expires_in": json_values})
)
def test_any_answer_is_a_fit_token_or_worth_another_try(answer: object) -> None:
    try:
        grant = read_grant(json.dumps(answer).encode())
    except TransientError:
        return
    assert grant.token.isascii()
    assert grant.token.isprintable()
    assert " " not in grant.token
    assert 0 < grant.life < float("inf")


TOKEN = "T0ken-still-valid-1234567890"
WHOLE = json.dumps(
    {"access_token": TOKEN, "token_type": "BearerToken", "expires_in": "1799"}
).encode()


@pytest.mark.parametrize(
    "body",
    [
        WHOLE[:-5],
        gzip.compress(WHOLE, mtime=0)[:-6],
        b"<html><body>" + WHOLE + b"</body></html>",
        b'"' + WHOLE + b'"',
        WHOLE + b"}",
        WHOLE.replace(b'"access_token"', b'"accessToken"'),
    ],
)
def test_a_damaged_answer_is_not_quoted(body: bytes) -> None:
    with pytest.raises(TransientError) as caught:
        read_grant(body)
    assert "T0ken" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_grant(b"\xef\xbb\xbf" + WHOLE).token == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token":"@"',
        '{\\"access_token\\": \\"@\\"}',
        "access_token=@&x=1",
        "Authorization: Bearer @",
        "'Authorization': 'Basic @'",
    ],
)
def test_a_token_is_known_by_its_place(text: str) -> None:
    unread = "never-Seen-before-42"
    masked = Redactor()(text.replace("@", unread))
    assert unread not in masked
    assert masked == text.replace("@", "***")


def test_words_that_only_sound_like_it_stay() -> None:
    text = "The answer holds no usable access_token. Basic needs are met."
    assert Redactor()(text) == text
