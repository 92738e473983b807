"""Where communities lie, on the real ones of the seeds."""

import pytest

from config import ROOT
from grants.domain.communities import Gazetteer
from grants.store.seed_files import Seeds, read_seeds


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return read_seeds(ROOT / "seeds")


@pytest.fixture(scope="module")
def gazetteer(seeds: Seeds) -> Gazetteer:
    return Gazetteer(seeds.communities, seeds.regions)


def test_every_municipality_and_first_nation_is_there(seeds: Seeds) -> None:
    kinds = [each.kind for each in seeds.communities]
    assert (kinds.count("municipality"), kinds.count("first-nation"), len(seeds.bands)) == (444, 129, 13)


@pytest.mark.parametrize(
    ("community", "place", "lies"),
    [
        pytest.param("kenora", "northern-ontario", "certain", id="Kenora is northern"),
        pytest.param("kenora", "district:kenora", "certain", id="the city lies in the district"),
        pytest.param("ajax", "in:durham-regional-municipality", "certain", id="Ajax lies in Durham"),
        pytest.param("ajax", "region:gta", "certain", id="and so in the Greater Toronto Area"),
        pytest.param("durham-regional-municipality", "region:gta", "certain", id="Durham itself too"),
        pytest.param("durham-regional-municipality", "in:ajax", "possible", id="Durham holds Ajax, but is not in it"),
        pytest.param("hamilton", "region:gtha", "certain", id="Hamilton the city"),
        pytest.param("hamilton-township", "region:gtha", "no", id="not Hamilton the township"),
        pytest.param("toronto", "rural", "no", id="Toronto is not rural"),
        pytest.param("ottawa", "rural", "possible", id="Ottawa has wide rural land"),
        pytest.param("kenora", "rural", "possible", id="Kenora may call itself rural"),
        pytest.param("fn-sandy-lake", "region:gta", "no", id="Sandy Lake is not near Toronto"),
        pytest.param("fn-caldwell", "in:leamington", "possible", id="Caldwell's office is in Leamington"),
        pytest.param("fn-caldwell", "in:toronto", "no", id="and not in Toronto"),
        pytest.param("fn-saugeen", "region:grey-bruce", "certain", id="Saugeen lies within Bruce's borders"),
    ],
)
def test_whereabouts(gazetteer: Gazetteer, community: str, place: str, lies: str) -> None:
    whereabouts = gazetteer.whereabouts(community)
    found = "certain" if place in whereabouts.certain else "possible" if place in whereabouts.possible else "no"
    assert found == lies


@pytest.mark.parametrize(
    ("community", "zone"),
    [
        pytest.param("kenora", "America/Winnipeg", id="the north-west's clock"),
        pytest.param("atikokan", "America/Atikokan", id="no daylight saving"),
        pytest.param("thunder-bay", "America/Toronto", id="Thunder Bay keeps Toronto's"),
        pytest.param("fn-sandy-lake", "America/Winnipeg", id="Sandy Lake keeps the north-west's"),
    ],
)
def test_clock(seeds: Seeds, community: str, zone: str) -> None:
    assert next(each.zone for each in seeds.communities if each.key == community) == zone


def test_every_lower_tier_has_its_upper_tier(seeds: Seeds) -> None:
    tiers = {each.key: each.tier for each in seeds.communities}
    lower = [each for each in seeds.communities if each.tier == "lower-tier"]
    assert len(lower) == 241
    assert {tiers[each.upper_tier or ""] for each in lower} == {"upper-tier"}
