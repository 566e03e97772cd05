"""The renderer in a real browser, under the participant site's content security policy, by the pixels it leaves."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from app.engine.drawing import Surface
from tests.browser.rig.browsers import FLAGS, chromium_executable

pytestmark = pytest.mark.browser

CLIENT = Path(__file__).resolve().parents[2] / "participant_client"
ORIGIN = "http://participant.test"
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:"
)
HTML = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<div id="stage" style="width:400px;height:300px"></div><script type="module" src="/start.js"></script>"""
START = """
import { createRenderer } from '/client/render/renderer.js';
window.onblur = window.onfocus = window.mine = () => {};
const options = { width: 200, height: 150, background: '#102030' };
window.renderer = await createRenderer(document.getElementById('stage'), options);
window.paint = (list) => new Promise((resolve) => window.renderer.draw(list, resolve));
window.pixel = (x, y) => {
  const { canvas } = window.renderer;
  const scale = canvas.width / 200;
  return [...canvas.getContext('2d').getImageData(x * scale, y * scale, 1, 1).data].slice(0, 3);
};
document.body.dataset.ready = 'yes';
"""

WHITE, BLACK, RED, GREEN, BLUE = [255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]

Opener = Callable[[float], Page]


def serve(route: Route) -> None:
    """Answer from the repository, with the headers that the participant site sends."""
    path = route.request.url.removeprefix(ORIGIN).split("?")[0]
    headers = {"Content-Security-Policy": POLICY}
    if path == "/":
        route.fulfill(body=HTML, content_type="text/html", headers=headers)
    elif path == "/start.js":
        route.fulfill(body=START, content_type="text/javascript", headers=headers)
    elif path.startswith("/client/"):
        kind = mimetypes.guess_type(path)[0] or "text/javascript"
        route.fulfill(path=CLIENT / path.removeprefix("/client/"), content_type=kind, headers=headers)
    else:
        route.fulfill(status=204)


@pytest.fixture(scope="module")
def open_page() -> Iterator[Opener]:
    """Opens a page with a 200 x 150 picture in a 400 x 300 stage, at a ratio of device to page pixels."""
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_executable(), args=list(FLAGS))

        def open_at(ratio: float) -> Page:
            page = browser.new_context(viewport={"width": 500, "height": 400}, device_scale_factor=ratio).new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda message: message.type == "error" and troubles.append(message.text))
            page.route("**/*", serve)
            page.goto(f"{ORIGIN}/")
            page.wait_for_selector("body[data-ready]")
            return page

        yield open_at
        browser.close()
    assert troubles == []


def paint(page: Page, surface: Surface, as_text: bool = False) -> float:
    """Paint a picture and return when that was."""
    return page.evaluate("(list) => window.paint(list)", surface.to_json() if as_text else surface.to_list())


def pixel(page: Page, x: float, y: float) -> list[int]:
    return page.evaluate("([x, y]) => window.pixel(x, y)", [x, y])


def every_kind() -> Surface:
    surface = Surface("#ffffff")
    surface.rect(0, 0, 40, 40, fill="#ff0000", radius=20)
    surface.circle(70, 20, 15, fill="#00ff00", stroke="#0000ff", stroke_width=6)
    surface.ellipse(120, 20, 20, 10, fill="#0000ff")
    surface.arc(170, 20, 15, -90, 90, color="#ff0000", width=6)
    surface.line(0, 60, 200, 60, color="#000000", width=6)
    surface.polygon([10, 80, 50, 80, 10, 120], fill="#00ff00")
    surface.rect(100, 80, 40, 40, fill="#00000080")
    surface.text(180, 100, "█", size=20, color="#ff0000", align="center")
    return surface


def check_every_kind(page: Page) -> None:
    expected: dict[tuple[float, float], list[int]] = {
        (1, 1): WHITE, (20, 20): RED, (20, 2): RED,
        (70, 20): GREEN, (55, 20): BLUE, (70, 36.5): BLUE, (70, 39): WHITE,
        (102, 20): BLUE, (120, 28): BLUE, (103, 28): WHITE,
        (185, 20): RED, (155, 20): WHITE, (170, 20): WHITE,
        (100, 60): BLACK, (100, 66): WHITE,
        (15, 110): GREEN, (45, 115): WHITE,
        (120, 100): [127, 127, 127], (180, 100): RED,
    }  # fmt: skip
    found = {place: pixel(page, *place) for place in expected}
    assert found == expected


@pytest.mark.parametrize("ratio", [1, 2])
def test_every_kind_is_painted_where_the_list_says(open_page: Opener, ratio: float) -> None:
    page = open_page(ratio)
    paint(page, every_kind())
    check_every_kind(page)
    paint(page, Surface("#ffffff"))
    assert pixel(page, 20, 20) == WHITE
    paint(page, every_kind(), as_text=True)
    check_every_kind(page)


