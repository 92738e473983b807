"""Communities, the regions that funders name, and the constituent bands of the Six Nations, as rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from grants.domain.communities import Community, ConstituentBand, Region
from grants.domain.records import read
from grants.store.database import Model
from grants.store.kept import Kept, by_key


class CommunityRow(Kept, Model):
    """A municipality or a First Nation."""

    __tablename__ = "community"

    name: Mapped[str] = mapped_column(index=True)


class RegionRow(Kept, Model):
    """A named area made of other places."""

    __tablename__ = "region"


class ConstituentBandRow(Kept, Model):
    """A band that is part of a First Nation listed as one community."""

    __tablename__ = "constituent_band"


def communities(session: Session) -> list[Community]:
    """Read every community, by key. Cost: one query, 573 rows."""
    return [read(row.record, Community) for row in by_key(session, select(CommunityRow))]


def regions(session: Session) -> list[Region]:
    """Read every named region, by code."""
    return [read(row.record, Region) for row in by_key(session, select(RegionRow))]


def constituent_bands(session: Session) -> list[ConstituentBand]:
    """Read the constituent bands, by key."""
    return [read(row.record, ConstituentBand) for row in by_key(session, select(ConstituentBandRow))]
