"""What the modules of a project offer, and where in its specs that stands."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from n3gen.compiler import Compilation, compile_file
from n3gen.diagnostics import Label, Problems
from n3gen.interface.model import Interface, ModuleInterface
from n3gen.interface.read import module_interface
from n3gen.project.clashes import clashes
from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.project.texts import Texts
from n3gen.project.writing import write_file
from n3gen.source import SourceFile, Span

__all__ = ["Offer", "offer_of", "read_baseline", "write_baseline"]


@dataclass(frozen=True, slots=True)
class Offer:
    """The interface of a project, with the compilations of its modules, if there are any.

    It is that of so many spec `files`, of which some may have no chain. With errors among
    the `problems` it is that of the files without.
    """

    interface: Interface
    files: int = 0
    compilations: Mapping[str, Compilation] = field(
        default_factory=dict[str, Compilation]
    )
    problems: Problems = field(default_factory=Problems)

    def find(
        self, module: str, chain: str | None, keys: tuple[str, ...]
    ) -> Label | None:
        """Return where something of a module stands, as closely as is known."""
        compilation = self.compilations.get(module)
        if compilation is None or compilation.spec is None:
            return None
        source = compilation.source
        if chain is None:
            return Label(source, Span(0, 0))
        chains = {one.name: one.place for one in compilation.spec.chains}
        if chain not in chains:
            return None
        place = chains[chain]
        return compilation.documents[place.path].key_label((*place.loc, *keys))

    def top(self, module: str) -> Label:
        """Return the first place of the spec of a module."""
        path = self.interface.modules[module].spec
        return self.find(module, None, ()) or Label(SourceFile.of(path, ""), Span(0, 0))


def offer_of(config: Config, paths: Sequence[str] = ()) -> Offer:
    """Return what the modules of the selected specs offer.

    Paths that do not exist select nothing.
    """
    selected = [path for path in paths if os.path.exists(path)]
    if paths and not selected:
        return Offer(Interface(modules={}))
    texts = Texts(config)
    compilations: dict[str, Compilation] = {}
    modules: dict[str, ModuleInterface] = {}
    every = find_specs(config, selected)
    specs = [spec for spec in every if spec.selected]
    problems = Problems()
    problems.extend(clashes(texts, every))
    for spec in specs:
        used = texts.used_sources(spec.path)
        options = config.options_for(spec.path)
        found = compile_file(texts.source(spec.path), options, used, emits=False)
        problems.extend(found.problems)
        if found.chains and not found.problems.has_errors:
            compilations[spec.module] = found
            modules[spec.module] = module_interface(found, options)
    return Offer(Interface(modules=modules), len(specs), compilations, problems)


def read_baseline(path: str) -> Interface:
    """Return the interface in a file; raises `ProjectError`."""
    from pydantic import ValidationError

    from n3gen.project.given_data import text_of_file

    try:
        return Interface.model_validate_json(text_of_file(path))
    except ValidationError as error:
        first = error.errors()[0]
        keys = ".".join(map(str, first["loc"]))
        where = f": `{keys}` cannot be read" if keys else ""
        raise ProjectError(
            f"`{path}` is not an interface that `n3gen breaking --write-baseline` has "
            f"written{where}"
        ) from error


def write_baseline(path: str, interface: Interface) -> None:
    """Write an interface to a file; raises `ProjectError`."""
    text = interface.model_dump_json(indent=2, exclude_defaults=True)
    write_file(os.path.join(working_directory(), path), path, f"{text}\n".encode())
