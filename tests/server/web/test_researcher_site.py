"""The researcher site: who gets in, what it answers, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from app.experiments.errors import InputError
from app.server.web.researcher_access import ResearcherAccess
from app.server.web.researcher_site import ResearcherSite, create_researcher_site
from tests.ui.rig.fake_study import FakeCommands, FakeMonitor, FakePlan

HOST = "127.0.0.1:8001"
BASE = f"http://{HOST}"
FOLDER = Path("data") / "overcooked-pair"


def site_with(export: Callable[[], Path] = lambda: FOLDER / "exports" / "one", people: int = 2) -> ResearcherSite:
    return create_researcher_site(
        monitor=FakeMonitor(people),
        experiment=FakePlan(),
        participant_url="http://192.0.2.7:8000/",
        token="the-token",
        data_folder=FOLDER,
        export=export,
        commands=FakeCommands(),
    )


def client_of(site: ResearcherSite) -> Client:
    return Client(site.app, TestResponse)


@pytest.fixture
def signed_in() -> Client:
    client = client_of(site_with())
    assert client.get("/?token=the-token", base_url=BASE).status_code == 303
    return client


def post(client: Client, path: str, origin: str | None = BASE) -> Any:
    return client.post(path, base_url=BASE, headers={"Origin": origin} if origin else {})


def test_the_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    answer = client_of(site_with()).get("/?token=the-token", base_url=BASE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("gym_kiosk_researcher_8001=")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "the-token" not in cookie


def test_the_token_works_once() -> None:
    site = site_with()
    assert client_of(site).get("/?token=the-token", base_url=BASE).status_code == 303
    again = client_of(site).get("/?token=the-token", base_url=BASE)
    assert again.status_code == 403 and "Set-Cookie" not in again.headers
    assert "works once" in again.text


def test_a_browser_that_is_signed_in_may_open_the_used_address_again(signed_in: Client) -> None:
    assert signed_in.get("/?token=the-token", base_url=BASE).status_code == 303
    assert signed_in.get("/", base_url=BASE).status_code == 200


def test_fetching_the_address_ahead_of_the_click_does_not_use_the_token_up() -> None:
    client = client_of(site_with())
    early = client.get("/?token=the-token", base_url=BASE, headers={"Sec-Purpose": "prefetch"})
    assert early.status_code == 503
    assert client.get("/?token=the-token", base_url=BASE).status_code == 303


@pytest.mark.parametrize("path", ["/api/snapshot", "/socket.io/?EIO=4&transport=polling"])
def test_without_the_cookie_nothing_is_told(path: str) -> None:
    client = client_of(site_with())
    assert client.get(path, base_url=BASE).status_code == 401
    client.get("/?token=wrong", base_url=BASE)
    assert client.get(path, base_url=BASE).status_code == 401


@pytest.mark.parametrize("path", ["/", "/api/snapshot", "/ui/main.js", "/socket.io/?EIO=4&transport=polling"])
def test_a_foreign_name_that_resolves_to_this_computer_is_refused(signed_in: Client, path: str) -> None:
    answer = signed_in.get(path, base_url=BASE, headers={"Host": "rebound.example:8001"})
    assert answer.status_code == 403 and "rebound.example" in answer.text


@pytest.mark.parametrize("path", ["/api/snapshot", "/socket.io/?EIO=4&transport=polling"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000"},  # the participants' page on the same computer
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_page_of_this_browser_reads_nothing(signed_in: Client, path: str, headers: dict[str, str]) -> None:
    assert signed_in.get(path, base_url=BASE, headers=headers).status_code == 403


def test_a_change_must_come_from_the_page_itself(signed_in: Client) -> None:
    assert post(signed_in, "/api/export", origin=None).status_code == 403
    assert post(signed_in, "/api/export", origin="http://127.0.0.1:8000").status_code == 403
    assert post(signed_in, "/api/export").status_code == 200


def test_the_signed_in_page_reaches_the_socket(signed_in: Client) -> None:
    answer = signed_in.get("/socket.io/?EIO=4&transport=polling", base_url=BASE)
    assert answer.status_code == 200 and answer.text.startswith("0{")


@pytest.mark.parametrize("path", ["/", "/ui/main.js", "/api/snapshot", "/?token=wrong"])
def test_every_answer_carries_the_policy_that_allows_only_our_own_files(signed_in: Client, path: str) -> None:
    headers = signed_in.get(path, base_url=BASE).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';") and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"


def test_the_pages_have_no_inline_script_or_style() -> None:
    from app import paths

    for page in paths.researcher_pages_dir().rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        found = [inline for inline in ("<style", " style=", "<script>", " onclick") if inline in text]
        assert found == [], page


@pytest.mark.parametrize("path", ["/ui/../desktop.py", "/ui/%2e%2e/desktop.py", "/ui/vendor/..%2f..%2findex.html"])
def test_only_the_pages_own_files_are_served(signed_in: Client, path: str) -> None:
    assert signed_in.get(path, base_url=BASE).status_code == 404


def test_the_snapshot_carries_what_the_page_needs_and_no_patch_changes(signed_in: Client) -> None:
    said = signed_in.get("/api/snapshot", base_url=BASE).json
    assert said["participant_url"] == "http://192.0.2.7:8000/" and said["data_folder"] == str(FOLDER)
    assert said["seats"] == [{"seat": "0", "role": "cook_0"}, {"seat": "1", "role": "cook_1"}]
    assert said["scenes"]["game"] == {"num_episodes": 2, "max_steps": 900, "fps": 30}
    assert [row["label"] for row in said["participants"]] == ["P01", "P02"] and len(said["matches"]) == 1


def test_an_export_answers_with_its_folder(signed_in: Client) -> None:
    assert post(signed_in, "/api/export").json == {"folder": str(FOLDER / "exports" / "one")}


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (InputError("exports: the disk is full; free 2 GB."), 422, "exports: the disk is full; free 2 GB."),
        (RuntimeError("pipe closed"), 500, "the export stopped (pipe closed); the recorded data is untouched"),
    ],
)
def test_an_export_that_fails_says_why_and_can_be_tried_again(error: Exception, status: int, says: str) -> None:
    def fail() -> Path:
        raise error

    client = client_of(site_with(fail))
    client.get("/?token=the-token", base_url=BASE)
    for _ in range(2):
        answer = post(client, "/api/export")
        assert answer.status_code == status and says in answer.json["error"]["message"]


def test_a_second_export_waits_for_the_first() -> None:
    inner: list[int] = []

    def ask_again() -> Path:
        inner.append(post(client, "/api/export").status_code)
        return FOLDER

    client = client_of(site_with(ask_again))
    client.get("/?token=the-token", base_url=BASE)
    assert post(client, "/api/export").status_code == 200
    assert inner == [409]


def test_a_signed_in_page_can_let_another_browser_in() -> None:
    site = site_with()
    first, second = client_of(site), client_of(site)
    first.get("/?token=the-token", base_url=BASE)
    url = post(first, "/api/link").json["url"]
    assert url.startswith(f"{BASE}/?token=")
    assert second.get(url.removeprefix(BASE), base_url=BASE).status_code == 303
    assert second.get("/api/snapshot", base_url=BASE).status_code == 200


def test_a_secret_of_another_process_is_not_known_here() -> None:
    one, other = ResearcherAccess("a"), ResearcherAccess("b")
    secret = one.redeem("a")
    assert one.admits(secret) and not other.admits(secret) and not other.admits(None) and not other.admits("")
