"""The pages: one blueprint for each noun, and what all templates share."""

from flask import Flask

from grants.web import (
    access,
    account,
    application_papers,
    application_tasks,
    applications,
    backplans,
    communities,
    deadlines,
    deletion,
    documents,
    exports,
    facts,
    feedback,
    feeds,
    formats,
    frame,
    home,
    invitations,
    meetings,
    members,
    one_application,
    outbox,
    pages,
    people,
    programs,
    rules,
    second_factor,
    shared,
    sharing,
    staff,
    tracking,
    vocabulary,
    workspace,
)


def register(app: Flask) -> None:
    """Open every page and give the templates their words."""
    access.init_app(app)
    formats.init_app(app)
    frame.init_app(app)
    nouns = (
        home,
        programs,
        communities,
        facts,
        feedback,
        deadlines,
        people,
        second_factor,
        account,
        invitations,
        members,
        staff,
        tracking,
        feeds,
        workspace,
        applications,
        one_application,
        application_tasks,
        application_papers,
        backplans,
        documents,
        meetings,
        sharing,
        shared,
        exports,
        deletion,
        outbox,
        rules,
        vocabulary,
        pages,
    )
    # Several modules may add their pages to one blueprint.
    for blueprint in dict.fromkeys(noun.bp for noun in nouns):
        app.register_blueprint(blueprint)
