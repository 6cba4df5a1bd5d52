"""How a parameter of each type is kept in the node: the same strings and references that Slicer writes."""
from __future__ import annotations

import enum
import types
import typing
from pathlib import Path

import slicer

Node = slicer.vtkMRMLScriptedModuleNode


class Serializer:
    """Keeps numbers, strings, paths and booleans as one string."""

    INITIAL = {int: 0, float: 0, str: "", bool: False, Path: Path()}
    accepted: type | tuple[type, ...]

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.accepted = (int, float) if kind is float else kind

    def initial(self):
        """The value where the author gives none."""
        return self.INITIAL[self.kind]

    def check(self, value) -> None:
        if not isinstance(value, self.accepted):
            raise TypeError(f"Value must be of type '{self.accepted}', is type '{type(value)}' value '{value}'")

    def is_in(self, node: Node, name: str) -> bool:
        return name in node.GetParameterNames()

    def write(self, node: Node, name: str, value) -> None:
        node.SetParameter(name, str(value))

    def read(self, node: Node, name: str):
        text = node.GetParameter(name)
        return text == "True" if self.kind is bool else self.kind(text)

    def remove(self, node: Node, name: str) -> None:
        node.UnsetParameter(name)


class EnumSerializer(Serializer):
    """Keeps the name of the member."""

    def initial(self) -> enum.Enum:
        return next(iter(self.kind))

    def write(self, node: Node, name: str, value: enum.Enum) -> None:
        node.SetParameter(name, value.name)

    def read(self, node: Node, name: str) -> enum.Enum:
        return self.kind[node.GetParameter(name)]


class NodeSerializer(Serializer):
    """Keeps a node reference, which the scene follows when it is saved, read or imported."""

    def initial(self) -> None:
        return None

    def check(self, value) -> None:
        if value is not None:
            super().check(value)

    def write(self, node: Node, name: str, value: slicer.vtkMRMLNode | None) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Node, name: str) -> slicer.vtkMRMLNode | None:
        return node.GetNodeReference(name)

    def remove(self, node: Node, name: str) -> None:
        super().remove(node, name)
        node.RemoveNodeReferenceIDs(name)


class OptionalSerializer(Serializer):
    """Keeps a value under `<name>.0` and None under `<name>.1`."""

    def __init__(self, inner: Serializer) -> None:
        self.inner = inner

    def initial(self) -> None:
        return None

    def check(self, value) -> None:
        if value is not None:
            self.inner.check(value)

    def is_in(self, node: Node, name: str) -> bool:
        return any(f"{name}.{place}" in node.GetParameterNames() for place in (0, 1))

    def write(self, node: Node, name: str, value) -> None:
        self.remove(node, name)
        if value is None:
            node.SetParameter(f"{name}.1", "True")
        else:
            self.inner.write(node, f"{name}.0", value)

    def read(self, node: Node, name: str):
        return self.inner.read(node, f"{name}.0") if self.inner.is_in(node, f"{name}.0") else None

    def remove(self, node: Node, name: str) -> None:
        self.inner.remove(node, f"{name}.0")
        node.UnsetParameter(f"{name}.1")


def make_serializer(kind) -> Serializer:
    """The serializer for a type hint without its annotations."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return OptionalSerializer(make_serializer(optional_type(kind)))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return EnumSerializer(kind)
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeSerializer(kind)
    if kind in Serializer.INITIAL:
        return Serializer(kind)
    raise NotImplementedError(f"host has no parameters of type {kind}")


def optional_type(kind):
    """T for Optional[T]; any other type as it is."""
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return kind
    members = [member for member in typing.get_args(kind) if member is not type(None)]
    if len(members) != 1:
        raise NotImplementedError(f"host has no unions other than Optional: {kind}")
    return members[0]
