"""Read a page as a browser does, and find what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse


class Page:
    """A parsed page."""

    def __init__(self, markup: str) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.tree: Element = parser.parse(markup)
        self.errors = [str(error) for error in parser.errors]

    def all(self, name: str) -> list[Element]:
        """Every element of a name, in order."""
        return list(self.tree.iter(name))

    def by_id(self, name: str) -> Element | None:
        """The element with an id."""
        return next((each for each in self.tree.iter() if each.get("id") == name), None)

    def text(self, name: str) -> str:
        """The words inside the elements of a name, white space joined."""
        return " ".join(words(each) for each in self.all(name))

    def links(self) -> list[tuple[str, str]]:
        """Every link as (address, words)."""
        return [(each.get("href", ""), name_of(each)) for each in self.all("a")]

    def form(self, address: str) -> tuple[str, dict[str, Any]]:
        """The first form whose address holds these letters: its address, and what a browser sends of it as it stands.

        That is a value by name, a list where several are sent under one; no button, since none was pressed.
        """
        form = next(each for each in self.all("form") if address in each.get("action", ""))
        fields: dict[str, Any] = {}
        for name, value in _sent(form):
            if name in fields:
                before = fields[name]
                fields[name] = [*before, value] if isinstance(before, list) else [before, value]
            else:
                fields[name] = value
        return form.get("action", ""), fields

    def links_without_words(self) -> list[str]:
        """The addresses of links that say nothing."""
        return [address for address, said in self.links() if not said]

    def faults(self) -> list[str]:
        """Everything that would make a page invalid or hard to use, as sentences."""
        return list(self._faults())

    def _faults(self) -> Iterator[str]:
        yield from (f"not valid: {error}" for error in self.errors)
        root = self.all("html")[0]
        if root.get("lang") not in {"en-CA", "fr-CA"}:
            yield f"lang is {root.get('lang')!r}"
        titles = self.tree.findall("head/title")
        if len(titles) != 1 or not words(titles[0]):
            yield "no title"
        if len(self.all("h1")) != 1:
            yield f"{len(self.all('h1'))} h1"
        if len(self.all("main")) != 1:
            yield "not one main"
        ids = Counter(each.get("id") for each in self.tree.iter() if each.get("id"))
        yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
        yield from (f"a link to {address!r} says nothing" for address in self.links_without_words())
        yield from self._without_label(set(ids))
        yield from self._dangling(set(ids))
        yield from self._headings()
        for each in self.tree.iter():
            if "style" in each.attrib:
                yield f"<{each.tag}> has a style attribute"
            if any(name.startswith("on") for name in each.attrib):
                yield f"<{each.tag}> has an inline handler"
        yield from ("an inline script" for each in self.all("script") if not each.get("src"))

    def _without_label(self, ids: set[str | None]) -> Iterator[str]:
        labelled = {each.get("for") for each in self.all("label")}
        for name in ("input", "select", "textarea"):
            for each in self.all(name):
                if each.get("type") in {"hidden", "submit"}:
                    continue
                if each.get("id") not in labelled and not each.get("aria-label"):
                    yield f"<{name} name={each.get('name')!r}> has no label"
        yield from (f"a label points at {each!r}, which is not there" for each in labelled if each not in ids)
        yield from ("a button says nothing" for each in self.all("button") if not name_of(each))

    def _dangling(self, ids: set[str | None]) -> Iterator[str]:
        for each in self.tree.iter():
            for attribute in ("aria-labelledby", "aria-describedby", "aria-controls"):
                for name in each.get(attribute, "").split():
                    if name not in ids:
                        yield f"{attribute} points at {name!r}, which is not there"
            if each.tag == "a" and each.get("href", "").startswith("#") and each.get("href", "")[1:] not in ids:
                yield f"a link points at {each.get('href')!r}, which is not there"

    def _headings(self) -> Iterator[str]:
        levels = [int(each.tag[1]) for each in self.tree.iter() if each.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}]
        yield from (f"h{after} follows h{before}" for before, after in pairwise(levels) if after > before + 1)


def _sent(form: Element) -> Iterator[tuple[str, str]]:
    """What a browser sends of a form nobody has touched: ticked boxes, chosen options, texts; nothing disabled."""
    for each in form.iter():
        name = each.get("name", "")
        if not name or "disabled" in each.attrib:
            continue
        match each.tag:
            case "input":
                kind = each.get("type", "text").lower()
                if kind in {"checkbox", "radio"}:
                    if "checked" in each.attrib:
                        yield name, each.get("value", "on")
                elif kind not in {"submit", "image", "button", "reset"}:
                    yield name, each.get("value", "")
            case "textarea":
                yield name, "".join(each.itertext())
            case "select":
                yield from ((name, value) for value in _chosen(each))


def _chosen(select: Element) -> Iterator[str]:
    """The values of the options that are selected; where one must be and none is, the first."""
    options = [each for each in select.iter("option") if "disabled" not in each.attrib]
    selected = [each for each in options if "selected" in each.attrib]
    if "multiple" not in select.attrib:
        selected = selected[-1:] or options[:1]
    yield from (each.get("value", words(each)) for each in selected)


def words(element: Element) -> str:
    """The words inside an element, white space joined."""
    return " ".join("".join(element.itertext()).split())


def name_of(element: Element) -> str:
    """What a screen reader calls an element."""
    return element.get("aria-label") or words(element)


def parse(response: TestResponse) -> Page:
    """Parse an answer that must be a page."""
    assert response.mimetype == "text/html", response.mimetype
    return Page(response.get_data(as_text=True))
