import pytest

from reading.entities import entities_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Where is LO-12345?", [("order_number", "LO-12345", "LO-12345")]),
        ("lo 123456 please", [("order_number", "LO-123456", "lo 123456")]),
        ("ＬＯ－１２３４５到哪了", [("order_number", "LO-12345", "ＬＯ－１２３４５")]),
        ("my order AB-998877", [("order_number", "AB-998877", "AB-998877")]),
        ("any news on T-1042?", [("ticket_number", "T-1042", "T-1042")]),
        ("Ｔ－１０４２", [("ticket_number", "T-1042", "Ｔ－１０４２")]),
        ("ticket 1042", [("ticket_number", "T-1042", "ticket 1042")]),
        ("what about #1042", [("ticket_number", "T-1042", "#1042")]),
        ("工单1042怎么样了", [("ticket_number", "T-1042", "工单1042")]),
        ("write to ann.lee@mail.example.", [("email", "ann.lee@mail.example", "ann.lee@mail.example")]),
        ("我的邮箱是wei@qq.com谢谢", [("email", "wei@qq.com", "wei@qq.com")]),
        ("call +47 55 01 23 45", [("phone", "+4755012345", "+47 55 01 23 45")]),
        ("电话13812345678", [("phone", "+8613812345678", "13812345678")]),
        ("is it ISO-9001, from 2024-2025, E27?", []),
    ],
)
def test_numbers_and_addresses_are_found_where_they_stand(
    text: str, found: list[tuple[str, str, str]]
) -> None:
    entities = entities_of(text)
    assert [(each.entity, each.value, text[each.start : each.end]) for each in entities] == found


def test_several_stand_side_by_side_without_overlap() -> None:
    text = "工单1042 ＬＯ－１２３４５ 13812345678 a@b.no"
    kinds = [each.entity for each in entities_of(text)]
    assert kinds == ["ticket_number", "order_number", "phone", "email"]
