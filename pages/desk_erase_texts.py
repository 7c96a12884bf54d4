"""What the page that erases a customer says, in each language."""

from __future__ import annotations

ERASE_TEXTS: dict[str, tuple[str, str]] = {
    "erase": ("Erase this customer…", "删除该客户的数据…"),
    "erase_title": ("Erase a customer", "删除客户数据"),
    "erase_what": (
        "Texts, names, addresses and files go, from the records, the engine's memory and the turns. What is "
        "counted stays: how many wrote, when, and how it ended.",
        "文本、姓名、地址和文件将从记录、引擎记忆和对话轮次中删除。统计数据（数量、时间、结果）会保留。",
    ),
    "erase_held": ("What is held", "保存的内容"),
    "erase_elsewhere": (
        "Copies that others keep stay there. So do backups made before:",
        "他处的副本不会被删除，此前的备份也不会：",
    ),
    "erase_sure": ("I understand that nobody can bring this back.", "我明白此操作无法撤销。"),
    "erase_do": ("Erase for good", "永久删除"),
    "erase_done": ("Erased for good at {at} UTC.", "已于 {at}（UTC）永久删除。"),
    "held_conversations": ("conversations", "对话"),
    "held_messages": ("messages", "消息"),
    "held_turns": ("turns", "对话轮次"),
    "held_tickets": ("tickets", "工单"),
    "held_ticket_events": ("entries in tickets", "工单记录"),
    "held_handoffs": ("hand-offs", "转接"),
    "held_thread_lines": ("lines in the team's threads", "团队讨论串中的消息"),
    "held_files": ("files", "文件"),
    "held_verdicts": ("verdicts of the review", "审核结论"),
    "held_review_items": ("texts in the review", "审核中的文本"),
    "held_review_drafts": ("drafts of articles", "文章草稿"),
    "held_shadows": ("trials of candidate models", "候选模型的试运行"),
    "held_deliveries": ("deliveries", "投递"),
    "held_secrets": ("links that open a conversation or ticket", "可打开对话或工单的链接"),
    "held_links": ("links to other channels", "与其他渠道的关联"),
    "held_identities": ("addresses on channels", "渠道账号"),
    "held_jobs": ("timers", "定时任务"),
    "erase_trackers": ("What the engine remembered: {state}.", "引擎记忆：{state}。"),
}
