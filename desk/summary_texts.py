"""What a day's summary and a reminder say, in each language; a test holds every key to every language."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "title": {"en": "The day in numbers: {day}", "zh": "每日概览：{day}"},
    "asked": {"en": "Messages from customers", "zh": "客户消息"},
    "answered": {"en": "Answered by the bot", "zh": "机器人已回答"},
    "handed_over": {"en": "Handed over to people", "zh": "转人工"},
    "first_response": {"en": "First response time (median)", "zh": "首次响应时间（中位数）"},
    "unanswered": {"en": "What the bot could not answer, by topic", "zh": "机器人未能回答的问题（按主题）"},
    "no_topic": {"en": "near no article", "zh": "没有相近文章"},
    "now": {"en": "Right now", "zh": "当前"},
    "waiting": {"en": "Waiting for a person", "zh": "等待人工"},
    "overdue": {"en": "Tickets overdue", "zh": "逾期工单"},
    "open": {"en": "Open at the desk", "zh": "在客服台打开"},
    "seconds": {"en": "{n} s", "zh": "{n} 秒"},
    "minutes": {"en": "{n} min", "zh": "{n} 分钟"},
    "hours": {"en": "{n} h", "zh": "{n} 小时"},
    "reminder": {
        "en": "⏰ {who} has been waiting for a person for {minutes} min.",
        "zh": "⏰ {who} 已等待人工 {minutes} 分钟。",
    },
    "a_customer": {"en": "A customer", "zh": "客户"},
}


def word(key: str, language: str, **values: object) -> str:
    """Return a text in the language, English where there is none."""
    variants = TEXTS[key]
    return variants.get(language, variants["en"]).format(**values)
