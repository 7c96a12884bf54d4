"""Reading, learning and judging texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu import fitting, keeping, promise
from engine.nlu.grams import Grams, character_grams, runs_of, word_grams
from engine.nlu.heads import TextFeatures
from engine.nlu.reader import ReadingFeaturizer
from engine.nlu.service import BATCH, TextService, TextServiceMissing
from engine.problems import BadRequest, ModelRefused
from engine.reading import Reading, beside_message
from engine.slim import AbsentModule, refuse_left_out
from tests.engine import textservice
from tests.engine.world import TOKEN


def reader() -> ReadingFeaturizer:
    return ReadingFeaturizer()


def test_a_reading_beside_the_message_is_taken_and_nothing_is_asked(
    text_service: textservice.TextService,
) -> None:
    asked, message = len(text_service.batches), Message({"text": "mail me@example.com"})
    with beside_message(Reading.from_json(textservice.read("mail me@example.com", "zh"))):
        reader().process([message])
    found = {entity["entity"]: entity["value"] for entity in message.get("entities")}
    assert found == {"email": "me@example.com", "language": "zh"}
    assert message.get_dense_features("text")[1].features.shape == (1, textservice.DIMENSIONS)
    assert len(text_service.batches) == asked


def test_training_asks_in_batches_and_each_text_once(text_service: textservice.TextService) -> None:
    service, texts = TextService(text_service.url, TOKEN), [f"text {i}" for i in range(BATCH + 10)]
    asked = len(text_service.batches)
    readings = service.read(texts * 2)
    assert len(readings) == 2 * len(texts)
    assert [len(batch) for batch in text_service.batches[asked:]] == [BATCH, 10]


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:9/text"])
def test_without_the_service_the_variable_and_the_cure_are_named(url: str | None) -> None:
    with pytest.raises(TextServiceMissing, match=r"FIRSTLINE_TEXT_URL.*firstline rasa"):
        TextService(url, TOKEN).read(["hello"])


def test_another_encoder_means_training_again(
    text_service: textservice.TextService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ReadingFeaturizer.fingerprint_addon({}) == ReadingFeaturizer.fingerprint_addon({})
    monkeypatch.setenv("FIRSTLINE_TEXT_URL", "http://127.0.0.1:9/other")
    assert ReadingFeaturizer.fingerprint_addon({}) is None


@pytest.mark.parametrize("broken", [{}, {"language": "en", "encoder": "x", "vector": "%"}, {"vector": 3}])
def test_a_broken_reading_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        Reading.from_json(broken)


def test_chinese_is_cut_by_characters_and_english_by_words() -> None:
    runs = runs_of("ＬＯ-12 Order 订单号")
    assert runs == ["lo", "-", "12", "order", "订单号"]
    assert {"lo", "12 order", "订", "订单"} <= set(word_grams(runs))
    assert {"订单", "订单号", " or", "rder "} - set(character_grams(runs)) == {"订单号"} - set(
        character_grams(runs)
    )


def test_one_text_is_the_same_row_alone_and_among_others() -> None:
    texts = ["open a ticket", "我要提交工单", "", "open open a ticket?"]
    grams = Grams.learn(texts)
    matrix = grams.matrix(texts)
    for row, text in enumerate(texts):
        indices, weights = grams.row(text)
        alone = np.zeros(grams.size)
        alone[indices] = weights
        np.testing.assert_allclose(matrix[row].toarray()[0], alone, rtol=1e-6)
    assert not len(grams.row("zzz 000")[0]) or grams.row("zzz 000")[1].any()


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train the networks for a sixth of the time: what is asked of them here is easy."""
    monkeypatch.setattr(fitting, "NETWORKS", 1)
    monkeypatch.setattr(fitting, "FEWEST_STEPS", 300)


