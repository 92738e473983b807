"""The pages that explain the site."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grants.services import catalogue
from grants.store.database import db
from grants.web.pages import host_of, sites
from tests.web.html import parse


@pytest.mark.parametrize(
    ("path", "english", "french"),
    [
        ("about", "The funder, always.", "Le bailleur de fonds, toujours."),
        ("accessibility", "level AA of version 2.2", "niveau AA de la version 2.2"),
        ("privacy", "First Nations own and control their data", "propriétaires de leurs données"),
        ("sources", "What is our own translation", "Ce qui est notre propre traduction"),
    ],
)
def test_each_says_its_word_in_both_languages(
    catalogue_client: FlaskClient, path: str, english: str, french: str
) -> None:
    assert english in parse(catalogue_client.get(f"/en/{path}")).text("main")
    assert french in parse(catalogue_client.get(f"/fr/{path}")).text("main")


def test_every_stream_stands_under_the_site_it_was_read_on(catalogue_app: Flask, catalogue_client: FlaskClient) -> None:
    with catalogue_app.app_context():
        present = catalogue.present(db.session())
    grouped = sites(present)
    links = [address for address, _ in parse(catalogue_client.get("/en/sources")).links()]

    assert sum(len(each.streams) for each in grouped) == len(present.streams)
    assert {stream.source.url for stream in present.streams.values()} <= set(links)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.ontario.ca/page/x", "ontario.ca"),
        ("https://data.gc.ca:8443/a", "data.gc.ca"),
        ("not an address", "not an address"),
    ],
)
def test_a_site_is_named_by_its_host(address: str, host: str) -> None:
    assert host_of(address) == host
