from reading.script import clean, fold, is_cjk, language_of, language_of_page
from reading.tokens import sentences, terms


def test_english_words_meet_in_their_stem() -> None:
    assert terms("Returning lamps")[:2] == terms("return a lamp")[:1] + terms("lamp")


def test_chinese_is_cut_into_words_and_mixed_text_by_each_script() -> None:
    assert terms("怎么退货") == ("怎么", "退货")
    assert terms("取消Lumen Plus订阅") == ("取消", "lumen", "plus", "订阅")


def test_numbers_stay_whole_and_full_width_is_narrowed() -> None:
    assert "t-1042" in terms("工单T-1042的进度")
    assert terms("ＬＯ－１２３４５") == ("lo-12345",)


def test_traditional_and_simplified_characters_are_one_word() -> None:
    assert terms("運到臺北要幾天") == terms("运到台北要几天")
    assert terms("個人可以銀行轉帳嗎") == terms("个人可以银行转帐吗")


def test_mixed_text_is_cut_by_each_scripts_rule() -> None:
    assert terms("怎么cancel订单") == ("怎么", "cancel", "订单")
    assert terms("ＡＰＰ裡的燈ＯＦＦＬＩＮＥ了") == terms("app里的灯offline了")


def test_japanese_keeps_its_characters() -> None:
    assert fold("返品の発送") == "返品の発送"


def test_sentences_end_at_the_marks_of_both_languages() -> None:
    assert sentences("It ships today. Really!\n好的。明天到？") == [
        "It ships today.",
        "Really!",
        "好的。",
        "明天到？",
    ]


def test_the_script_alone_tells_the_language() -> None:
    assert [language_of(text) for text in ("请帮我cancel order", "cancel", "")] == ["zh", "en", "en"]
    assert is_cjk("ありがとう") and is_cjk("안녕") and not is_cjk("Größe?")


def test_an_english_page_with_a_chinese_name_stays_english() -> None:
    assert language_of_page("Lumen & Oak (橡木灯光) is a small shop from Bergen, Norway.") == "en"


def test_what_no_encoder_takes_is_dropped() -> None:
    assert clean("a\0b\ud800c" + "x" * 1000) == "abc" + "x" * 497
