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
    "erase_trackers": ("What the engine remembered: {state}.", "引擎记忆：{state}。"),
}
