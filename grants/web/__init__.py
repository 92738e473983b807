"""The pages: one blueprint for each noun, and what all templates share."""

from flask import Flask

from grants.web import (
    access,
    communities,
    deadlines,
    facts,
    feedback,
    formats,
    frame,
    home,
    outbox,
    pages,
    people,
    programs,
    rules,
    tracking,
    vocabulary,
)


def register(app: Flask) -> None:
    """Open every page and give the templates their words."""
    access.init_app(app)
    formats.init_app(app)
    frame.init_app(app)
    for noun in (
        home,
        programs,
        communities,
        facts,
        feedback,
        deadlines,
        people,
        tracking,
        outbox,
        rules,
        vocabulary,
        pages,
    ):
        app.register_blueprint(noun.bp)
