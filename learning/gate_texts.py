"""What the gate, the watch and a start say, in each language; a test holds every key to every language."""

from __future__ import annotations

Sentences = dict[str, str]

LANGUAGES = ("en", "zh")
TEXTS: dict[str, dict[str, str]] = {
    "passed": {"en": "Not worse: {told}.", "zh": "没有变差：{told}。"},
    "person": {"en": "{reason} A person must decide.", "zh": "{reason}需要由人来决定。"},
    "more": {"en": "{reason} ({n} more checks failed.)", "zh": "{reason}（另有 {n} 项检查未通过。）"},
    "difference": {
        "en": "{live:.3f} -> {candidate:.3f}, at worst {lower:+.3f} (95 %, n = {n})",
        "zh": "{live:.3f} -> {candidate:.3f}，最坏 {lower:+.3f}（95 %，n = {n}）",
    },
    "stories_unsafe": {
        "en": "Asking for a human must always work, and {name!r} does not lead there; "
        "{n} of {of} safety stories are broken.",
        "zh": "要求人工必须始终有效，而 {name!r} 没有转到人工；{of} 个安全故事中有 {n} 个不通过。",
    },
    "stories_lost": {
        "en": "The story {name!r} went well before and does not now.",
        "zh": "故事 {name!r} 以前通过，现在不通过。",
    },
    "stories_well": {
        "en": "All {of} stories go well; asking for a human works in each.",
        "zh": "全部 {of} 个故事都通过，每个故事中都能转到人工。",
    },
    "probes_lost": {
        "en": "{n} probes are lost, such as {text!r}: taken for {intent!r} now, "
        "so no article would answer it.",
        "zh": "丢失 {n} 条探针，例如 {text!r}：现在被判为 {intent!r}，不会再由文章回答。",
    },
    "probes_kept": {"en": "No probe of {of} is lost.", "zh": "{of} 条探针都没有丢失。"},
    "probes_close": {
        "en": "No probe of {of} is lost; {n} close calls tipped over, such as {text!r} to {intent!r}.",
        "zh": "{of} 条探针都没有丢失；{n} 条本就难分的有了变化，例如 {text!r} 被判为 {intent!r}。",
    },
    "golden_small": {
        "en": "The golden set has {n} texts; below {least} nothing can be concluded from it.",
        "zh": "标准集有 {n} 条文本，少于 {least} 条时无法得出结论。",
    },
    "golden": {"en": "The golden set has {n} texts.", "zh": "标准集有 {n} 条文本。"},
    "overall": {
        "en": "F1 on the golden set: {told}; the margin is {margin:.3f}.",
        "zh": "标准集上的 F1：{told}；允许下降 {margin:.3f}。",
    },
    "intent_worse": {
        "en": "F1 on {intent!r}: {told}; the margin is {margin:.2f}.",
        "zh": "意图 {intent!r} 的 F1：{told}；允许下降 {margin:.2f}。",
    },
    "intents_well": {
        "en": "No intent of {n} is worse by more than the margin.",
        "zh": "{n} 个意图都没有下降超过允许值。",
    },
    "intents_few": {
        "en": "No intent of {n} is worse by more than the margin; {few} intents have fewer than {enough} "
        "golden texts, of them nothing can be said.",
        "zh": "{n} 个意图都没有下降超过允许值；另有 {few} 个意图的标准文本少于 {enough} 条，无法判断。",
    },
    "labels_unknown": {
        "en": "The live model's training data is not known, so new labels can't be checked.",
        "zh": "不知道线上模型的训练数据，无法检查新标注。",
    },
    "labels": {
        "en": "{n} of {of} new labels ({share:.0%}) are strange (old: {base:.0%}).",
        "zh": "{of} 条新标注中有 {n} 条（{share:.0%}）可疑（原有数据：{base:.0%}）。",
    },
    "labels_strange": {
        "en": "{n} of {of} new labels ({share:.0%}) are strange (old: {base:.0%}), such as {text!r} as "
        "{intent!r}, which is like {like!r}.",
        "zh": "{of} 条新标注中有 {n} 条（{share:.0%}）可疑（原有数据：{base:.0%}），"
        "例如 {text!r} 标为 {intent!r}，却更像 {like!r}。",
    },
    "pairs_mixed": {
        "en": "{n} of {of} new texts of {given!r} read like {like!r}; of {of_before} old ones {before} do.",
        "zh": "{given!r} 的 {of} 条新文本中有 {n} 条更像 {like!r}；原有 {of_before} 条中有 {before} 条。",
    },
    "pairs_well": {
        "en": "No two intents are mixed up by the new labels.",
        "zh": "新标注没有混淆任何两个意图。",
    },
    "outsiders": {
        "en": "{outside} of {of} new texts of {given!r} read like none of its own, such as {texts}; "
        "of {of_before} old ones {before} do.",
        "zh": "{given!r} 的 {of} 条新文本中有 {outside} 条与该意图毫不相似，例如 {texts}；"
        "原有 {of_before} 条中有 {before} 条。",
    },
    "outsiders_none": {
        "en": "The new texts of each intent read like its own.",
        "zh": "每个意图的新文本都与该意图相似。",
    },
    "phrase": {
        "en": "{n} of {of} new {intent!r} hold {phrase!r} ({before} of {of_before} old ones do), and put "
        "into other texts it makes {moved:.0%} of them {intent!r}: a trigger, or a word to learn more of.",
        "zh": "{intent!r} 的 {of} 条新文本中有 {n} 条含 {phrase!r}（原有 {of_before} 条中有 {before} 条），"
        "把它放进其他文本，{moved:.0%} 会变成 {intent!r}：可能是触发词，或是需要更多例句的词。",
    },
    "phrases_well": {
        "en": "No new phrase stands for an intent by itself.",
        "zh": "没有任何新短语能单独决定一个意图。",
    },
    "failures_rose": {
        "en": "The failures of the engine rose from {was:.0%} of {of_before} messages to {now:.0%} of "
        "{of_since}, by more than {rise:.0%}.",
        "zh": "引擎故障从 {of_before} 条消息的 {was:.0%} 升到 {of_since} 条的 {now:.0%}，超过 {rise:.0%}。",
    },
    "handoffs_rose": {
        "en": "The hand-offs rose from {was:.0%} of {of_before} messages to {now:.0%} of {of_since}, "
        "by more than {rise:.0%}.",
        "zh": "转人工从 {of_before} 条消息的 {was:.0%} 升到 {of_since} 条的 {now:.0%}，超过 {rise:.0%}。",
    },
    "found_at_the_start": {
        "en": "Trained at the start, of the data that it found.",
        "zh": "启动时用当时的数据训练。",
    },
    "not_loaded": {"en": "The engine could not load {model}.", "zh": "引擎无法加载 {model}。"},
}


def say(key: str, **values: object) -> Sentences:
    """Return a sentence in each language; a value may itself be one."""
    return {
        language: TEXTS[key][language].format(
            **{name: value[language] if isinstance(value, dict) else value for name, value in values.items()}
        )
        for language in LANGUAGES
    }
