"""What is offered of another language's articles, summed up."""

from evaluation.across import kept_of, sum_up
from evaluation.questions import HeldOut
from nouns import Answer, Article, Decision, Hit, Passage


def article(id: str, language: str) -> Article:
    return Article(id, id, language, "faq", "")


def answer(decision: Decision, *across: str) -> Answer:
    hits = [Hit(Passage(f"{id}#top", id, id, (), "", "en"), 0.9) for id in across]
    return Answer(decision, 0.1, (), "index-1", across=hits)


def test_only_what_its_own_language_lacks_is_counted() -> None:
    articles = [article("norway", "en"), article("returns", "en"), article("returns.zh", "zh")]
    asked = [
        (HeldOut("挪威运费", ("norway",)), answer(Decision.ABSTAIN, "returns", "norway")),
        (HeldOut("寄到挪威", ("norway",)), answer(Decision.ANSWER)),
        (HeldOut("怎么退货", ("returns",)), answer(Decision.ABSTAIN)),
        (HeldOut("能修手机吗", ()), answer(Decision.ABSTAIN, "returns")),
    ]
    beyond = [
        (HeldOut("天气", ()), answer(Decision.ABSTAIN)),
        (HeldOut("股票", ()), answer(Decision.ABSTAIN)),
    ]
    told = sum_up(asked, beyond, articles, "zh")
    assert (told["n"], told["right_first"], told["right_among_offered"]) == (2, 0.0, 0.5)
    assert (told["left_unanswered"], told["right_among_offered_of_left"]) == (0.5, 1.0)
    assert (told["uncovered_offered"], told["out_of_scope_offered"]) == (1.0, 0.0)


def test_what_is_hidden_of_a_language() -> None:
    both = [
        article(f"{id}{ending}", language)
        for id in ("a", "b")
        for ending, language in (("", "en"), (".zh", "zh"))
    ]
    articles = [*both, article("c.zh", "zh"), article("d", "en")]
    kept = {name: [one.id for one in left] for name, left in kept_of(articles, "zh").items()}
    assert kept == {
        "every_second_hidden": ["a", "b", "b.zh", "c.zh", "d"],
        "counterparts_hidden": ["a", "b", "c.zh", "d"],
        "other_language_only": ["a", "b", "d"],
    }
