"""What the team is told in its room, in each language; a test holds every key to every language."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "waits": {"en": "{who} waits for a person", "zh": "{who} 在等待人工"},
    "customer": {"en": "A customer", "zh": "客户"},
    "channel": {"en": "Channel", "zh": "渠道"},
    "reason": {"en": "Reason", "zh": "原因"},
    "since": {"en": "Waiting since", "zh": "等待自"},
    "waited": {"en": "Waited", "zh": "等待时长"},
    "minutes": {"en": "{minutes} min", "zh": "{minutes} 分钟"},
    "summary": {"en": "In short", "zh": "摘要"},
    "last": {"en": "Last messages", "zh": "最近消息"},
    "understood": {"en": "The bot understood", "zh": "机器人的理解"},
    "collected": {"en": "Collected", "zh": "已收集的信息"},
    "articles": {"en": "Articles it looked at", "zh": "机器人参考的文章"},
    "email": {"en": "E-mail", "zh": "邮箱"},
    "verified": {"en": "verified", "zh": "已验证"},
    "open_desk": {"en": "Open at the desk", "zh": "在客服台打开"},
    "state_waiting": {"en": "⏳ Waiting", "zh": "⏳ 等待中"},
    "state_taken": {"en": "🙋 Taken by {agent}", "zh": "🙋 {agent} 已接手"},
    "state_given_back": {"en": "🤖 Given back to the bot by {agent}", "zh": "🤖 {agent} 已交还机器人"},
    "state_resolved": {"en": "✅ Resolved by {agent}", "zh": "✅ {agent} 已解决"},
    "state_expired": {"en": "🎫 Became ticket {ticket}", "zh": "🎫 已转为工单 {ticket}"},
    "state_withdrawn": {"en": "↩️ The customer stopped waiting", "zh": "↩️ 客户已取消等待"},
    "ticket": {"en": "Ticket {ticket}", "zh": "工单 {ticket}"},
    "declined": {"en": "Not now: {names}", "zh": "暂时不便：{names}"},
    "how": {
        "en": "What {agent} writes in this thread goes to the customer after {seconds} s. It stays among "
        "yourselves if it begins with `//` or a @mention; so does all that others write.",
        "zh": "{agent} 在此消息列中写的内容会在 {seconds} 秒后发给客户；以 `//` 或 @同事 开头的，"
        "以及其他人写的，只有团队可见。",
    },
    "take": {"en": "Take", "zh": "接手"},
    "not_now": {"en": "Not now", "zh": "暂不"},
    "open_ticket": {"en": "Open ticket", "zh": "创建工单"},
    "give_back": {"en": "Give back to the bot", "zh": "交还机器人"},
    "resolve": {"en": "Resolve", "zh": "解决"},
    "assign": {"en": "Assign…", "zh": "转给同事…"},
    "send_article": {"en": "Send article…", "zh": "发送文章…"},
    "canned": {"en": "Canned reply…", "zh": "快捷回复…"},
    "canned_none": {
        "en": "There are no canned replies yet. Write them at {address}",
        "zh": "还没有快捷回复，请在这里添加：{address}",
    },
    "text": {"en": "Text", "zh": "内容"},
    "next": {"en": "Next", "zh": "下一步"},
    "change_ticket": {"en": "Ticket…", "zh": "工单…"},
    "note": {"en": "note", "zh": "备注"},
    "bot": {"en": "Bot", "zh": "机器人"},
    "edited_late": {
        "en": "“{text}” was delivered already. Editing it here does not change what the customer has.",
        "zh": "“{text}”已送达客户，在这里编辑不会改变客户看到的内容。",
    },
    "deleted_late": {
        "en": "“{text}” had been delivered already. Deleting it here does not take it back.",
        "zh": "“{text}”已送达客户，在这里删除无法撤回。",
    },
    "edited_note": {
        "en": "An edited note is not sent to the customer. Write a new message for that.",
        "zh": "编辑后的备注不会发给客户，如需发送请写新消息。",
    },
    "unread": {
        "en": "⚠️ Not sent: the message could not be read again. Nothing went to the customer; please write "
        "it again.",
        "zh": "⚠️ 未发送：无法再次读取该消息。没有内容发给客户，请重新发送。",
    },
    "not_yours": {
        "en": "⚠️ Not sent: the conversation is no longer yours. It is kept as a note.",
        "zh": "⚠️ 未发送：该对话已不由您接待，内容已保存为备注。",
    },
    "not_delivered": {"en": "⚠️ Not delivered to the customer: {text}", "zh": "⚠️ 未能送达客户：{text}"},
    "not_linked": {
        "en": "You are not linked with a desk account.",
        "zh": "您还没有关联客服台账号。",
    },
    "not_linked_cure": {
        "en": "Ask for a code (`firstline agents link ADDRESS`) and write here: /firstline link CODE",
        "zh": "请索取代码（`firstline agents link 邮箱`），然后在这里输入：/firstline link 代码",
    },
    "guests": {"en": "Guests and outside people can't be linked.", "zh": "访客和外部人员不能关联。"},
    "linked": {
        "en": "You are {agent} now: you can take hand-offs.",
        "zh": "您现在是 {agent}，可以接手对话了。",
    },
    "declined_you": {"en": "Noted. It stays in the queue.", "zh": "好的，请求仍在队列中。"},
    "passed_on": {
        "en": "{agent} has passed this conversation on to {colleague}.",
        "zh": "{agent} 已把这个对话转给 {colleague}。",
    },
    "assigned": {"en": "{agent} has it now.", "zh": "现在由 {agent} 接待。"},
    "ticket_opened": {"en": "Opened {ticket}, assigned to you.", "zh": "已创建 {ticket}，由您负责。"},
    "ticket_changed": {"en": "{ticket}: {status}, {priority}.", "zh": "{ticket}：{status}，{priority}。"},
    "article_sent": {"en": "Sent “{title}” to the customer.", "zh": "已把《{title}》发给客户。"},
    "done": {"en": "Done.", "zh": "好了。"},
    "nothing_taken": {
        "en": "You have not taken a conversation. Press *Take* on one first.",
        "zh": "您还没有接手任何对话，请先点击“接手”。",
    },
    "which": {
        "en": "You have more than one conversation. Use the buttons on its first message.",
        "zh": "您有多个对话，请使用对应消息上的按钮。",
    },
    "queue_empty": {"en": "Nobody waits.", "zh": "没有人在等待。"},
    "usage": {
        "en": "/firstline link CODE · queue · back · resolve · assign @colleague · article QUESTION · "
        "reply [NAME] · ticket [T-1001] [open|pending|on_hold|solved|closed] [low|normal|high|urgent]",
        "zh": "/firstline link 代码 · queue · back · resolve · assign @同事 · article 问题 · "
        "reply [名称] · ticket [T-1001] [open|pending|on_hold|solved|closed] [low|normal|high|urgent]",
    },
    "colleague": {"en": "Colleague", "zh": "同事"},
    "question": {"en": "Search the articles", "zh": "搜索文章"},
    "which_article": {"en": "To be sent", "zh": "要发送的内容"},
    "search": {"en": "Search", "zh": "搜索"},
    "send": {"en": "Send", "zh": "发送"},
    "cancel": {"en": "Cancel", "zh": "取消"},
    "save": {"en": "Save", "zh": "保存"},
    "none_found": {"en": "Nothing found. Try other words.", "zh": "没有找到，请换个说法。"},
    "status": {"en": "Status", "zh": "状态"},
    "priority": {"en": "Priority", "zh": "优先级"},
    "nobody_linked": {
        "en": "None of your colleagues is there. Add them: `firstline agents add`.",
        "zh": "还没有其他同事，请先添加：`firstline agents add`。",
    },
    "read_more": {"en": "Read more", "zh": "查看全文"},
    "asked_in": {
        "en": "Let's go on in private: I have written to you in a direct message.",
        "zh": "我们私下继续：已给您发送私信。",
    },
}


def tell(key: str, language: str, **values: object) -> str:
    """Return a text in the language, English where there is none."""
    variants = TEXTS[key]
    return variants.get(language, variants["en"]).format(**values)
