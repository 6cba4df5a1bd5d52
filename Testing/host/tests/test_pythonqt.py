"""PythonQt's manners: what would fail in Slicer fails here."""
import pytest
from host import pythonqt


@pytest.fixture
def qt(host):
    import qt
    return qt


def test_properties_are_attributes(qt):
    button = qt.QPushButton("Go")
    button.enabled = False
    assert (button.text, button.enabled, button.isEnabled()) == ("Go", False, False)
    with pytest.raises(TypeError):
        button.text()


def test_values_are_converted_as_in_pythonqt(qt):
    spin_box = qt.QSpinBox()
    spin_box.value = 3.7
    assert spin_box.value == 3
    with pytest.raises(AttributeError):
        spin_box.value = "3"


def test_invented_attributes_and_overwritten_slots_are_refused(qt):
    button = qt.QPushButton()
    with pytest.raises(AttributeError):
        button._mine = 3
    with pytest.raises(AttributeError):
        button.setText = "x"


def test_a_subclass_in_python_may_have_attributes(qt):
    class Panel(qt.QWidget):
        pass

    panel = Panel()
    panel.count = 1
    assert panel.count == 1


def test_connect_passes_what_the_signature_says(qt):
    button, heard = qt.QPushButton(), []
    button.connect("clicked()", lambda value="default": heard.append(value))
    button.click()
    assert heard == ["default"]


def test_disconnect(qt):
    button, heard = qt.QPushButton(), []
    button.connect("clicked(bool)", heard.append)
    assert button.disconnect("clicked(bool)", heard.append)
    button.click()
    assert heard == []


def test_a_misspelt_signal_returns_false(qt, capsys):
    assert qt.QPushButton().connect("clickd(bool)", print) is False
    assert "clickd(bool)" in capsys.readouterr().err


def test_a_misspelt_signal_raises_when_strict(qt, monkeypatch):
    monkeypatch.setattr(pythonqt, "strict_signals", True)
    with pytest.raises(ValueError):
        qt.QPushButton().connect("clickd(bool)", print)


def test_a_deleted_widget_raises_value_error(qt):
    label = qt.QLabel("x")
    label.delete()
    with pytest.raises(ValueError):
        label.text
