"""The classes of applicant that funders name, and which of them a community can go through.

The wordings of 344 real streams were read into these classes; a stream's own words stay in its rule's sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grants.domain.bilingual import Bilingual


@dataclass(frozen=True, slots=True)
class ApplicantClass:
    """One class of applicant.

    ``partner`` tells whether a community can reasonably go through such a body: a police service board or a local
    non-profit, yes; a private person or a provincial government, no. ``holds`` names narrower classes that belong to
    this one.
    """

    code: str
    name: Bilingual
    partner: bool
    holds: tuple[str, ...] = ()


def _class(code: str, en: str, fr: str, *, partner: bool = False, holds: tuple[str, ...] = ()) -> ApplicantClass:
    return ApplicantClass(code, Bilingual(en, fr), partner, holds)


TIERS = ("single-tier-municipality", "lower-tier-municipality", "upper-tier-municipality")

APPLICANT_CLASSES: dict[str, ApplicantClass] = {
    each.code: each
    for each in (
        _class("municipality", "municipalities", "municipalités", holds=TIERS),
        _class("single-tier-municipality", "single-tier municipalities", "municipalités à palier unique"),
        _class("lower-tier-municipality", "lower-tier municipalities", "municipalités de palier inférieur"),
        _class(
            "upper-tier-municipality",
            "upper-tier municipalities (counties and regions)",
            "municipalités de palier supérieur (comtés et régions)",
        ),
        _class("first-nation", "First Nations", "Premières Nations"),
        _class("indigenous-organization", "Indigenous organizations", "organismes autochtones", partner=True),
        _class("police-service", "police services", "services de police", partner=True),
        _class("police-board", "police service boards", "commissions de services policiers", partner=True),
        _class("non-profit", "non-profit organizations", "organismes sans but lucratif", partner=True),
        _class("charity", "registered charities", "organismes de bienfaisance enregistrés", partner=True),
        _class(
            "qualified-donee",
            "qualified donees (municipalities and First Nations on the tax agency's list count)",
            "donataires reconnus (dont les municipalités et Premières Nations inscrites auprès de l’Agence du revenu)",
            partner=True,
            holds=("charity",),
        ),
        _class("school-board", "school boards", "conseils scolaires", partner=True),
        _class("school-council", "school councils", "conseils d’école", partner=True),
        _class("post-secondary", "colleges and universities", "collèges et universités", partner=True),
        _class("health-organization", "health organizations", "organismes de santé", partner=True),
        _class(
            "dssab-cmsm",
            "service managers (municipal service managers and district social services boards)",
            "gestionnaires de services (municipaux ou conseils d’administration de district des services sociaux)",
            partner=True,
        ),
        _class("library", "public libraries", "bibliothèques publiques", partner=True),
        _class(
            "conservation-authority", "conservation authorities", "offices de protection de la nature", partner=True
        ),
        _class(
            "unincorporated-group",
            "unincorporated community groups",
            "groupes communautaires non constitués en personne morale",
            partner=True,
        ),
        _class("collaborative", "collaboratives of organizations", "collectifs d’organismes", partner=True),
        _class(
            "place-of-worship",
            "places of worship and faith groups",
            "lieux de culte et groupes confessionnels",
            partner=True,
        ),
        _class("cooperative", "co-operatives", "coopératives", partner=True),
        _class("child-care-centre", "child care centres", "centres de garde d’enfants", partner=True),
        _class("cultural-institution", "cultural institutions", "établissements culturels", partner=True),
        _class("fire-department", "fire departments", "services d’incendie", partner=True),
        _class("paramedic-service", "paramedic services", "services paramédicaux", partner=True),
        _class(
            "municipal-corporation",
            "corporations or agencies owned by a municipality",
            "sociétés ou organismes appartenant à une municipalité",
            partner=True,
        ),
        _class("public-body", "other public sector bodies", "autres organismes du secteur public", partner=True),
        _class(
            "community-futures",
            "Community Futures development corporations",
            "sociétés d’aide au développement des collectivités",
            partner=True,
        ),
        _class("training-provider", "training providers", "fournisseurs de formation", partner=True),
        _class(
            "association",
            "industry, professional or national associations",
            "associations sectorielles, professionnelles ou nationales",
            partner=True,
        ),
        _class("union", "unions", "syndicats", partner=True),
        _class("local-services-board", "local services boards", "régies locales des services publics"),
        _class("private-school", "private schools", "écoles privées"),
        _class("business", "businesses", "entreprises"),
        _class("individual", "individuals", "particuliers"),
        _class("province-territory", "provinces and territories", "provinces et territoires"),
    )
}


def holds(accepted: Iterable[str], held: frozenset[str]) -> bool:
    """Tell whether who is of the classes ``held`` is of one of the ``accepted`` classes, narrower ones included."""
    return any(code in held or not held.isdisjoint(APPLICANT_CLASSES[code].holds) for code in accepted)
