"""Word and character n-grams of a text, weighed by TF-IDF; the same code trains and serves."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

# Scripts without spaces between words: kana, Han, hangul; a run of them is cut by characters.
CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+|[^\w\s]")
IS_CJK = re.compile(rf"[{CJK}]")
WORD_LENGTHS, CHARACTER_LENGTHS = (1, 2), (2, 3, 4, 5)
CJK_AS_WORDS, CJK_AS_CHARACTERS = (1, 2), (2, 3)


def runs_of(text: str) -> list[str]:
    """Cut a text into words, marks and runs of CJK characters, in lower case and compatibility form."""
    return RUN.findall(unicodedata.normalize("NFKC", text).lower())


def word_grams(runs: list[str]) -> Iterator[str]:
    """Give words and pairs of words; of CJK runs, characters and pairs of characters."""
    words = [run for run in runs if not IS_CJK.match(run)]
    yield from (" ".join(words[i : i + n]) for n in WORD_LENGTHS for i in range(len(words) - n + 1))
    yield from (gram for run in runs if IS_CJK.match(run) for gram in _cuts(run, CJK_AS_WORDS))


def character_grams(runs: list[str]) -> Iterator[str]:
    """Give pieces of two to five characters of each word with its borders, of CJK runs two or three."""
    for run in runs:
        if IS_CJK.match(run):
            yield from _cuts(run, CJK_AS_CHARACTERS)
        else:
            yield from _cuts(f" {run} ", CHARACTER_LENGTHS)


def _cuts(run: str, lengths: tuple[int, ...]) -> Iterator[str]:
    for n in lengths:
        for i in range(len(run) - n + 1):
            yield run[i : i + n]


class GramSpace:
    """A vocabulary with its inverse document frequencies; a text becomes a sparse row of length one."""

    def __init__(self, vocabulary: list[str], idf: np.ndarray) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        self._index = {gram: i for i, gram in enumerate(vocabulary)}

    @classmethod
    def learn(cls, documents: list[list[str]]) -> "GramSpace":
        """Take the grams of all documents; idf is ln((1 + n) / (1 + df)) + 1."""
        counts = Counter(gram for document in documents for gram in set(document))
        vocabulary = sorted(counts)
        df = np.array([counts[gram] for gram in vocabulary], dtype=float)
        return cls(vocabulary, (np.log((1 + len(documents)) / (1 + df)) + 1).astype("float32"))

    def row(self, grams: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return indices and weights, (1 + ln tf) * idf scaled to length one; unknown grams count nothing."""
        counts = Counter(i for i in map(self._index.get, grams) if i is not None)
        indices = np.fromiter(counts, dtype=np.int64, count=len(counts))
        weights = np.array([1 + math.log(n) for n in counts.values()], dtype="float32") * self.idf[indices]
        length = math.sqrt(float(weights @ weights))
        return indices, weights / length if length else weights


class Grams:
    """Words and characters side by side: one sparse row for a text."""

    def __init__(self, words: GramSpace, characters: GramSpace) -> None:
        self.words = words
        self.characters = characters
        self.size = len(words.vocabulary) + len(characters.vocabulary)

    @classmethod
    def learn(cls, texts: list[str]) -> "Grams":
        """Learn both vocabularies."""
        runs = [runs_of(text) for text in texts]
        return cls(
            GramSpace.learn([list(word_grams(r)) for r in runs]),
            GramSpace.learn([list(character_grams(r)) for r in runs]),
        )

    def row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices and weights of a text."""
        runs = runs_of(text)
        words, word_weights = self.words.row(list(word_grams(runs)))
        characters, character_weights = self.characters.row(list(character_grams(runs)))
        indices = np.concatenate([words, characters + len(self.words.vocabulary)])
        return indices, np.concatenate([word_weights, character_weights])

    def matrix(self, texts: list[str]) -> csr_matrix:
        """Return one row for each text, shape (texts, size)."""
        rows = [self.row(text) for text in texts]
        starts = np.cumsum([0, *(len(indices) for indices, _ in rows)])
        columns = np.concatenate([indices for indices, _ in rows]) if rows else np.zeros(0)
        values = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0)
        return csr_matrix((values, columns, starts), shape=(len(texts), self.size))
