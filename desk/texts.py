"""What the desk says to customers, in each language; a test holds every key to every language."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "coming": {
        "en": "I'm getting a colleague for you now. You are number {position} in the queue. "
        "You can go on writing here; I'll keep your place.",
        "zh": "正在为您转接同事，您排在第 {position} 位。您可以继续在这里留言，位置会为您保留。",
    },
    "coming_after_complaint": {
        "en": "I'm sorry about this. A colleague will look at it personally. "
        "You are number {position} in the queue, and they will see everything written here.",
        "zh": "非常抱歉给您带来不好的体验。同事会亲自处理，您排在第 {position} 位，之前的内容他们都能看到。",
    },
    "coming_after_failure": {
        "en": "I couldn't help with that twice in a row, so I'm getting a colleague. "
        "You are number {position} in the queue.",
        "zh": "我连续两次没能帮上忙，现在为您转接同事。您排在第 {position} 位。",
    },
    "still_coming": {
        "en": "A colleague is on the way. You are number {position} in the queue.",
        "zh": "同事马上就来，您目前排在第 {position} 位。",
    },
    "already_here": {
        "en": "You are talking to a colleague already.",
        "zh": "同事已经在和您对话了。",
    },
    "outside_hours": {
        "en": "Nobody of the team is here right now. I have opened ticket {ticket} with everything written "
        "here, and a colleague will answer it.",
        "zh": "现在不是人工服务时间。我已经用这里的全部内容创建了工单 {ticket}，同事上班后会回复您。",
    },
    "expired": {
        "en": "I'm sorry, nobody could take over in time. I have opened ticket {ticket} with everything "
        "written here, and a colleague will answer it. Until then I'm here for your questions.",
        "zh": "很抱歉，同事暂时都没空。我已经用这里的全部内容创建了工单 {ticket}，同事会尽快回复。"
        "这期间有问题可以继续问我。",
    },
    "ticket_instead": {
        "en": "A colleague has opened ticket {ticket} with everything written here, and will answer it.",
        "zh": "同事已用这里的全部内容创建了工单 {ticket}，会尽快回复您。",
    },
    "by_email": {"en": "The answer will also be sent to {email}.", "zh": "回复也会发送到 {email}。"},
    "come_back_here": {
        "en": "The answer will appear in this conversation.",
        "zh": "回复会显示在这个对话里。",
    },
    "taken": {
        "en": "{agent} has joined and is reading along.",
        "zh": "{agent} 已加入对话，正在查看之前的内容。",
    },
    "given_back": {
        "en": "{agent} has left the conversation. I'm the bot, and I'm here for your next question.",
        "zh": "{agent} 已离开对话。我是机器人，有问题可以继续问我。",
    },
    "resolved": {
        "en": "{agent} has closed this conversation. Write again whenever you need us.",
        "zh": "{agent} 已结束本次对话。有需要随时再联系我们。",
    },
    "withdrawn": {
        "en": "All right, I've taken you out of the queue. What can I do for you?",
        "zh": "好的，已取消排队。还有什么可以帮您？",
    },
    "ticket_opened": {
        "en": "Done: your ticket is **{ticket}**. You can ask me about it here any time.",
        "zh": "已创建工单 **{ticket}**。您随时可以在这里向我查询进度。",
    },
    "engine_down": {
        "en": "I'm sorry, something on our side is not working right now. Your message is safe.",
        "zh": "抱歉，我们这边暂时出了点问题。您的消息已经保存。",
    },
    "file_received": {
        "en": "Thank you, I have your file. A colleague can look at it: shall I get one?",
        "zh": "文件已收到。同事可以帮您查看，需要为您转接吗？",
    },
    "photo_received": {
        "en": "Thank you, I have your photo. A colleague can look at it: shall I get one?",
        "zh": "照片已收到。同事可以帮您查看，需要为您转接吗？",
    },
    "voice_received": {
        "en": "Thank you, I have your recording. I can't listen to it, but a colleague can: shall I get one? "
        "Or write to me what it is about.",
        "zh": "录音已收到。我听不了语音，但同事可以：需要为您转接吗？您也可以直接打字告诉我。",
    },
    "place_received": {
        "en": "Thank you, I have the place you sent. A colleague can look at it: shall I get one?",
        "zh": "位置已收到。同事可以帮您查看，需要为您转接吗？",
    },
    "sticker_received": {
        "en": "Thanks for the sticker! What can I do for you? A colleague is there too, if you want one.",
        "zh": "谢谢您的表情！请问有什么可以帮您？需要的话也可以为您转接同事。",
    },
    "file_not_kept": {
        "en": "I'm sorry, I couldn't keep that file: it is too large, or it didn't get through. "
        "You can send a smaller one, or I can get a colleague.",
        "zh": "抱歉，文件没能保存：可能太大，或者传输失败。您可以发一个小一点的，也可以由我为您转接同事。",
    },
    "did_this_help": {"en": "Did this help?", "zh": "这个回答有帮助吗？"},
    "yes": {"en": "Yes, that helped", "zh": "有帮助"},
    "no": {"en": "No, it didn't", "zh": "没帮助"},
    "none_of_these": {"en": "None of these", "zh": "都不是"},
    "suggestions": {"en": "Is it one of these?", "zh": "您想问的是下面哪一个？"},
    "only_elsewhere": {
        "en": "I have no answer to that in English; I only found articles in {languages}. "
        "If they don't help, I can get a colleague for you.",
        "zh": "这个问题没有中文的解答，我只找到{languages}的文章。如果没有帮助，可以为您转接同事。",
    },
    "titled_in": {"en": "{title} ({name})", "zh": "{title}（{name}）"},
    "language_en": {"en": "English", "zh": "英文"},
    "language_zh": {"en": "Chinese", "zh": "中文"},
    "in_english": {"en": "", "zh": "（暂时只有英文内容）\n\n"},
    "in_chinese": {"en": "(So far only in Chinese:)\n\n", "zh": ""},
    "abstain": {
        "en": "I have no answer to that in our articles, and I'd rather not guess. "
        "Shall I get a colleague for you?",
        "zh": "我们的文章里没有这个问题的答案，我不想乱猜。需要为您转接同事吗？",
    },
    "abstain_openly": {
        "en": "I have no answer to that in our articles. For anything personal, let's talk in private.",
        "zh": "我们的文章里没有这个问题的答案。涉及个人的问题，我们私下聊吧。",
    },
    "in_private": {
        "en": "Others read along here. Let's talk in private:",
        "zh": "这里其他人也能看到，我们私下聊吧：",
    },
    "openly_help": {
        "en": "Mention me here, and I answer questions from our help articles. For anything personal, let's "
        "talk in private.",
        "zh": "在这里提到我，我会根据帮助文章回答问题。涉及个人的问题，我们私下聊吧。",
    },
    "not_helpful": {
        "en": "Sorry that it didn't help. Shall I get a colleague, or would you like a ticket?",
        "zh": "抱歉没能帮上忙。需要为您转接同事，还是创建一个工单？",
    },
    "helpful": {"en": "Glad to hear it!", "zh": "太好了，很高兴能帮到您！"},
    "yes_to_nothing": {"en": "Good. What would you like to know?", "zh": "好的，请问您想了解什么？"},
    "no_to_nothing": {
        "en": "All right. I'm here if there is anything else.",
        "zh": "好的，有其他问题随时找我。",
    },
    "cancelled": {"en": "All right, I've stopped that.", "zh": "好的，已取消。"},
    "nothing_to_cancel": {
        "en": "All right. If you meant an order, a subscription or a return, ask me how to cancel it.",
        "zh": "好的。如果您想取消订单、订阅或退货，可以问我怎么操作。",
    },
    "rated": {"en": "Thank you for the rating!", "zh": "谢谢您的评价！"},
    "nothing_to_repeat": {"en": "I haven't said anything yet.", "zh": "我还没有说过什么。"},
    "language_changed": {"en": "All right, English it is.", "zh": "好的，接下来用中文和您交流。"},
    "ticket_status": {
        "en": "**{ticket}**: {subject}\nStatus: {status}, opened {opened}, last changed {changed}.",
        "zh": "**{ticket}**：{subject}\n状态：{status}，创建于 {opened}，最近更新 {changed}。",
    },
    "ticket_none": {
        "en": "I find no ticket of yours that I can show here. If you opened one elsewhere, "
        "follow the link in its mail, and I can see it.",
        "zh": "没有找到可以在这里显示的工单。如果是在别处创建的，请点击邮件里的链接，我就能看到。",
    },
    "ticket_not_yours": {
        "en": "I can't show a ticket {ticket} here. If it is yours, follow the link in its mail.",
        "zh": "这里无法显示工单 {ticket}。如果是您的，请点击邮件里的链接。",
    },
    "link_claimed": {
        "en": "Almost done: now say in the chat on our site that it is you. If you have no such chat open, "
        "somebody else sent you this link: do nothing, and nothing happens.",
        "zh": "还差一步：请回到网站上的聊天窗口，确认是您本人。如果您并没有打开该聊天窗口，"
        "说明这个链接是别人发给您的：无需任何操作，也不会发生任何事。",
    },
    "link_spent": {
        "en": "This link was used before or is too old. Make a new one in the chat on our site.",
        "zh": "这个链接已使用过或已过期。请在网站的聊天窗口里重新生成。",
    },
    "link_made": {
        "en": "Done: here and in the chat on our site you are the same customer now. Tickets you open from "
        "now on, here or there, can be asked about in both. Write /unlink to undo it.",
        "zh": "完成：现在您在这里和网站聊天中是同一位客户。今后在任一处创建的工单，两边都可以查询。"
        "如需解除关联，请发送 /unlink。",
    },
    "link_refused": {
        "en": "In the chat on our site this was refused. Nothing was linked.",
        "zh": "网站聊天窗口里拒绝了这次关联，没有建立任何关联。",
    },
    "link_undone": {
        "en": "Done: this chat and the one on our site are apart again.",
        "zh": "已解除：这里和网站聊天不再关联。",
    },
    "link_none": {
        "en": "This chat is not linked with the one on our site.",
        "zh": "这里没有与网站聊天关联。",
    },
    "status_new": {"en": "new", "zh": "新建"},
    "status_open": {"en": "open", "zh": "处理中"},
    "status_pending": {"en": "waiting for you", "zh": "等待您回复"},
    "status_on_hold": {"en": "on hold", "zh": "等待第三方"},
    "status_solved": {"en": "solved", "zh": "已解决"},
    "status_closed": {"en": "closed", "zh": "已关闭"},
    "email_wrong": {
        "en": "That doesn't look like an e-mail address.",
        "zh": "这看起来不像邮箱地址。",
    },
    "order_wrong": {
        "en": "That doesn't look like an order number such as LO-12345.",
        "zh": "这看起来不像订单号（例如 LO-12345）。",
    },
    "noted_value": {"en": "Thank you, I've noted {value}.", "zh": "好的，已记下 {value}。"},
    "noted_email": {
        "en": "Thank you, I've noted {email}. What is it about?",
        "zh": "好的，已记下 {email}。请问是什么问题？",
    },
    "noted_order": {
        "en": "Thank you. What would you like to know about order {order}? To look into it personally, "
        "a colleague can help.",
        "zh": "好的，关于订单 {order}，您想了解什么？需要查询具体情况，同事可以帮您。",
    },
    "noted": {"en": "Thank you. What would you like to know?", "zh": "好的，请问您想了解什么？"},
    "read_here": {"en": "Read it here", "zh": "在这里阅读"},
    "read_more": {"en": "Read it in full", "zh": "查看全文"},
    "talk_to_human": {"en": "Talk to a person", "zh": "转人工"},
    "open_ticket": {"en": "Open a ticket", "zh": "创建工单"},
    "keep_waiting": {"en": "Stop waiting", "zh": "不等了"},
}


def say(key: str, language: str, **values: object) -> str:
    """Return a text in the language, English where there is none."""
    variants = TEXTS[key]
    return variants.get(language, variants["en"]).format(**values)


def language_name(of: str, language: str) -> str:
    """Return a language's name in another one, its code where none is known."""
    return say(f"language_{of}", language) if f"language_{of}" in TEXTS else of


def joined(language: str, *sentences: str) -> str:
    """Return sentences one after the other; Chinese ones need no blank."""
    return ("" if language == "zh" else " ").join(sentences)
