"""Keeps what the classifier has learnt in two files: numbers in a .npz, words in a JSON. No pickle."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.nlu.grams import Grams, GramSpace
from engine.nlu.heads import Layers, LikenessHead, LinearHead, Mixture, NetworkHead, Scale
from engine.nlu.trust import Remembered, Trust

NUMBERS, WORDS = "mixture.npz", "mixture.json"
LAYERS = ("inner", "inner_bias", "outer", "outer_bias")


@dataclass(frozen=True)
class Learnt:
    """The names of the intents, the grams and the mixture of heads."""

    intents: list[str]
    grams: Grams
    mixture: Mixture


def save(learnt: Learnt, folder: Path) -> None:
    """Write both files into a folder."""
    grams, mixture = learnt.grams, learnt.mixture
    numbers = {
        "weights": mixture.weights,
        "careful": np.array(mixture.careful),
        "word_idf": grams.words.idf,
        "character_idf": grams.characters.idf,
    }
    for name, own in _numbers_of(mixture).items():
        numbers |= {f"{name}/{key}": array for key, array in own.items()}
    if mixture.trust:
        numbers |= {"trust/weights": mixture.trust.weights, "trust/bias": np.array(mixture.trust.bias)}
    words = {
        "intents": learnt.intents,
        "threshold": mixture.threshold,
        "promised": mixture.trust.promised if mixture.trust else None,
        "words": grams.words.vocabulary,
        "characters": grams.characters.vocabulary,
    }
    np.savez(folder / NUMBERS, **numbers)
    (folder / WORDS).write_text(json.dumps(words), encoding="utf-8")


def load(folder: Path) -> Learnt:
    """Read both files."""
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    with np.load(folder / NUMBERS, allow_pickle=False) as file:
        numbers = dict(file)
    grams = Grams(
        GramSpace(words["words"], numbers["word_idf"]),
        GramSpace(words["characters"], numbers["character_idf"]),
    )
    trust = _trust_of(_of(numbers, "trust"), words) if "trust/weights" in numbers else None
    mixture = Mixture(
        _linear_of(_of(numbers, "linear")), _networks_of(_of(numbers, "networks")),
        _likeness_of(_of(numbers, "likeness"), len(words["intents"])), numbers["weights"], trust,
        float(numbers["careful"]),
    )  # fmt: skip
    return Learnt(words["intents"], grams, mixture)


def _numbers_of(mixture: Mixture) -> dict[str, dict[str, np.ndarray]]:
    linear, networks, likeness = mixture.linear, mixture.networks, mixture.likeness
    layers = {
        f"{name}/{encoder}/{i}": getattr(each, name)
        for encoder, several in networks.networks.items()
        for i, each in enumerate(several)
        for name in LAYERS
    }
    near: dict[str, np.ndarray] = {}
    for encoder, remembered in likeness.remembered.items():
        near[f"vectors/{encoder}"], near[f"intents/{encoder}"] = remembered.vectors, remembered.intents
        near[f"spread/{encoder}"] = np.array(likeness.spreads[encoder])
    dense = {f"dense/{encoder}": array for encoder, array in linear.dense.items()}
    return {
        "linear": _numbers_of_scales(linear.scales) | dense | {"grams": linear.grams, "bias": linear.bias},
        "networks": _numbers_of_scales(networks.scales) | layers | {"folding": networks.folding},
        "likeness": near,
    }


def _numbers_of_scales(scales: dict[str, Scale]) -> dict[str, np.ndarray]:
    centres = {f"centre/{encoder}": scale.centre for encoder, scale in scales.items()}
    return centres | {f"spread/{encoder}": np.array(scale.spread) for encoder, scale in scales.items()}


def _trust_of(numbers: dict[str, np.ndarray], words: dict[str, Any]) -> Trust:
    return Trust(numbers["weights"], float(numbers["bias"]), float(words["threshold"]), words["promised"])


def _likeness_of(numbers: dict[str, np.ndarray], intents: int) -> LikenessHead:
    owners, spreads = _of(numbers, "intents"), _of(numbers, "spread")
    remembered = {
        encoder: Remembered(vectors, owners[encoder]) for encoder, vectors in _of(numbers, "vectors").items()
    }
    return LikenessHead(remembered, {name: float(spread) for name, spread in spreads.items()}, intents)


def _of(numbers: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {
        key.removeprefix(f"{name}/"): array for key, array in numbers.items() if key.startswith(f"{name}/")
    }


def _scales_of(numbers: dict[str, np.ndarray]) -> dict[str, Scale]:
    spreads = _of(numbers, "spread")
    return {
        encoder: Scale(centre, float(spreads[encoder])) for encoder, centre in _of(numbers, "centre").items()
    }


def _linear_of(numbers: dict[str, np.ndarray]) -> LinearHead:
    return LinearHead(numbers["grams"], numbers["bias"], _of(numbers, "dense"), _scales_of(numbers))


def _networks_of(numbers: dict[str, np.ndarray]) -> NetworkHead:
    parts = [_of(numbers, name) for name in LAYERS]
    networks: dict[str, list[Layers]] = {}
    for key in sorted(parts[0]):
        networks.setdefault(key.rpartition("/")[0], []).append(Layers(*(part[key] for part in parts)))
    return NetworkHead(numbers["folding"], networks, _scales_of(numbers))
