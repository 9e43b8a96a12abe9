"""The map of the nation: equal area, Alaska and Hawaii in boxes, neighbours as land, and the state's own finding."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from deserts.access.gate import open_gate
from deserts.publish.desert_map import write_map
from deserts.publish.picture import load_picture, write_picture
from deserts.publish.plane import PARTS, project_points, project_shapes, shown_parts
from tests.publish.conftest import TODAY, wait_until_drawn
from tests.publish.nation import write_nation

PLACES = {
    "Alaska": [(173.0, 52.9), (-156.8, 71.3), (-131.6, 55.3)],
    "Hawaii": [(-159.8, 22.0), (-155.1, 19.7)],
    "Puerto Rico": [(-66.1, 18.5)],
}


@pytest.mark.parametrize("name", PLACES)
def test_what_lies_far_away_stands_in_its_box(name):
    (part,) = [part for part in PARTS if part.name == name]
    left, bottom, right, top = part.box
    x, y = project_points(*np.array(PLACES[name]).T)
    assert ((x > left) & (x < right) & (y > bottom) & (y < top)).all()


def test_areas_are_true():
    """Two boxes of a degree, far apart: their areas on the plane are those on the sphere."""
    boxes = np.array([shapely.box(-121, 47, -120, 48), shapely.box(-82, 27, -81, 28)], dtype=object)
    plane = shapely.area(project_shapes(np.array([shapely.segmentize(box, 0.05) for box in boxes], dtype=object)))
    sphere = [np.radians(1) * (np.sin(np.radians(top)) - np.sin(np.radians(top - 1))) * 63.71**2 for top in (48, 28)]
    assert plane == pytest.approx(np.array(sphere), rel=0.006)
    assert plane[0] / plane[1] == pytest.approx(sphere[0] / sphere[1], rel=0.006)


def test_only_parts_with_data_are_framed():
    assert [part.name for part in shown_parts(["ME", "AK", "HI"])] == ["Alaska", "Hawaii"]


@pytest.mark.slow
@pytest.mark.browser
def test_the_map_of_the_nation(shared, itb, leaflet, tmp_path, visit):
    store = write_nation(tmp_path / "data", shared)
    report = write_map(store, tmp_path / "us.html", service=itb, today=TODAY, assets=leaflet)
    assert report.size_bytes <= 6_500_000
    window = visit(offline=True)
    page = window.page
    page.goto(report.path.as_uri())
    wait_until_drawn(page)
    whole = page.inner_text("#finding")
    page.select_option("#states", label="Alaska")
    assert "of Alaska live more than 2 hours" in page.inner_text("#finding")
    rows = store.read("county_scores").query("state == 'AK'")
    proven = page.evaluate("DATA.states.far.proven[DATA.states.name.indexOf('Alaska')]")
    assert f"{proven:,} residents" in page.inner_text("#finding")
    people = page.evaluate("DATA.states.people[DATA.states.name.indexOf('Alaska')]")
    assert people == pytest.approx(rows["population"].sum())
    box = page.evaluate("(({ box: [a, b, c, d] }) => MAP.getBounds().intersects([[b, a], [d, c]]))(DATA.frames[0])")
    assert box, "the view is in Alaska's box"
    page.click("#whole")
    assert page.inner_text("#finding") == whole
    assert page.locator(".drawing .frame").count() == 2
    assert window.foreign_requests() == []
    assert [line for line in window.console if "error" in line] == []
    assert window.serious_faults() == []
    picture = load_picture(store, service=itb, today=TODAY, gate=open_gate(store, service=itb))
    write_picture(picture, tmp_path / "us.png", option="--out")
    assert (tmp_path / "us.png").stat().st_size > 50_000
