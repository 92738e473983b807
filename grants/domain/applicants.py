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

    ``name`` names the class, ``one`` a body of it as a sentence in the second person does, in French fit to follow
    « à », « parmi » or « de ». ``partner`` tells whether a community can reasonably go through such a body: a police
    service board or a local non-profit, yes; a private person or a provincial government, no. ``holds`` names narrower
    classes that belong to this one.
    """

    code: str
    name: Bilingual
    one: Bilingual
    partner: bool
    holds: tuple[str, ...] = ()


def _class(
    code: str, name: tuple[str, str], one: tuple[str, str], *, partner: bool = False, holds: tuple[str, ...] = ()
) -> ApplicantClass:
    return ApplicantClass(code, Bilingual(*name), Bilingual(*one), partner, holds)


TIERS = ("single-tier-municipality", "lower-tier-municipality", "upper-tier-municipality")

APPLICANT_CLASSES: dict[str, ApplicantClass] = {
    each.code: each
    for each in (
        _class(
            "municipality", ("municipalities", "municipalités"), ("a municipality", "une municipalité"), holds=TIERS
        ),
        _class(
            "single-tier-municipality",
            ("single-tier municipalities", "municipalités à palier unique"),
            ("a single-tier municipality", "une municipalité à palier unique"),
        ),
        _class(
            "lower-tier-municipality",
            ("lower-tier municipalities", "municipalités de palier inférieur"),
            ("a lower-tier municipality", "une municipalité de palier inférieur"),
        ),
        _class(
            "upper-tier-municipality",
            (
                "upper-tier municipalities (counties and regions)",
                "municipalités de palier supérieur (comtés et régions)",
            ),
            ("your upper-tier municipality", "votre municipalité de palier supérieur"),
        ),
        _class("first-nation", ("First Nations", "Premières Nations"), ("a First Nation", "une Première Nation")),
        _class(
            "indigenous-organization",
            ("Indigenous organizations", "organismes autochtones"),
            ("an Indigenous organization", "un organisme autochtone"),
            partner=True,
        ),
        _class(
            "police-service",
            ("police services", "services de police"),
            ("your police service", "votre service de police"),
            partner=True,
        ),
        _class(
            "police-board",
            ("police service boards", "commissions de services policiers"),
            ("your police service board", "votre commission de services policiers"),
            partner=True,
        ),
        _class(
            "non-profit",
            ("non-profit organizations", "organismes sans but lucratif"),
            ("a non-profit organization", "un organisme sans but lucratif"),
            partner=True,
        ),
        _class(
            "charity",
            ("registered charities", "organismes de bienfaisance enregistrés"),
            ("a registered charity", "un organisme de bienfaisance enregistré"),
            partner=True,
        ),
        _class(
            "qualified-donee",
            (
                "qualified donees (municipalities and First Nations on the tax agency’s list count)",
                "donataires reconnus (dont municipalités et Premières Nations inscrites auprès de l’Agence du revenu)",
            ),
            ("a qualified donee", "un donataire reconnu"),
            partner=True,
            holds=("charity",),
        ),
        _class(
            "school-board",
            ("school boards", "conseils scolaires"),
            ("your school board", "votre conseil scolaire"),
            partner=True,
        ),
        _class(
            "school-council",
            ("school councils", "conseils d’école"),
            ("a school council", "un conseil d’école"),
            partner=True,
        ),
        _class(
            "post-secondary",
            ("colleges and universities", "collèges et universités"),
            ("a college or university", "un collège ou une université"),
            partner=True,
        ),
        _class(
            "health-organization",
            ("health organizations", "organismes de santé"),
            ("a health organization", "un organisme de santé"),
            partner=True,
        ),
        _class(
            "dssab-cmsm",
            (
                "service managers (municipal service managers and district social services boards)",
                "gestionnaires de services (municipaux ou conseils d’administration de district des services sociaux)",
            ),
            ("your service manager", "votre gestionnaire de services"),
            partner=True,
        ),
        _class(
            "library",
            ("public libraries", "bibliothèques publiques"),
            ("your public library", "votre bibliothèque publique"),
            partner=True,
        ),
        _class(
            "conservation-authority",
            ("conservation authorities", "offices de protection de la nature"),
            ("your conservation authority", "votre office de protection de la nature"),
            partner=True,
        ),
        _class(
            "unincorporated-group",
            ("unincorporated community groups", "groupes communautaires non constitués en personne morale"),
            ("an unincorporated community group", "un groupe communautaire non constitué en personne morale"),
            partner=True,
        ),
        _class(
            "collaborative",
            ("collaboratives of organizations", "collectifs d’organismes"),
            ("a collaborative of organizations", "un collectif d’organismes"),
            partner=True,
        ),
        _class(
            "place-of-worship",
            ("places of worship and faith groups", "lieux de culte et groupes confessionnels"),
            ("a place of worship or faith group", "un lieu de culte ou un groupe confessionnel"),
            partner=True,
        ),
        _class("cooperative", ("co-operatives", "coopératives"), ("a co-operative", "une coopérative"), partner=True),
        _class(
            "child-care-centre",
            ("child care centres", "centres de garde d’enfants"),
            ("a child care centre", "un centre de garde d’enfants"),
            partner=True,
        ),
        _class(
            "cultural-institution",
            ("cultural institutions", "établissements culturels"),
            ("a cultural institution", "un établissement culturel"),
            partner=True,
        ),
        _class(
            "fire-department",
            ("fire departments", "services d’incendie"),
            ("your fire department", "votre service d’incendie"),
            partner=True,
        ),
        _class(
            "paramedic-service",
            ("paramedic services", "services paramédicaux"),
            ("your paramedic service", "votre service paramédical"),
            partner=True,
        ),
        _class(
            "municipal-corporation",
            (
                "corporations or agencies owned by a municipality",
                "sociétés ou organismes appartenant à une municipalité",
            ),
            (
                "a corporation or agency that a municipality owns",
                "une société ou un organisme appartenant à une municipalité",
            ),
            partner=True,
        ),
        _class(
            "public-body",
            ("other public sector bodies", "autres organismes du secteur public"),
            ("another public sector body", "un autre organisme du secteur public"),
            partner=True,
        ),
        _class(
            "community-futures",
            ("Community Futures development corporations", "sociétés d’aide au développement des collectivités"),
            (
                "your Community Futures development corporation",
                "votre société d’aide au développement des collectivités",
            ),
            partner=True,
        ),
        _class(
            "training-provider",
            ("training providers", "fournisseurs de formation"),
            ("a training provider", "un fournisseur de formation"),
            partner=True,
        ),
        _class(
            "association",
            (
                "industry, professional or national associations",
                "associations sectorielles, professionnelles ou nationales",
            ),
            (
                "an industry, professional or national association",
                "une association sectorielle, professionnelle ou nationale",
            ),
            partner=True,
        ),
        _class("union", ("unions", "syndicats"), ("a union", "un syndicat"), partner=True),
        _class(
            "local-services-board",
            ("local services boards", "régies locales des services publics"),
            ("a local services board", "une régie locale des services publics"),
        ),
        _class("private-school", ("private schools", "écoles privées"), ("a private school", "une école privée")),
        _class("business", ("businesses", "entreprises"), ("a business", "une entreprise")),
        _class("individual", ("individuals", "particuliers"), ("a person", "une personne")),
        _class(
            "province-territory",
            ("provinces and territories", "provinces et territoires"),
            ("a province or territory", "une province ou un territoire"),
        ),
    )
}


def holds(accepted: Iterable[str], held: frozenset[str]) -> bool:
    """Tell whether who is of the classes ``held`` is of one of the ``accepted`` classes, narrower ones included."""
    return any(code in held or not held.isdisjoint(APPLICANT_CLASSES[code].holds) for code in accepted)
