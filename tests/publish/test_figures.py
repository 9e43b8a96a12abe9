"""Figures: right shares, equal bytes, readable without colour, nothing shown that is not public."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.publish.county_colours import SHADES
from deserts.publish.figure_data import load_figure_data
from deserts.publish.figures import FIGURES, _share_within, draw_directory_meter, write_figures


@pytest.fixture(scope="module")
def data(example_store, itb):
    return load_figure_data(example_store, service=itb)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 500) | st.just(float("nan")), st.floats(1, 1e5)), min_size=1, max_size=30))
def test_share_within_keeps_everybody_in_the_denominator(rows):
    minutes, people = (np.array(column) for column in zip(*rows, strict=True))
    grid = np.array([0.0, 60.0, 500.0])
    share = _share_within(minutes, people, grid)
    plain = [people[np.nan_to_num(minutes, nan=np.inf) <= limit].sum() / people.sum() for limit in grid]
    assert share == pytest.approx(plain)
    assert (np.diff(share) >= 0).all()


def test_points_carry_the_minutes_of_the_scores(data, example_store):
    scores = example_store.read("county_scores").set_index("county_fips")
    people = data.points.groupby("county_fips")["population"].sum()
    near = data.points[data.points["nearest_min"] <= 60].groupby("county_fips")["population"].sum()
    share = 1 - (near.reindex(people.index).fillna(0) / people)
    assert share.to_numpy() == pytest.approx(scores.loc[people.index, "beyond_60_share"].to_numpy(), abs=1e-9)


def test_all_figures_are_written_twice_alike(data, tmp_path):
    first, second = write_figures(data, tmp_path / "a"), write_figures(data, tmp_path / "b")
    assert first.left_out == {}
    assert len(first.written) == 2 * len(FIGURES) == 14
    for one, other in zip(first.written, second.written, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    for path in first.written:
        if path.suffix == ".svg":
            ET.fromstring(path.read_text())


def test_run_without_anyone_in_reach_leaves_figures_out_with_the_reason(data, tmp_path):
    nobody = dataclasses.replace(data, points=data.points.assign(nearest_min=np.nan, second_min=np.nan))
    report = write_figures(nobody, tmp_path)
    assert "nobody is within the limit" in report.left_out["cumulative_share"]
    assert not (tmp_path / "cumulative_share.svg").exists()


def test_few_call_outcomes_are_not_drawn(data):
    grades = data.specialists["grade"].copy()
    grades.iloc[:10] = "verified"
    few = draw_directory_meter(dataclasses.replace(data, specialists=data.specialists.assign(grade=grades)))
    assert not any("confirmed by phone" in label.get_text() for label in few.axes[0].get_yticklabels())
    grades.iloc[:11] = "verified"
    many = draw_directory_meter(dataclasses.replace(data, specialists=data.specialists.assign(grade=grades)))
    assert any("confirmed by phone" in label.get_text().replace("\n", " ") for label in many.axes[0].get_yticklabels())


def test_the_meter_counts_whom_every_other_output_counts(data, example_store, tmp_path):
    sites = example_store.read("sites")
    counted = sites.loc[sites["supplies"] & (sites["grade_rank"] <= 3), "npi"].nunique()
    doubled = (data.specialists["entity"] == "O") & ~data.specialists["supplies"]
    assert doubled.any(), "an organisation whose individuals bill themselves is part of the example"
    assert f"public files show {counted} doing this care" in write_figures(data, tmp_path).words["directory_meter"]


_EYES = {  # Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB; doi 10.1109/TVCG.2009.113
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def _lightness(linear: np.ndarray) -> float:
    y = float(np.clip(linear, 0, 1) @ [0.2126, 0.7152, 0.0722])
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("eye", [None, *_EYES])
def test_shades_fall_step_by_step_for_every_eye_and_in_grey(eye):
    matrix = np.eye(3) if eye is None else np.array(_EYES[eye])
    lightness = []
    for shade in SHADES:
        srgb = np.array([int(shade[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        lightness.append(_lightness(matrix @ linear))
    assert min(-np.diff(lightness)) >= 9, lightness


@pytest.mark.parametrize("name", FIGURES)
def test_the_title_stands_wholly_in_the_picture(data, tmp_path, monkeypatch, name):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from deserts.publish import figures

    drawn = []
    monkeypatch.setattr(figures, "write_drawing", lambda figure, path, kind: drawn.append(figure))
    monkeypatch.setattr(figures, "FIGURES", {name: lambda given: _with_long_title(FIGURES[name](given))})
    write_figures(data, tmp_path)
    canvas = FigureCanvasAgg(drawn[0])
    canvas.draw()
    assert drawn[0].axes[0].get_tightbbox(canvas.get_renderer()).y1 <= drawn[0].bbox.y1


def _with_long_title(figure):
    axes = figure.axes[0]
    axes.set_title("\n".join([axes.get_title(loc="left"), "a further line", "and another one"]), pad=12)
    return figure


def test_only_steps_that_left_rows_out_are_said_to_have(data, tmp_path):
    flow = pd.DataFrame({"step": ["read", "sites", "kept"], "rows_in": [10, 10, 9], "rows_out": [9, 50, 9]})
    changed = dataclasses.replace(data, flow=flow)
    figure = FIGURES["exclusion_flow"](changed)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["read"]
    found = write_figures(changed, tmp_path).words["exclusion_flow"]
    assert found.startswith("Steps that left rows out: 1; the most rows (1) at this one: read.")


def test_each_figure_owes_credit_and_says_every_notice(data, tmp_path):
    report = write_figures(data, tmp_path)
    for path in report.written:
        if path.suffix == ".svg":
            text = " ".join(path.read_text().split())  # letters are drawn; what they say stands in comments
            assert "OpenStreetMap" in text, path.name
            assert "Minutes on streets not checked here" in text, path.name
