"""Progress bars: silent for machines, late for people, nested without complaint."""

import io
import time

import pytest

from deserts import progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_machines_see_nothing(capsys):
    assert list(progress.track(range(3), "counting")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def _terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    """Stand in for standard error; called inside a test, since pytest puts its own back after fixtures."""
    stream = _Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_DELAY_S", 0.05)
    return stream


def test_short_work_shows_no_bar_and_long_work_does(monkeypatch):
    terminal = _terminal(monkeypatch)
    monkeypatch.setattr(progress, "_DELAY_S", 60)
    list(progress.track(range(3), "quick"))
    assert terminal.getvalue() == ""
    monkeypatch.setattr(progress, "_DELAY_S", 0.05)
    with progress.task("slow", total=2) as ticker:
        ticker.advance()
        time.sleep(0.3)
    assert "slow" in terminal.getvalue()


def test_tasks_nest(monkeypatch):
    terminal = _terminal(monkeypatch)
    with progress.task("outer"), progress.task("inner", total=1) as ticker:
        ticker.advance()
        time.sleep(0.3)
    assert "inner" in terminal.getvalue()


def test_an_error_inside_comes_through(monkeypatch):
    _terminal(monkeypatch)

    def fail() -> None:
        with progress.task("work"):
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail()