def examples(intents: int, each: int) -> tuple[fitting.Examples, Grams]:
    texts = [f"word{i} thing{j % 3}" for i in range(intents) for j in range(each)]
    grams, dice = Grams.learn(texts), np.random.default_rng(0)
    vectors = [dice.normal(size=8).astype("float32") + 3 * (i // each) for i in range(len(texts))]
    encoders = np.array(["a" if i % 4 else "b" for i in range(len(texts))])
    return fitting.Examples(
        grams.matrix(texts), vectors, encoders, np.arange(len(texts)) // each, intents
    ), grams


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize(("intents", "each"), [(2, 30), (3, 1), (4, 2), (5, 60)])
def test_small_and_lopsided_sets_are_learnt_kept_and_loaded(tmp_path: Path, intents: int, each: int) -> None:
    data, grams = examples(intents, each)
    learnt = keeping.Learnt([f"intent{i}" for i in range(intents)], grams, fitting.fit_mixture(data))
    keeping.save(learnt, tmp_path)
    loaded = keeping.load(tmp_path)
    for row in range(len(data.intents)):
        before = learnt.mixture.confidences(data.text(row), intents)
        np.testing.assert_allclose(loaded.mixture.confidences(data.text(row), intents), before, rtol=1e-4)
        assert before.sum() == pytest.approx(1)
    assert loaded.intents == learnt.intents
    assert loaded.mixture.threshold == 0.35  # of so few intents none can be withheld, so nothing is promised


@pytest.mark.usefixtures("briefly")
def test_what_no_intent_covers_is_trusted_less_and_a_promise_is_kept(tmp_path: Path) -> None:
    data, grams = examples(12, 25)
    learnt = keeping.Learnt([str(i) for i in range(12)], grams, fitting.fit_mixture(data))
    keeping.save(learnt, tmp_path)
    mixture = keeping.load(tmp_path).mixture
    assert mixture.trust is not None and mixture.trust.promised == 0.10
    inside = [mixture.confidences(data.text(row), 12) for row in range(0, 300, 10)]
    strange = TextFeatures(*grams.row("thing1 zzz"), "a", np.full(8, -20.0, dtype="float32"))
    outside = mixture.confidences(strange, 12)
    assert min(one.max() for one in inside) > mixture.threshold > outside.max()
    assert outside.sum() < 1 and outside.argmax() == mixture.probabilities(strange, 12).argmax()


def test_a_threshold_is_the_lowest_that_the_test_lets_through() -> None:
    chance = np.random.default_rng(1)
    sure = chance.random(4000)
    right = chance.random(4000) < sure
    threshold = promise.promised(sure, right, np.ones(4000), 0.10)
    assert threshold is not None and 0.75 < threshold < 0.9  # from t on (1 - t) / 2 are wrong
    assert (~right[sure >= threshold]).mean() <= 0.10
    assert promise.promised(sure[:50], right[:50], np.ones(50), 0.10) is None


@pytest.mark.usefixtures("briefly")
def test_an_encoder_never_seen_is_judged_by_its_words() -> None:
    data, grams = examples(4, 20)
    mixture = fitting.fit_mixture(data)
    unknown = TextFeatures(*grams.row("word2 thing1"), "another encoder", np.ones(5, dtype="float32"))
    assert mixture.probabilities(unknown, 4).argmax() == 2
    nothing = TextFeatures(*grams.row("~"), "another encoder", np.ones(5, dtype="float32"))
    np.testing.assert_allclose(mixture.probabilities(nothing, 4), 0.25)


async def test_the_whole_pipeline_knows_its_own_examples_in_both_languages(model: Path) -> None:
    agent = Agent.load(str(model))
    for text, intent in (
        ("hello", "greet"),
        ("谢谢", "thank"),
        ("open a ticket", "open_ticket"),
        ("转人工", "ask_human"),
    ):
        found = await agent.parse_message(text)
        assert found["intent"]["name"] == intent
        assert len(found["intent_ranking"]) == 10


async def test_a_text_unlike_all_others_falls_back(model: Path) -> None:
    found = await Agent.load(str(model)).parse_message("qqqq zzzz xxxx")
    assert found["intent"]["name"] == "nlu_fallback"


def test_an_empty_training_set_is_refused_in_a_sentence(text_service: textservice.TextService) -> None:
    data = TrainingData([Message({"text": "hello", "intent": "greet"})])
    from engine.nlu.classifier import MixedIntentClassifier

    classifier = MixedIntentClassifier({"ranking_length": 10}, None, None)
    with pytest.raises(Exception, match="two intents"):
        classifier.train(reader().process_training_data(data))


def test_a_component_that_needs_what_was_left_out_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class NeedsTensorflow:
        """Stands for DIETClassifier and its kind."""

    monkeypatch.setitem(globals(), "tf", AbsentModule("tensorflow"))
    monkeypatch.setitem(__import__("sys").modules, __name__, __import__("types").SimpleNamespace(**globals()))
    with pytest.raises(ModelRefused, match=r"NeedsTensorflow needs tensorflow.*FIRSTLINE_ENGINE_FULL"):
        refuse_left_out([NeedsTensorflow])
