"""The participants' pages over http."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.experiments.config import load_experiment
from app.server.web.participant_site import create_participant_site
from app.server.web.texts import read_materials

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def site(tmp_path: Path) -> FlaskClient:
    client, runtime = tmp_path / "client", tmp_path / "runtime"
    (client / "worker").mkdir(parents=True)
    runtime.mkdir()
    (client / "index.html").write_text("<!doctype html><title>Study</title>", encoding="utf-8")
    (client / "worker" / "boot.js").write_text("export {};", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (runtime / "pyodide.asm.wasm").write_bytes(b"\0asm" * 1000)
    (runtime / "pyodide.asm.wasm.gz").write_bytes(gzip.compress(b"\0asm" * 1000))
    (runtime / "other.bin").write_bytes(b"not offered")
    experiment = load_experiment(ROOT / "examples" / "overcooked_pair")
    app = create_participant_site(
        experiment=experiment,
        materials=read_materials(experiment),
        manifest={"pyodide": "/runtime/h/pyodide/"},
        runtime_files={"h/pyodide/pyodide.asm.wasm": runtime / "pyodide.asm.wasm"},
        client_dir=client,
    )
    return app.test_client()


def test_the_page_forbids_everything_from_elsewhere(site: FlaskClient) -> None:
    page = site.get("/")
    assert page.status_code == 200 and page.content_type == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'; script-src 'self' 'wasm-unsafe-eval';" in policy and "unsafe-eval'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-cache"


def test_a_page_that_has_not_changed_is_not_sent_again(site: FlaskClient) -> None:
    first = site.get("/client/worker/boot.js")
    assert first.content_type == "text/javascript; charset=utf-8"
    again = site.get("/client/worker/boot.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""


def test_runtime_files_are_kept_for_ever_and_sent_compressed(site: FlaskClient) -> None:
    path = "/runtime/h/pyodide/pyodide.asm.wasm"
    plain = site.get(path)
    assert plain.content_type == "application/wasm" and "immutable" in plain.headers["Cache-Control"]
    assert plain.data == b"\0asm" * 1000 and "Content-Encoding" not in plain.headers
    near = site.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in near.headers  # to this computer itself nothing is gained by packing
    far = {"REMOTE_ADDR": "192.0.2.7"}
    zipped = site.get(path, headers={"Accept-Encoding": "gzip, br"}, environ_overrides=far)
    assert zipped.headers["Content-Encoding"] == "gzip" and gzip.decompress(zipped.data) == plain.data
    assert zipped.content_type == "application/wasm" and zipped.headers["ETag"] != plain.headers["ETag"]
    assert int(zipped.headers["Content-Length"]) == len(zipped.data)
    refused = site.get(path, headers={"Accept-Encoding": "gzip;q=0"}, environ_overrides=far)
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize(
    "path",
    [
        "/client/../secret.txt",
        "/client/..%2fsecret.txt",
        "/client/%2e%2e/secret.txt",
        "/client/worker/../../secret.txt",
        "/client//etc/hostname",
        "/client/worker",
        "/client/",
        "/client/worker/boot.js%00.html",
        "/runtime/h/pyodide/../../../secret.txt",
        "/runtime/h/other.bin",
        "/runtime/h/pyodide/pyodide.asm.wasm.gz",
        "/api/snapshot",
        "/experiment.toml",
    ],
)
def test_nothing_else_can_be_read(site: FlaskClient, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code in (404, 308) and b"secret" not in answer.data and b"not offered" not in answer.data


def test_a_page_only_reads(site: FlaskClient) -> None:
    assert site.post("/api/study", data=b"x" * 1000).status_code == 405


def test_the_study_says_what_to_load_and_shows_the_first_page(site: FlaskClient) -> None:
    study = site.get("/api/study").get_json()
    assert study.keys() == {"experiment_id", "title", "language", "texts", "runtime", "preload", "asks", "start"}
    assert study["runtime"] == {"pyodide": "/runtime/h/pyodide/"}
    assert study["preload"]["max_steps"] == 900 and study["preload"]["factory"] == "environment:make_env"
    assert study["language"] == "en" and study["texts"]["waiting.partner"] == "Waiting for your partner"
    assert study["start"]["button"] == "Start" and "<strong>Your task:</strong>" in study["start"]["html"]
    assert "SOUP" not in site.get("/api/study").text, "completion codes are not for everybody"
