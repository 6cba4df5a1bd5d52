"""Loads Slicer's .ui files with the stand-in widgets."""
from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import pythonqt, widgets

#: Python parts of the stand-ins of each form; without a reference PySide6 would drop them.
_owned: dict[int, list[QtWidgets.QWidget]] = {}


class QUiLoader(QtUiTools.QUiLoader):
    """Makes custom widgets from `widgets.ALL` and links <connections> whose types Qt does not know."""

    _made: list = []

    def createWidget(self, class_name: str, parent: QtWidgets.QWidget | None = None, name: str = ""):
        if class_name not in widgets.ALL:
            return super().createWidget(class_name, parent, name)
        widget = widgets.ALL[class_name](parent)
        widget.setObjectName(name)
        self._made.append(widget)
        return widget

    def load(self, file: QtCore.QIODevice, parent: QtWidgets.QWidget | None = None) -> QtWidgets.QWidget:
        form = ElementTree.fromstring(bytes(file.readAll().data()))
        _check_custom_widgets(form)
        connections = _take_connections(form)
        stripped = QtCore.QBuffer()
        stripped.setData(ElementTree.tostring(form))
        stripped.open(QtCore.QIODevice.ReadOnly)
        self._made = []
        with pythonqt.free_attributes():
            top = super().load(stripped, parent)
        by_name = {w.objectName: w for w in (top, *top.findChildren(QtWidgets.QWidget))}
        for sender, signal, receiver, slot in connections:
            pythonqt.connect(by_name[sender], signal, by_name[receiver], slot)
        _owned[id(top)] = self._made
        top.destroyed.connect(lambda _, key=id(top): _owned.pop(key, None))
        return top


def _check_custom_widgets(form: ElementTree.Element) -> None:
    """A missing stand-in is an error of the host, so say so at once."""
    unknown = {element.text for element in form.iterfind("customwidgets/customwidget/class")} - set(widgets.ALL)
    if unknown:
        raise NotImplementedError(f"host has no stand-in for {', '.join(sorted(unknown))}")


def _take_connections(form: ElementTree.Element) -> list[tuple[str, ...]]:
    """Remove <connections> from the form and return (sender, signal, receiver, slot) for each."""
    section = form.find("connections")
    if section is None:
        return []
    form.remove(section)
    parts = ("sender", "signal", "receiver", "slot")
    return [tuple(connection.findtext(part) for part in parts) for connection in section]
