"""Data of one's own in a real Chromium: uploaded and drawn."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import complaints, eventually, open_page, query, step, training
from tests.conftest import AppServer

pytestmark = pytest.mark.browser


def upload(page: Page, content: str | bytes, name: str = "points.csv") -> None:
    """Chooses a file in the dialog, which stays open for another."""
    raw = content.encode() if isinstance(content, str) else content
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": raw}
    )


def test_a_file_becomes_data_and_a_bad_one_a_sentence(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?seed=2")
    address = page.url
    page.get_by_test_id("stSidebar").get_by_role("button", name="Upload").click()
    alert = page.get_by_role("dialog").get_by_test_id("stAlert")
    upload(page, "x,y\n1,2\n3,four\n")
    expect(alert).to_contain_text("row 3, column 'y' is the text 'four'")
    upload(page, bytes(range(256)), "picture.csv")
    expect(alert).to_contain_text("this is not a text file")
    assert page.url == address
    upload(
        page,
        "length,width\n" + "\n".join(f"{100 + 10 * (i % 7)},{5 * (i % 5)}" for i in range(210)),
        "good.csv",
    )
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("210 rows: length 100 … 160, width 0 … 20"))
    page.get_by_role("button", name="Use this data").click()
    eventually(lambda: query(page).get("data", "").startswith('samples("'), "the data in the address")
    assert query(page)["seed"] == "2"
    expect(page.get_by_test_id("stSidebar")).to_contain_text(
        "good.csv: 210 points. One unit of the stage is 20"
    )
    training(page)
    expect(page.get_by_test_id("ganlab-precision")).to_have_text(re.compile(r"%$"))
    assert complaints(page) == []


def test_a_file_of_one_column_opens_the_other_page(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?seed=2")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Upload").click()
    upload(page, "\n".join(str(i % 50) for i in range(300)))
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GAN in one dimension")
    training(page)
    assert query(page)["seed"] == "2"
    assert complaints(page) == []


def test_a_drawing_becomes_data(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?seed=2")
    before = step(page)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Draw").click()
    pad = page.get_by_test_id("ganlab-pad")
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0] - 80, middle[1])
    page.mouse.down()
    page.mouse.move(middle[0] + 80, middle[1] - 60, steps=12)
    page.mouse.up()
    page.get_by_test_id("ganlab-pad-use").click()
    eventually(lambda: query(page).get("data", "").startswith('drawn("'), "the drawing in the address")
    expect(page.get_by_role("dialog")).to_have_count(0)
    eventually(lambda: step(page) > -1 and step(page) != before, "a run of it")
    training(page)
    assert complaints(page) == []
