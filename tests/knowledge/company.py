"""A company of five articles, small enough to index in a second."""

from __future__ import annotations

from pathlib import Path

ARTICLES = {
    "delivery/norway": """---
title: Delivery to Norway
language: en
kind: faq
questions: [do you ship to norway, how long does a parcel to Bergen take]
probes: ["When will my parcel be in Oslo?"]
---
A parcel within Norway takes 1-3 working days and costs NOK 79.

## Where can I pick it up?

At the parcel shop, for 14 days.
""",
    "delivery/norway.zh": """---
title: 寄往挪威
language: zh
kind: faq
questions: [可以寄到挪威吗, 寄到卑尔根要几天]
---
## 寄到挪威要多久

挪威境内 1-3 个工作日，运费 79 克朗。
""",
    "returns": """---
title: Return a lamp
language: en
kind: faq
questions: [how do I send something back, return label]
---
You have 60 days to return a lamp in its original box.
""",
    "account/password": """---
title: Reset your password
language: en
kind: faq
questions: [I forgot my password, password reset link]
---
Choose "Forgot password" and follow the link; it is valid for 30 minutes.
""",
    "internal/vouchers": """---
title: Goodwill vouchers
language: en
kind: faq
audience: internal
questions: [which goodwill voucher may I give]
---
Give the code GOODWILL15 for a late parcel.
""",
}


def write_articles(folder: Path) -> Path:
    """Write the articles into a folder."""
    for id, text in ARTICLES.items():
        path = folder / f"{id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
