"""The KPIs of the pipeline: what comes in, what is under way, what deals are worth and take."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from models.kpis.activity_facts import LEADS
from models.kpis.deal_facts import CYCLES, OPEN_DEALS, OPENED_DEALS, PROPOSALS, WON_DEALS
from models.kpis.figure import Count, Mean, Median, Total
from models.kpis.kpi import Kpi, Variant, Words

PIPELINE: tuple[Kpi, ...] = (
    Kpi(
        number=14,
        slug="new_leads",
        family="pipeline",
        name=Words("New leads", "Nouveaux prospects"),
        definition=Words(
            "The leads that came in during the period. Someone who came twice counts twice.",
            "Les prospects arrivés dans la période. Une personne venue deux fois compte deux fois.",
        ),
        formula=Words(
            "number of leads that came in during the period",
            "nombre de prospects arrivés dans la période",
        ),
        unit="count",
        better="higher",
        figure=Count(LEADS),
        source="S0 #6, S3 l.45, 50-51, S4 l.1; proposal",
        needs=("leads",),
        aliases=(
            "Leads generated",
            "Lead generation",
            "Nouveaux leads",
            "Nombre de leads générés",
            "Suivi des leads",
        ),
        companions=("lead_conversion",),
    ),
    Kpi(
        number=15,
        slug="opportunities_created",
        family="pipeline",
        name=Words("Opportunities created", "Opportunités créées"),
        definition=Words(
            "The deals opened in the period, whatever became of them. Leads without a deal are "
            "not counted.",
            "Les affaires ouvertes dans la période, quelle qu’en soit la suite. Les prospects sans "
            "affaire ne comptent pas.",
        ),
        formula=Words(
            "number of deals opened in the period",
            "nombre d’affaires ouvertes dans la période",
        ),
        unit="count",
        better="higher",
        figure=Count(OPENED_DEALS),
        source="S0 #11, S1 #3, S4 l.1; proposal",
        needs=("deals",),
        aliases=(
            "Sales opportunities",
            "Deals created",
            "New deals",
            "Opportunités de vente",
            "Affaires créées",
            "Suivi des opportunités créées",
        ),
        companions=("pipeline_value",),
    ),
    Kpi(
        number=16,
        slug="pipeline_value",
        family="pipeline",
        name=Words("Pipeline value", "Valeur du pipeline"),
        definition=Words(
            "The full amounts of the deals open at the end of the period, as if all were won. "
            "Deals already won or lost are not counted.",
            "Les montants entiers des affaires ouvertes à la fin de la période, comme si toutes "
            "étaient gagnées. Les affaires déjà gagnées ou perdues ne comptent pas.",
        ),
        formula=Words(
            "sum of the amounts of the deals open at the end of the period",
            "somme des montants des affaires ouvertes à la fin de la période",
        ),
        unit="money",
        better="higher",
        figure=Total(OPEN_DEALS),
        source="S1 #4, S0 l.31",
        needs=("deals",),
        aliases=(
            "Sales pipeline",
            "Open pipeline",
            "Unweighted pipeline",
            "Pipeline commercial",
            "Portefeuille d’affaires en cours",
        ),
        companions=("forecast",),
    ),
    Kpi(
        number=17,
        slug="proposals_sent",
        family="pipeline",
        name=Words("Proposals sent", "Propositions commerciales envoyées"),
        definition=Words(
            "The formal proposals sent in the period. Quotes are not counted.",
            "Les propositions commerciales envoyées dans la période. Les devis ne comptent pas.",
        ),
        formula=Words(
            "number of proposals sent in the period",
            "nombre de propositions commerciales envoyées dans la période",
        ),
        unit="count",
        better="higher",
        figure=Count(PROPOSALS),
        source="S0 #12; proposal",
        needs=("deals",),
        aliases=("Offers sent", "Formal offers", "Propositions envoyées", "Offres envoyées"),
        companions=("quote_to_close",),
    ),
    Kpi(
        number=18,
        slug="deals_won",
        family="pipeline",
        name=Words("Deals won", "Affaires gagnées"),
        definition=Words(
            "The deals won in the period. A deal that was lost, reopened and then won counts "
            "once, as won.",
            "Les affaires gagnées dans la période. Une affaire perdue, rouverte puis gagnée "
            "compte une seule fois, comme gagnée.",
        ),
        formula=Words(
            "number of deals won in the period",
            "nombre d’affaires gagnées dans la période",
        ),
        unit="count",
        better="higher",
        figure=Count(WON_DEALS),
        source="S0 #9, S3 l.10, 15, S4 l.15; proposal",
        needs=("deals",),
        aliases=(
            "Deals closed",
            "Closed won",
            "Number of sales",
            "Offres clôturées",
            "Offre correspondante",
            "Transactions conclues",
            "Nombre de ventes réalisées",
            "Nombre de transactions réalisées",
        ),
        companions=("win_rate", "average_deal"),
    ),
    Kpi(
        number=26,
        slug="sales_cycle_days",
        family="pipeline",
        name=Words("Sales cycle length", "Durée du cycle de vente"),
        definition=Words(
            "The days a sale takes, from the first contact to the day it is won. Open and lost "
            "deals are not counted.",
            "Le nombre de jours que prend une vente, du premier contact au jour où elle est "
            "gagnée. Les affaires ouvertes ou perdues ne comptent pas.",
        ),
        formula=Words(
            "sum of the days from first contact to closing / number of deals won in the period; "
            "first contact is the one noted or the first call, whichever came first, else the "
            "day the deal was opened",
            "somme des jours du premier contact à la clôture / nombre d’affaires gagnées dans la "
            "période ; le premier contact est celui qui a été noté ou le premier appel, selon ce "
            "qui est venu d’abord, sinon le jour où l’affaire a été ouverte",
        ),
        unit="days",
        better="lower",
        figure=Mean(CYCLES),
        source="S0 #5, l.27, S1 #13, S2 #3, S4 l.11",
        needs=("deals",),
        aliases=(
            "Sales cycle",
            "Average sales cycle",
            "Time to close",
            "Durée moyenne du cycle de vente",
            "Cycle de vente",
            "Délai de clôture",
        ),
        variants={
            "median": Variant(
                Words(
                    "the days from first contact to closing that half of the deals won in the "
                    "period stay under",
                    "le nombre de jours du premier contact à la clôture que la moitié des "
                    "affaires gagnées dans la période ne dépasse pas",
                ),
                Median(CYCLES),
            )
        },
    ),
    Kpi(
        number=27,
        slug="average_deal",
        family="pipeline",
        name=Words("Average deal value", "Montant moyen des affaires gagnées"),
        definition=Words(
            "What a deal that is won is worth on average. Deals whose amount is not known are "
            "left out and shown as missing.",
            "Ce que vaut en moyenne une affaire gagnée. Les affaires sans montant connu sont "
            "laissées de côté et indiquées comme manquantes.",
        ),
        formula=Words(
            "revenue of the period / number of deals won with a known amount",
            "chiffre d’affaires de la période / nombre d’affaires gagnées au montant connu",
        ),
        unit="money",
        better="higher",
        figure=Mean(WON_DEALS),
        source="S0 l.25, S1 #8, S2 #2, S3 l.12, 45, 53",
        needs=("deals",),
        aliases=(
            "Average basket",
            "Average purchase value",
            "Average sale",
            "Deal size",
            "Valeur moyenne d’achat",
            "Valeur moyenne des ventes",
            "Panier moyen",
            "Montant moyen des transactions",
        ),
        companions=("deals_won",),
    ),
)
