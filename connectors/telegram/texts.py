"""What only Telegram's customers read: the list of commands, and the notice on a button that is gone."""

from __future__ import annotations

COMMANDS: dict[str, dict[str, str]] = {
    "start": {"en": "Begin", "zh": "开始"},
    "help": {"en": "What I can do", "zh": "我能做什么"},
    "human": {"en": "Talk to a person", "zh": "转人工"},
    "ticket": {"en": "Open a ticket", "zh": "创建工单"},
    "language": {"en": "Change the language", "zh": "切换语言"},
    "cancel": {"en": "Stop what is under way", "zh": "取消当前操作"},
}
BUTTON_GONE = {
    "en": "This button is too old. Please type your question.",
    "zh": "这个按钮已失效，请直接输入您的问题。",
}