def test_items_are_painted_in_their_order_with_texts_among_them(open_page: Opener) -> None:
    page = open_page(1)
    for cover, color in ((True, BLUE), (False, RED)):
        surface = Surface("#ffffff")
        surface.rect(50, 50, 100, 50, fill="#00ff00")
        surface.text(100, 75, "█", size=24, color="#ff0000", align="center")
        if cover:
            surface.rect(90, 60, 20, 30, fill="#0000ff")
        paint(page, surface)
        assert pixel(page, 100, 75) == color
        assert pixel(page, 60, 60) == GREEN


def test_a_kept_backdrop_looks_like_the_shapes_it_stands_for(open_page: Opener) -> None:
    page = open_page(2)
    base = Surface("#ffffff")
    for index in range(40):
        base.circle(5 + 10 * (index % 20), 5 + 10 * (index // 20), 4, fill="#ff0000", stroke="#000000")
    whole = "() => window.renderer.canvas.toDataURL()"
    pictures = []
    for frame in range(12):
        surface = Surface(base=base)
        surface.rect(100, 80 + frame % 2, 20, 20, fill="#0000ff")
        paint(page, surface)
        pictures.append(page.evaluate(whole))
    assert len(set(pictures)) == 2, "keeping the backdrop has changed the picture"
    page.evaluate("() => { document.getElementById('stage').style.width = '200px'; }")
    page.wait_for_function("() => window.renderer.canvas.width === 400")
    paint(page, surface)
    assert [pixel(page, 5, 5), pixel(page, 195, 15), pixel(page, 110, 90)] == [RED, RED, BLUE]


def test_only_the_newest_list_is_painted_and_told(open_page: Opener) -> None:
    page = open_page(1)
    told = page.evaluate(
        """async () => {
          const told = [];
          const list = (color) => ({ background: color, items: [] });
          const before = performance.timeOrigin + performance.now();
          window.renderer.draw(list('#ff0000'), () => told.push('first'));
          await new Promise((resolve) => {
            window.renderer.draw(list('#0000ff'), (at) => { told.push('second', at - before); resolve(); });
          });
          return told;
        }"""
    )
    assert told[0] == "second" and 0 <= told[1] < 5_000
    assert pixel(page, 100, 75) == BLUE


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_the_canvas_has_a_pixel_for_every_pixel_of_the_screen(open_page: Opener, ratio: float) -> None:
    page = open_page(ratio)
    measure = """() => {
      const { canvas } = window.renderer;
      const box = canvas.getBoundingClientRect();
      return [canvas.width, canvas.height, box.width, box.height];
    }"""
    assert page.evaluate(measure) == [400 * ratio, 300 * ratio, 400, 300]
    page.evaluate("() => { document.getElementById('stage').style.height = '150px'; }")
    page.wait_for_function("() => window.renderer.canvas.getBoundingClientRect().height === 150")
    assert page.evaluate(measure) == [200 * ratio, 150 * ratio, 200, 150]
    paint(page, every_kind())
    check_every_kind(page)


def test_the_page_keeps_its_keys_focus_handlers_and_webgl_and_nothing_runs_between_pictures(open_page: Opener) -> None:
    page = open_page(1)
    assert page.evaluate("() => window.onblur === window.mine && window.onfocus === window.mine")
    assert page.evaluate("() => typeof window.WebGLRenderingContext") == "function"
    prevented = """() => ['ArrowUp', 'KeyW', ' '].map((key) => {
      const event = new KeyboardEvent('keydown', { key, code: key, bubbles: true, cancelable: true });
      return document.body.dispatchEvent(event);
    })"""
    assert page.evaluate(prevented) == [True, True, True]
    paint(page, every_kind())
    frames = """async () => {
      let asked = 0;
      const real = window.requestAnimationFrame;
      window.requestAnimationFrame = (callback) => { asked += 1; return real(callback); };
      for (let i = 0; i < 10; i += 1) await new Promise((resolve) => real(resolve));
      window.requestAnimationFrame = real;
      return asked;
    }"""
    assert page.evaluate(frames) == 0


def test_after_destroy_the_stage_is_empty_and_drawing_does_nothing(open_page: Opener) -> None:
    page = open_page(1)
    paint(page, every_kind())
    left = page.evaluate(
        """async () => {
          window.renderer.destroy();
          let painted = false;
          window.renderer.draw({ background: '#ffffff', items: [] }, () => { painted = true; });
          window.renderer.resize();
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          return [document.getElementById('stage').children.length, painted];
        }"""
    )
    assert left == [0, False]
    again = """async () => {
      const { createRenderer } = await import('/client/render/renderer.js');
      const options = { width: 200, height: 150, background: '#000000' };
      window.renderer = await createRenderer(document.getElementById('stage'), options);
    }"""
    page.evaluate(again)
    paint(page, every_kind(), as_text=True)
    check_every_kind(page)
