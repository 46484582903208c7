"""The KPIs of revenue and growth."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from models.kpis.customer_facts import RECURRING, REPS, figures
from models.kpis.deal_facts import (
    EXPANSIONS,
    EXPECTED,
    WON_DEALS,
    WON_FROM_CUSTOMERS,
    WON_NEW_DEALS,
)
from models.kpis.figure import Aim, Count, Formula, Growth, Mean, Quotient, Total
from models.kpis.kpi import Kpi, Variant, Words


def of_a_year(mrr: float) -> float:
    """What comes in each month, over twelve of them."""
    return 12 * mrr


REVENUE: tuple[Kpi, ...] = (
    Kpi(
        number=1,
        slug="sales_revenue",
        family="revenue",
        name=Words("Sales revenue", "Chiffre d’affaires"),
        definition=Words(
            "What the deals won in the period brought in, at the amount they were signed for, "
            "discounts taken off. Open and lost deals are not counted.",
            "Ce que rapportent les affaires gagnées dans la période, au montant signé, remises "
            "déduites. Les affaires ouvertes ou perdues ne comptent pas.",
        ),
        formula=Words(
            "sum of the amounts of the deals won in the period",
            "somme des montants des affaires gagnées dans la période",
        ),
        unit="money",
        better="higher",
        figure=Total(WON_DEALS),
        source="S0 #1, S1 l.169, S3 l.6, 23, 45-47, S4 l.8, 15; proposal",
        needs=("deals",),
        aliases=(
            "Revenue",
            "Turnover",
            "Sales",
            "CA",
            "Ventes",
            "Revenus des ventes",
            "Chiffre d’affaires total",
            "Chiffre d’affaires mensuel",
            "Chiffre d’affaires trimestriel",
        ),
        companions=("target_attainment", "sales_growth"),
    ),
    Kpi(
        number=2,
        slug="sales_growth",
        family="revenue",
        name=Words("Sales growth", "Croissance du chiffre d’affaires"),
        definition=Words(
            "How much more was won than in the period before, as a share of what was won then. "
            "Unknown when nothing was won before.",
            "Ce qui a été gagné de plus que dans la période précédente, rapporté à ce qui l’avait "
            "été alors. Inconnue quand rien n’avait été gagné avant.",
        ),
        formula=Words(
            "(revenue of the period − revenue of the period before) / revenue of the period before",
            "(chiffre d’affaires de la période − chiffre d’affaires de la période précédente) / "
            "chiffre d’affaires de la période précédente",
        ),
        unit="share",
        better="higher",
        figure=Growth(Total(WON_DEALS)),
        source="S0 #2, S1 l.170, S3 l.38",
        needs=("deals",),
        aliases=(
            "Sales growth rate",
            "Revenue growth",
            "Taux de croissance des ventes",
            "Taux de croissance du chiffre d’affaires",
        ),
        companions=("sales_revenue",),
    ),
    Kpi(
        number=3,
        slug="monthly_sales_growth",
        family="revenue",
        name=Words("Monthly sales growth", "Croissance mensuelle des ventes"),
        definition=Words(
            "How much more was won in the last month of the period than in the month before. "
            "Unknown when nothing was won in the month before.",
            "Ce qui a été gagné de plus dans le dernier mois de la période que dans le mois "
            "d’avant. Inconnue quand rien n’a été gagné le mois d’avant.",
        ),
        formula=Words(
            "(revenue of the last month − revenue of the month before) / "
            "revenue of the month before",
            "(chiffre d’affaires du dernier mois − chiffre d’affaires du mois précédent) / "
            "chiffre d’affaires du mois précédent",
        ),
        unit="share",
        better="higher",
        figure=Growth(Total(WON_DEALS), monthly=True),
        source="S0 #18, S1 #1",
        needs=("deals",),
        aliases=(
            "Month-over-month growth",
            "Monthly growth of managed accounts",
            "Croissance mensuelle du chiffre d’affaires",
            "Croissance des ventes mensuelles",
        ),
        variants={
            "existing": Variant(
                Words(
                    "(revenue of the last month from existing customers − that of the month "
                    "before) / revenue of the month before from existing customers",
                    "(chiffre d’affaires du dernier mois avec les clients existants − celui du "
                    "mois précédent) / chiffre d’affaires du mois précédent avec les clients "
                    "existants",
                ),
                Growth(Total(WON_FROM_CUSTOMERS), monthly=True),
            )
        },
        companions=("sales_growth",),
    ),
    Kpi(
        number=4,
        slug="sales_by_region",
        family="revenue",
        name=Words("Sales by region", "Ventes par région"),
        definition=Words(
            "What the deals won in the period brought in, region by region. "
            "Open and lost deals are not counted.",
            "Ce que rapportent les affaires gagnées dans la période, région par région. "
            "Les affaires ouvertes ou perdues ne comptent pas.",
        ),
        formula=Words(
            "sum of the amounts of the deals won in the period, by region of the deal",
            "somme des montants des affaires gagnées dans la période, par région de l’affaire",
        ),
        unit="money",
        better="higher",
        figure=Total(WON_DEALS),
        source="S0 #3, S1 #10, l.14-16; proposal",
        needs=("deals",),
        aliases=(
            "Sales volume by location",
            "Revenue by region",
            "Volume des ventes par emplacement",
            "Chiffre d’affaires par région",
        ),
        by="region",
    ),
    Kpi(
        number=5,
        slug="sales_per_rep",
        family="revenue",
        name=Words("Sales per rep", "Chiffre d’affaires par commercial"),
        definition=Words(
            "What was won, divided by the number of reps. Reps who have left, or who were hired "
            "after the period, are not counted; those who won nothing are.",
            "Ce qui a été gagné, divisé par le nombre de commerciaux. Ceux qui sont partis ou "
            "arrivés après la période ne comptent pas ; ceux qui n’ont rien gagné comptent.",
        ),
        formula=Words(
            "revenue of the period / number of reps",
            "chiffre d’affaires de la période / nombre de commerciaux",
        ),
        unit="money",
        better="higher",
        figure=Quotient(Total(WON_DEALS), Count(REPS)),
        source="S1 #9, l.171, S3 l.10",
        needs=("deals", "reps"),
        aliases=(
            "Revenue per rep",
            "Sales per representative",
            "Ventes par représentant",
            "Ventes par commercial",
            "Chiffre d’affaires généré par un commercial",
        ),
    ),
    Kpi(
        number=6,
        slug="team_revenue",
        family="revenue",
        name=Words("Team revenue", "Chiffre d’affaires par équipe"),
        definition=Words(
            "What the deals won in the period brought in, team by team: a deal counts for the "
            "team its rep belongs to. Open and lost deals are not counted.",
            "Ce que rapportent les affaires gagnées dans la période, équipe par équipe : une "
            "affaire compte pour l’équipe de son commercial. Les affaires ouvertes ou perdues "
            "ne comptent pas.",
        ),
        formula=Words(
            "sum of the amounts of the deals won in the period, by team of the rep",
            "somme des montants des affaires gagnées dans la période, par équipe du commercial",
        ),
        unit="money",
        better="higher",
        figure=Total(WON_DEALS),
        source="S3 l.19, S0 l.31; proposal",
        needs=("deals", "reps"),
        aliases=("Revenue by team", "Chiffre d’affaires total généré par une équipe"),
        by="team",
    ),
    Kpi(
        number=7,
        slug="new_customer_revenue",
        family="revenue",
        name=Words("New-customer revenue", "Chiffre d’affaires des nouveaux clients"),
        definition=Words(
            "What the first deals of new customers brought in. Upsell, cross-sell and renewals "
            "are not counted.",
            "Ce que rapportent les premières affaires des nouveaux clients. Les ventes "
            "additionnelles, les ventes croisées et les renouvellements ne comptent pas.",
        ),
        formula=Words(
            "sum of the amounts of the deals won with new customers in the period",
            "somme des montants des affaires gagnées avec de nouveaux clients dans la période",
        ),
        unit="money",
        better="higher",
        figure=Total(WON_NEW_DEALS),
        source="S0 l.14; proposal",
        needs=("deals",),
        aliases=(
            "New business",
            "Revenue from new customers",
            "Chiffre d’affaires généré par les nouveaux clients",
        ),
        companions=("expansion_revenue",),
    ),
    Kpi(
        number=8,
        slug="mrr",
        family="revenue",
        name=Words("Monthly recurring revenue (MRR)", "Revenu récurrent mensuel (MRR)"),
        definition=Words(
            "What subscriptions bring in each month, as they run on the last day of the period. "
            "One-off sales and subscriptions that have ended are not counted.",
            "Ce que les abonnements rapportent chaque mois, tels qu’ils courent le dernier jour "
            "de la période. Les ventes ponctuelles et les abonnements terminés ne comptent pas.",
        ),
        formula=Words(
            "sum of the monthly prices of the subscriptions running at the end of the period",
            "somme des prix mensuels des abonnements en cours à la fin de la période",
        ),
        unit="money",
        better="higher",
        figure=Total(RECURRING),
        source="S0 #19, S1 #11, S3 l.39",
        needs=("subscriptions",),
        aliases=("Revenus récurrents mensuels", "Recettes mensuelles récurrentes"),
        companions=("arr", "arpa"),
    ),
    Kpi(
        number=9,
        slug="arr",
        family="revenue",
        name=Words("Annual recurring revenue (ARR)", "Revenu récurrent annuel (ARR)"),
        definition=Words(
            "What the subscriptions running on the last day of the period would bring in over a "
            "year if nothing changed. One-off sales are not counted.",
            "Ce que les abonnements en cours le dernier jour de la période rapporteraient en un "
            "an si rien ne changeait. Les ventes ponctuelles ne comptent pas.",
        ),
        formula=Words(
            "12 × monthly recurring revenue at the end of the period",
            "12 × revenu récurrent mensuel à la fin de la période",
        ),
        unit="money",
        better="higher",
        figure=Formula({"mrr": Total(RECURRING)}, of_a_year),
        source="S1 l.87; proposal",
        needs=("subscriptions",),
        aliases=("Yearly recurring revenue", "Revenus mensuels annuels"),
        companions=("mrr",),
    ),
    Kpi(
        number=10,
        slug="expansion_revenue",
        family="revenue",
        name=Words("Expansion revenue", "Chiffre d’affaires additionnel des clients existants"),
        definition=Words(
            "What customers were sold on top of what they had: more of it (upsell) or something "
            "else (cross-sell). Renewals are not counted.",
            "Ce qui a été vendu aux clients en plus de ce qu’ils avaient : davantage (vente "
            "additionnelle) ou autre chose (vente croisée). Les renouvellements ne comptent pas.",
        ),
        formula=Words(
            "sum of the amounts of the upsell and cross-sell deals won in the period",
            "somme des montants des ventes additionnelles et croisées gagnées dans la période",
        ),
        unit="money",
        better="higher",
        figure=Total(EXPANSIONS),
        source="S0 #16, S1 l.11; proposal",
        needs=("deals",),
        aliases=(
            "Upsell revenue",
            "Cross-sell revenue",
            "Revenus d’expansion",
            "Chiffre d’affaires généré par les ventes incitatives",
            "Ventes additionnelles",
            "Montée en gamme",
        ),
        companions=("upsell_rate",),
    ),
    Kpi(
        number=11,
        slug="revenue_per_employee",
        family="revenue",
        name=Words("Revenue per employee", "Chiffre d’affaires par salarié"),
        definition=Words(
            "What was won for each person the company employs, sellers or not. The number of "
            "employees is the mean of the months of the period.",
            "Ce qui a été gagné pour chaque salarié de l’entreprise, commercial ou non. "
            "L’effectif est la moyenne des mois de la période.",
        ),
        formula=Words(
            "revenue of the period / mean number of employees over its months",
            "chiffre d’affaires de la période / effectif moyen de ses mois",
        ),
        unit="money",
        better="higher",
        figure=Quotient(Total(WON_DEALS), Mean(figures("headcount"))),
        source="S2 #8; proposal",
        needs=("deals", "figures"),
        aliases=("Revenue per head", "Chiffre d’affaires par employé"),
    ),
    Kpi(
        number=12,
        slug="target_attainment",
        family="revenue",
        name=Words("Sales target attainment", "Atteinte des objectifs de vente"),
        definition=Words(
            "What was won against what was to be won in the same months. A target left empty is "
            "not counted as a target of zero.",
            "Ce qui a été gagné, rapporté à ce qui devait l’être dans les mêmes mois. Un objectif "
            "laissé vide n’est pas compté comme un objectif de zéro.",
        ),
        formula=Words(
            "revenue of the period / sum of the sales targets of its months",
            "chiffre d’affaires de la période / somme des objectifs de vente de ses mois",
        ),
        unit="share",
        better="higher",
        figure=Quotient(Total(WON_DEALS), Aim("sales_revenue")),
        source="S1 #17, S3 l.11, S0 #1",
        needs=("deals", "targets"),
        aliases=(
            "Quota attainment",
            "Sales target",
            "Taux d’atteinte des objectifs",
            "Taux de réalisation des objectifs",
            "Taux de réalisation des objectifs collectifs",
            "Quota",
        ),
        companions=("sales_revenue", "forecast"),
    ),
    Kpi(
        number=13,
        slug="forecast",
        family="revenue",
        name=Words("Sales forecast", "Prévision des ventes"),
        definition=Words(
            "What the deals open at the end of the period should bring in: each amount times how "
            "often deals that reached that stage were won. Deals already won are not counted.",
            "Ce que devraient rapporter les affaires ouvertes à la fin de la période : chaque "
            "montant, multiplié par la part gagnée des affaires passées par cette étape. Les "
            "affaires déjà gagnées ne comptent pas.",
        ),
        formula=Words(
            "sum over the open deals of amount × (deals won / deals won or lost, among those "
            "that entered the same stage)",
            "somme, sur les affaires ouvertes, de montant × (affaires gagnées / affaires gagnées "
            "ou perdues, parmi celles entrées dans la même étape)",
        ),
        unit="money",
        better="higher",
        figure=Total(EXPECTED),
        source="S4 l.13, S1 l.26, 43; proposal",
        needs=("deals", "stage_history"),
        aliases=(
            "Weighted pipeline",
            "Pipeline revenue",
            "Prévisions de vente",
            "Revenus des ventes du pipeline",
            "Pipeline pondéré",
        ),
        companions=("pipeline_value",),
    ),
)
