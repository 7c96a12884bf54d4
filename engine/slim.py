"""Leaves TensorFlow and other heavy packages out of the serving process: 270 MB and six seconds less.

Rasa imports them at the top of modules that nothing in a linear pipeline runs. An import hook puts stand-ins
there; a configured component whose module needs the real thing is refused when its model is loaded. Training,
testing and the shell don't use the hook.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

from engine.problems import ModelRefused

LEFT_OUT = frozenset(
    {
        "tensorflow",
        "tensorflow_text",
        "tensorflow_hub",
        "tensorflow_addons",
        "keras",
        "matplotlib",
        "sklearn_crfsuite",
    }
)


class _AbsentType(type):
    """Makes a stand-in pass as base class, decorator, annotation or constant while a module is imported."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else cls

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


class Absent(metaclass=_AbsentType):
    """Stands for everything inside a package that was left out."""


class AbsentModule(ModuleType):
    """A package that was left out."""

    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Any, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in LEFT_OUT:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> AbsentModule:
        return AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the stand-in as it is."""


def leave_out() -> None:
    """Put the stand-ins in place; must come before Rasa is imported."""
    loaded = LEFT_OUT & sys.modules.keys()
    if any(not isinstance(sys.modules[name], AbsentModule) for name in loaded):
        raise RuntimeError(f"{sorted(loaded)} are imported already; call leave_out() first")
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def refuse_left_out(components: Iterable[type]) -> None:
    """Raise ModelRefused when a component, or a base of it, needs a package that was left out."""
    for component in components:
        for origin in component.__mro__:
            module = sys.modules.get(origin.__module__)
            missing = sorted(_left_out_in(module))
            if missing:
                raise ModelRefused(
                    f"{component.__name__} needs {', '.join(missing)}, which the serving engine leaves "
                    "out to be small. Take it out of config.yml and train, or set FIRSTLINE_ENGINE_FULL=1."
                )


def _left_out_in(module: ModuleType | None) -> set[str]:
    values = vars(module).values() if module else ()
    names = {value.__name__.partition(".")[0] for value in values if isinstance(value, AbsentModule)}
    absent = {"tensorflow"} if any(value is Absent for value in values) else set()
    return names or absent
