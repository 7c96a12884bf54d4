"""What the desk's problems say in Chinese: what happened, and what to do. English stands with the Problem."""

from __future__ import annotations

from desk.texts import joined
from nouns import Problem

PROBLEMS: dict[str, tuple[str, str]] = {
    "already_taken": ("这个请求已经不在等待中了，可能已有同事接手。", "请处理下一个。"),
    "not_yours": ("您还没有接手这个对话。", "请先接手。"),
    "conversation_closed": ("对话已经结束。", "客户再次来信会开启新对话。"),
    "conversation_shared": ("这个对话其他人也能看到。", "请直接与客户私聊。"),
    "conversation_unknown": ("没有这个对话。", "请查看对话列表。"),
    "handoff_unknown": ("没有这个转接请求。", "请查看待接待列表。"),
    "ticket_unknown": ("没有这个工单。", "请查看工单列表。"),
    "ticket_closed": ("工单已关闭。", "如有需要请新建工单。"),
    "value_unknown": ("没有这个选项。", "请重新选择。"),
    "agent_unknown": ("团队中没有这个人。", "请重新选择。"),
    "canned_unknown": ("没有这条快捷回复。", "请重新选择。"),
    "canned_exists": ("已有同名的快捷回复。", "请换一个名称。"),
    "article_unknown": ("没有这篇公开文章。", "请重新搜索。"),
    "empty": ("内容是空的。", "请先输入内容。"),
    "too_long": ("内容太长了。", "请缩短后重试。"),
    "link_spent": ("链接已被使用或已过期。", "请索取新的链接。"),
    "button_unknown": ("这个按钮已失效。", "请直接输入您的问题。"),
    "file_empty": ("文件是空的。", "请选择其他文件。"),
    "file_too_large": ("文件太大了。", "请发送小一点的文件。"),
}


def told(problem: Problem, language: str) -> str:
    """Return a problem and its cure in the language, as far as they are known there."""
    english = (problem.sentence, problem.cure)
    sentence, cure = PROBLEMS.get(problem.code, english) if language == "zh" else english
    return joined(language, sentence, cure).strip()
