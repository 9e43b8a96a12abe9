"""The map in a frame of another page, the picture that stands for a link, and pictures of any view."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from deserts.access.gate import open_gate
from deserts.errors import InputError, UnknownNameError
from deserts.publish.county_colours import SHADES
from deserts.publish.desert_map import build_map, write_map
from deserts.publish.drawing import drawing_bytes, style
from deserts.publish.picture import PREVIEW_PX, chosen_view, draw_picture, load_picture, picture_words, write_picture
from deserts.publish.site import write_site
from tests.publish.conftest import TODAY, wait_until_drawn, write_small_store


@pytest.fixture(scope="module")
def picture(example_store, itb):
    return load_picture(example_store, service=itb, today=TODAY, gate=open_gate(example_store, service=itb))


@pytest.mark.browser
def test_in_a_frame_the_wheel_scrolls_the_page_and_the_keyboard_reaches_everything(
    small_store, itb, leaflet, tmp_path, visit
):
    write_map(small_store, tmp_path / "map_embed.html", service=itb, today=TODAY, assets=leaflet, embed_of="map.html")
    outer = tmp_path / "page.html"
    outer.write_text(
        '<!DOCTYPE html><html lang="en"><title>An article</title><main><h1>News</h1>'
        '<iframe src="map_embed.html" title="Map" width="640" height="520"></iframe>'
        '<div style="height:3000px"></div></main>',
        encoding="utf-8",
    )
    window = visit(offline=True)
    page = window.page
    page.goto(outer.as_uri())
    frame = page.frames[1]
    wait_until_drawn(frame)
    page.mouse.move(400, 450)
    zoom = frame.evaluate("MAP.getZoom()")
    page.mouse.wheel(0, 200)
    page.wait_for_function("window.scrollY > 100")
    assert frame.evaluate("MAP.getZoom()") == zoom
    frame.focus("#query")
    page.keyboard.type("birch")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "of Birch, XA live more than 2 hours" in frame.inner_text("#finding")
    frame.focus("#supply input")
    page.keyboard.press("ArrowDown")
    assert frame.evaluate("view.key") == "possible"
    assert frame.get_attribute(".foot a", "href") == "map.html"
    assert frame.locator("table").count() == 0
    assert window.foreign_requests() == []
    assert window.console == []


@pytest.mark.browser
def test_the_embedded_page_has_no_serious_fault(small_store, itb, leaflet, tmp_path, visit):
    report = write_map(
        small_store, tmp_path / "map_embed.html", service=itb, today=TODAY, assets=leaflet, embed_of="map.html"
    )
    window = visit(viewport={"width": 640, "height": 520}, offline=True)
    window.page.goto(report.path.as_uri())
    wait_until_drawn(window.page)
    assert window.serious_faults() == []
    assert window.page.evaluate("document.documentElement.scrollHeight") <= 520, "the frame does not scroll"


def test_a_picture_has_the_colours_of_the_page_and_the_same_bytes(example_store, itb, picture, tmp_path):
    write_picture(picture, tmp_path / "map.svg", option="--out")
    text = (tmp_path / "map.svg").read_text(encoding="utf-8")
    ET.fromstring(text)
    used = {SHADES[step] for step in set(picture.view["classes"]["class"]) if step >= 0}
    assert all(shade in text for shade in used)
    write_picture(picture, tmp_path / "again.svg", option="--out")
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "map.svg").read_bytes()
    words = picture_words(picture)
    for step in set(picture.view["classes"]["class"]):
        number = picture.view["classes"]["class"].count(step)
        assert f"{number} counties: {picture.measure['legend'][step]}" in words


def test_any_view_is_drawn_and_an_unknown_one_is_told(picture):
    for view in picture.content.first["views"]:
        for measure in view["measures"]:
            found = chosen_view(picture.content, supply=view["key"], measure=measure["key"])
            assert found == (view, measure)
    with pytest.raises(UnknownNameError, match="no measure 'beauty'"):
        chosen_view(picture.content, supply=None, measure="beauty")
    with pytest.raises(UnknownNameError, match="no view 'best'"):
        chosen_view(picture.content, supply="best", measure=None)


def test_the_preview_is_of_the_size_that_readers_of_links_want(picture):
    with style():
        png = drawing_bytes(draw_picture(picture, preview=True), "png")
    assert Image.open(io.BytesIO(png)).size == PREVIEW_PX


@pytest.mark.slow
def test_a_site_has_the_frame_the_preview_and_code_to_copy(example_store, itb, linked, tmp_path):
    def site(name: str, address: str | None) -> str:
        index = write_site(
            example_store, tmp_path / name, service=itb, today=TODAY, assets=linked, address=address
        ).index
        return index.read_text(encoding="utf-8")

    text = site("one", "https://example.org/desert")
    assert '<meta property="og:image" content="https://example.org/desert/preview.png">' in text
    code = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)[1]
    assert "&lt;iframe src=&#34;https://example.org/desert/map_embed.html&#34;" in code
    assert (tmp_path / "one/map_embed.html").is_file()
    assert (tmp_path / "one/preview.png").is_file()
    assert "https://YOUR-SITE/map_embed.html" in site("two", None)
    with pytest.raises(InputError, match="no address of a site"):
        site("three", "javascript:alert(1)")
    assert not (tmp_path / "three").exists()


def test_a_frame_shows_the_first_notice_and_folds_the_others(tmp_path, itb, linked):
    store = write_small_store(tmp_path, notices=("first one", "second one", "third one"))
    framed, _ = build_map(store, service=itb, today=TODAY, assets=linked, embed_of="map.html")
    whole, _ = build_map(store, service=itb, today=TODAY, assets=linked)
    folded = framed[framed.index('<details class="banner">') : framed.index("</details>")]
    assert folded.startswith('<details class="banner"><summary>First one <u>')
    assert "<p>Third one</p>" in folded
    alone, folded = '<p class="banner">First one</p>', '<details class="banner"><summary>Second one <u>'
    assert whole.index(alone) < whole.index(folded)


def test_a_map_of_many_notices_shows_two_and_folds_the_others(tmp_path, itb, linked):
    def text_with(*notices: str) -> str:
        store = write_small_store(tmp_path / str(len(notices)), notices=notices)
        return build_map(store, service=itb, today=TODAY, assets=linked)[0]

    edge = "Edge incomplete: XB. Clinicians there are not counted."
    few = text_with("first one", "second one")
    assert '<details class="banner">' not in few
    assert all(f'<p class="banner">{notice}</p>' in few for notice in ("First one", "Second one", edge))
    text = text_with("first one", "second one", "third one")
    folded = text[text.index('<details class="banner">') : text.index("</details>")]
    assert '<p class="banner">First one</p>' in text
    assert folded.startswith('<details class="banner"><summary>Second one <u>2 more notices</u>')
    assert all(f"<p>{notice}</p>" in folded for notice in ("Third one", edge))
