"""The articles of a snapshot with their passages: a line of JSON each in a mapped file, read when needed."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np

from knowledge.arrays import Ints, bounds, mapped
from nouns import Article, Passage

Item = TypeVar("Item")

KEPT = 2000  # articles that stay parsed


class Each(Sequence[Item], Generic[Item]):
    """A sequence whose items are made when asked for."""

    def __init__(self, size: int, item: Callable[[int], Item]) -> None:
        self._size, self._item = size, item

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, range(self._size))

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return [self._item(each) for each in range(*place.indices(self._size))]
        if not -self._size <= place < self._size:
            raise IndexError(place)
        return self._item(int(place) % self._size)

    def chosen(self, places: Ints) -> Each[Item]:
        """Give some of the items, in the order of their places."""
        return Each(len(places), lambda place: self._item(int(places[place])))


class Stock:
    """Articles by number, and passages by row."""

    def __init__(self, folder: Path) -> None:
        with (folder / "articles.jsonl").open("rb") as file:
            self.lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.bounds: Ints = mapped(folder / "line_bounds.npy")
        self.passage_bounds: Ints = mapped(folder / "passage_bounds.npy")
        self._read = lru_cache(KEPT)(self._parse)
        self.articles = Each(len(self.bounds) - 1, lambda number: self._read(number)[0])
        self.passages = Each(int(self.passage_bounds[-1]), self._passage)

    def line(self, number: int) -> bytes:
        """Give an article's line as it is written."""
        return self.lines[self.bounds[number] : self.bounds[number + 1]]

    def passages_of(self, number: int) -> tuple[Passage, ...]:
        """Give the passages of an article."""
        return self._read(number)[1]

    def _parse(self, number: int) -> tuple[Article, tuple[Passage, ...]]:
        told = json.loads(self.line(number))
        article = Article(**{name: _frozen(value) for name, value in told["article"].items()})
        return article, tuple(passage_of(article, *one) for one in told["passages"])

    def _passage(self, row: int) -> Passage:
        number = int(np.searchsorted(self.passage_bounds, row, "right")) - 1
        return self._read(number)[1][row - int(self.passage_bounds[number])]


def passage_of(article: Article, anchor: str, headings: Sequence[str], text: str) -> Passage:
    """Make a passage of what a line tells of it."""
    return Passage(
        f"{article.id}#{anchor}", article.id, article.title, tuple(headings), text, article.language,
        article.audience,
    )  # fmt: skip


def line_of(article: Article, passages: Sequence[Passage]) -> bytes:
    """Write an article with its passages as a line."""
    told = [(passage.id.partition("#")[2], passage.headings, passage.text) for passage in passages]
    return (json.dumps({"article": asdict(article), "passages": told}, ensure_ascii=False) + "\n").encode(
        "utf-8", "replace"
    )


def write_lines(folder: Path, lines: Sequence[bytes] | Iterator[bytes]) -> None:
    """Write the articles of a new snapshot."""
    sizes = []
    with (folder / "articles.jsonl").open("wb") as file:
        for line in lines:
            sizes.append(file.write(line))
    np.save(folder / "line_bounds.npy", bounds(sizes))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
