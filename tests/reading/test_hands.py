"""A build encodes by all cores; a small edit by one; what comes back is the same."""

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reading import hands
from reading.cache import VectorCache
from reading.encoders import AnyEncoder, Encoder, Vectors
from reading.reader import Reader

TEXTS = [f"passage {number}" for number in range(60)]


class Lengths(Encoder):
    """Encodes a text's number; waits until as many threads as `together` encode at once."""

    def __init__(self, together: int = 1, fails: bool = False) -> None:
        self.name, self.dimension, self.fails = "lengths", 1, fails
        self.threads: set[int] = set()
        self.meeting = threading.Barrier(together)

    def passages(self, texts: Sequence[str]) -> Vectors:
        if not self.threads:
            self.threads.add(threading.get_ident())
            self.meeting.wait(timeout=20)
        self.threads.add(threading.get_ident())
        if self.fails:
            raise MemoryError("no room")
        return np.array([[float(text.split()[1])] for text in texts], np.float32)


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "HELP_AFTER", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})


def reader_of(own: Encoder, copies: list[Encoder]) -> Reader:
    return Reader(own, own, VectorCache(None), lambda _: copies.pop())


async def test_each_core_takes_its_share_and_the_order_stays() -> None:
    own, others = Lengths(4), [Lengths(), Lengths(), Lengths()]
    for other in others:
        other.meeting = own.meeting  # all four encode at once, or none goes on
    reader, seen = reader_of(own, list[Encoder](others)), list[int]()
    with reader.all_hands():
        vectors = await reader.encode_passages(TEXTS, "lengths", seen.append)
    assert vectors[:, 0].tolist() == list(range(60)) and sum(seen) == 60
    assert all(len(each.threads) == 1 for each in (own, *others))
    assert len(set.union(own.threads, *(other.threads for other in others))) == 4


async def test_a_hand_that_fails_gives_its_batch_back(caplog: pytest.LogCaptureFixture) -> None:
    own, broken = Lengths(2), Lengths(fails=True)
    broken.meeting = own.meeting  # it has begun a batch when it fails
    reader = reader_of(own, [Lengths(fails=True), Lengths(fails=True), broken])
    with reader.all_hands():
        vectors = await reader.encode_passages(TEXTS, "lengths")
    assert vectors[:, 0].tolist() == list(range(60))
    assert "stops helping" in caplog.text and "no room" in caplog.text


async def test_what_fails_in_the_own_hand_fails_the_build_and_the_reader_goes_on() -> None:
    reader = reader_of(own := Lengths(fails=True), [Lengths(fails=True) for _ in range(3)])
    with pytest.raises(MemoryError, match="no room"), reader.all_hands():
        await reader.encode_passages(TEXTS, "lengths")
    own.fails = False
    assert (await reader.encode_passages(TEXTS[:3], "lengths"))[:, 0].tolist() == [0, 1, 2]


async def test_without_a_call_no_encoder_is_loaded_again() -> None:
    own = Lengths()
    await reader_of(own, []).encode_passages(TEXTS, "lengths")
    assert len(own.threads) == 1


async def test_what_is_done_in_a_moment_calls_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "HELP_AFTER", 60)
    reader = reader_of(Lengths(), [])
    with reader.all_hands():
        async with asyncio.timeout(30):
            await reader.encode_passages(TEXTS, "lengths")


async def test_an_encoder_that_takes_all_cores_itself_gets_no_help() -> None:
    class Greedy(Lengths, AnyEncoder):
        pass

    assert not Greedy.single_threaded
    reader = reader_of(Greedy(), [])
    with reader.all_hands():
        assert len(await reader.encode_passages(TEXTS, "lengths")) == 60


@pytest.mark.models
async def test_real_encoders_say_the_same_by_two_hands(tmp_path: Path, reader: Reader) -> None:
    texts = [f"{'You may send it back. ' * (number % 7)}Within {number} days." for number in range(40)]
    asked = [f"{'我想问一下，' * (number % 5)}{number}天能退吗？" for number in range(40)]
    fresh = Reader.load(cache=tmp_path / "vectors.db")
    with fresh.all_hands():
        found = await fresh.encode_passages(texts, "minilm"), await fresh.encode_questions(asked, "e5")
    known = await reader.encode_passages(texts, "minilm"), await reader.encode_questions(asked, "e5")
    for some, others in zip(found, known, strict=True):
        assert float(np.einsum("nd,nd->n", some, others).min()) > 0.9999
