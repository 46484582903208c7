"""The KPIs of conversion: how much of what comes in, is quoted or is tried becomes a sale."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from sqlmodel import col

from models.kpis.activity_facts import (
    ACTIVITIES,
    BECAME_CUSTOMER,
    CALLS_OF_DEALS,
    LEADS,
    MARKETING_LEADS,
    PROSPECT_BOUGHT,
    PROSPECTS,
    QUALIFIED_LEADS,
)
from models.kpis.call_facts import DEAL_WAS_HEARD, DEALS_OF_CALLS
from models.kpis.customer_facts import figures
from models.kpis.deal_facts import (
    CLOSED_DEALS,
    IS_WON,
    OPENED_DEALS,
    QUOTE_WAS_CLOSED,
    QUOTES,
    STAGES_ENTERED,
    WON_DEALS,
)
from models.kpis.figure import Count, Quotient, Share, Total
from models.kpis.kpi import Kpi, Variant, Words
from models.tables import StageChange

_CONVERSIONS = LEADS.only(BECAME_CUSTOMER, name="leads_converted")
_WON_AND_HEARD = WON_DEALS.only(DEAL_WAS_HEARD, name="won_deals_recorded")

CONVERSION: tuple[Kpi, ...] = (
    Kpi(
        number=19,
        slug="quote_to_close",
        family="pipeline",
        name=Words("Quote-to-close ratio", "Taux de transformation des devis"),
        definition=Words(
            "How many of the quotes sent in the period became a sale. Only the last quote of a "
            "deal can; one whose deal is still open counts as not closed yet.",
            "Combien de devis envoyés dans la période sont devenus une vente. Seul le dernier "
            "devis d’une affaire le peut ; celui d’une affaire encore ouverte compte comme pas "
            "encore conclu.",
        ),
        formula=Words(
            "quotes that won their deal / quotes sent in the period",
            "devis ayant abouti à une affaire gagnée / devis envoyés dans la période",
        ),
        unit="share",
        better="higher",
        figure=Share(QUOTES, QUOTE_WAS_CLOSED),
        source="S1 #18; proposal",
        needs=("deals",),
        aliases=(
            "Quote to close",
            "Quotes won",
            "Ratio devis / clôture",
            "Ratio devis-clôture",
            "Devis / chiffre d’affaires",
            "Devis signés",
        ),
        companions=("proposals_sent",),
    ),
    Kpi(
        number=20,
        slug="close_ratio",
        family="pipeline",
        name=Words("Close ratio (of prospects)", "Taux de clôture (sur les prospects distincts)"),
        definition=Words(
            "How many of the people who first came in the period have bought since. Each person "
            "counts once; one whose deal is still open counts as not closed yet.",
            "Combien de personnes venues pour la première fois dans la période ont acheté "
            "depuis. Chacune compte une fois ; celle dont l’affaire est encore ouverte compte "
            "comme pas encore conclue.",
        ),
        formula=Words(
            "prospects with a deal won / all prospects of the period, one for each e-mail address",
            "prospects distincts ayant une affaire gagnée / tous les prospects distincts de la "
            "période, un par adresse e-mail",
        ),
        unit="share",
        better="higher",
        figure=Share(PROSPECTS, PROSPECT_BOUGHT),
        source="S0 #4; proposal",
        needs=("leads", "deals"),
        aliases=(
            "Closing rate",
            "Close rate",
            "Success rate",
            "Ratio de clôture",
            "Taux de closing",
            "Taux de réussite",
            "Ratio rapproché",
        ),
        companions=("win_rate", "lead_conversion"),
    ),
    Kpi(
        number=21,
        slug="win_rate",
        family="pipeline",
        name=Words("Win rate (of deals won or lost)", "Taux de gain (sur les affaires closes)"),
        definition=Words(
            "How many of the deals decided in the period were won. Open deals are not counted "
            "as lost.",
            "Combien d’affaires décidées dans la période ont été gagnées. Les affaires "
            "ouvertes ne sont pas comptées comme perdues.",
        ),
        formula=Words(
            "deals won / (deals won + deals lost) in the period",
            "affaires gagnées / (affaires gagnées + affaires perdues) dans la période",
        ),
        unit="share",
        better="higher",
        figure=Share(CLOSED_DEALS, IS_WON),
        source="S0 #22",
        needs=("deals",),
        aliases=(
            "Win-loss ratio",
            "Wins and losses",
            "Ratio victoires-pertes",
            "Ratio victoires-pertes des transactions",
            "Ratio gains-pertes",
            "Taux de victoire",
            "Taux d’affaires gagnées",
        ),
        as_odds=True,
        companions=("deals_won", "close_ratio"),
    ),
    Kpi(
        number=22,
        slug="lead_conversion",
        family="pipeline",
        name=Words("Conversion rate (of leads)", "Taux de conversion (sur les prospects reçus)"),
        definition=Words(
            "How many of the leads that came in during the period have become customers since. "
            "Those still undecided count as not converted yet.",
            "Combien de prospects reçus dans la période sont devenus clients depuis. Ceux qui "
            "n’ont pas encore décidé comptent comme pas encore convertis.",
        ),
        formula=Words(
            "leads that became customers / leads that came in during the period",
            "prospects devenus clients / prospects reçus dans la période",
        ),
        unit="share",
        better="higher",
        figure=Share(LEADS, BECAME_CUSTOMER),
        source="S1 #5, S2 #1, S3 l.10, 12, 16, 49, S0 l.19, 27, 29",
        needs=("leads", "accounts"),
        aliases=(
            "Lead conversion rate",
            "Conversion",
            "Taux de conversion des prospects",
            "Taux de conversion",
            "Taux de transformation",
        ),
        variants={
            "visitors": Variant(
                Words(
                    "leads of the period that became customers / visitors of its months",
                    "prospects de la période devenus clients / visiteurs de ses mois",
                ),
                Quotient(Count(_CONVERSIONS), Total(figures("visitors"))),
            )
        },
        companions=("new_leads", "close_ratio"),
    ),
    Kpi(
        number=23,
        slug="sql_to_customer",
        family="pipeline",
        name=Words("SQL-to-customer rate", "Taux de conversion SQL-client"),
        definition=Words(
            "How many of the leads that sales took on (sales-qualified leads, SQL) in the period "
            "have become customers since. Leads that sales never took on are not counted.",
            "Combien de prospects retenus par les ventes (SQL) dans la période sont devenus "
            "clients depuis. Ceux que les ventes n’ont pas retenus ne comptent pas.",
        ),
        formula=Words(
            "sales-qualified leads that became customers / leads qualified by sales in the period",
            "prospects qualifiés par les ventes devenus clients / prospects qualifiés par les "
            "ventes dans la période",
        ),
        unit="share",
        better="higher",
        figure=Share(QUALIFIED_LEADS, BECAME_CUSTOMER),
        source="S0 #20",
        needs=("leads", "accounts"),
        aliases=(
            "Sales-qualified leads",
            "SQL to customer conversion",
            "Prospects qualifiés par les ventes",
            "Conversion des SQL en clients",
        ),
        companions=("mql_to_customer",),
    ),
    Kpi(
        number=24,
        slug="mql_to_customer",
        family="pipeline",
        name=Words("MQL-to-customer rate", "Taux de conversion MQL-client"),
        definition=Words(
            "How many of the leads that marketing picked (marketing-qualified leads, MQL) in the "
            "period have become customers since. Leads that marketing never picked are not "
            "counted.",
            "Combien de prospects retenus par le marketing (MQL) dans la période sont devenus "
            "clients depuis. Ceux que le marketing n’a pas retenus ne comptent pas.",
        ),
        formula=Words(
            "marketing-qualified leads that became customers / leads qualified by marketing in "
            "the period",
            "prospects qualifiés par le marketing devenus clients / prospects qualifiés par le "
            "marketing dans la période",
        ),
        unit="share",
        better="higher",
        figure=Share(MARKETING_LEADS, BECAME_CUSTOMER),
        source="S0 #28",
        needs=("leads", "accounts"),
        aliases=(
            "Marketing-qualified leads",
            "MQL to customer conversion",
            "Prospects qualifiés par le marketing",
            "Conversion des MQL en clients",
        ),
        companions=("sql_to_customer",),
    ),
    Kpi(
        number=25,
        slug="stage_conversion",
        family="pipeline",
        name=Words("Stage conversion", "Taux de passage à l’étape suivante"),
        definition=Words(
            "How many of the deals that entered a stage in the period then moved forward. Going "
            "back counts as not moving forward; deals still in the stage are not counted.",
            "Combien d’affaires entrées dans une étape dans la période ont ensuite avancé. "
            "Revenir en arrière n’est pas avancer ; les affaires encore dans l’étape ne comptent "
            "pas.",
        ),
        formula=Words(
            "deals that left the stage forward / deals that entered it for the first time in the "
            "period and have left it",
            "affaires sorties de l’étape vers l’avant / affaires entrées pour la première fois "
            "dans l’étape dans la période et qui en sont sorties",
        ),
        unit="share",
        better="higher",
        figure=Share(STAGES_ENTERED, col(StageChange.went_forward)),
        source="S4 l.14; proposal",
        needs=("deals", "stage_history"),
        aliases=(
            "Stage conversion probability",
            "Stage-by-stage conversion",
            "Pipeline conversion",
            "Probabilités de conversion des prospects",
            "Probabilité de conversion par phase du pipeline",
            "Conversion par étape",
        ),
        by="stage",
        companions=("forecast",),
    ),
    Kpi(
        number=28,
        slug="call_to_close",
        family="pipeline",
        name=Words("Call-to-close ratio", "Affaires gagnées par appel"),
        definition=Words(
            "The deals won for the calls made in the same period. Calls that belong to no deal "
            "are not counted.",
            "Les affaires gagnées, rapportées aux appels passés dans la même période. Les appels "
            "qui n’appartiennent à aucune affaire ne comptent pas.",
        ),
        formula=Words(
            "deals won in the period / calls logged for deals in the period",
            "affaires gagnées dans la période / appels notés pour des affaires dans la période",
        ),
        unit="share",
        better="higher",
        figure=Quotient(Count(WON_DEALS), Count(CALLS_OF_DEALS)),
        source="S0 l.27; proposal",
        needs=("deals", "activities"),
        aliases=(
            "Calls per close",
            "Call to close",
            "Ratio d’appels par rapport à la clôture",
            "Ratio appels-clôture",
        ),
        variants={
            "recorded": Variant(
                Words(
                    "deals won in the period that have a recorded call / recorded calls of deals "
                    "in the period",
                    "affaires gagnées dans la période ayant un appel enregistré / appels "
                    "enregistrés d’affaires dans la période",
                ),
                Quotient(Count(_WON_AND_HEARD), Count(DEALS_OF_CALLS)),
            )
        },
        companions=("calls_per_won_deal",),
    ),
    Kpi(
        number=29,
        slug="activity_success",
        family="pipeline",
        name=Words("Sales-activity success rate", "Taux de réussite des activités commerciales"),
        definition=Words(
            "The deals opened for the calls, e-mails, follow-ups and LinkedIn messages of the "
            "same period. Meetings are not counted as activities.",
            "Les affaires ouvertes, rapportées aux appels, e-mails, relances et messages LinkedIn "
            "de la même période. Les rendez-vous ne comptent pas comme activités.",
        ),
        formula=Words(
            "deals opened in the period / activities of the period",
            "affaires ouvertes dans la période / activités de la période",
        ),
        unit="share",
        better="higher",
        figure=Quotient(Count(OPENED_DEALS), Count(ACTIVITIES)),
        source="S4 l.11; proposal",
        needs=("deals", "activities"),
        aliases=(
            "Deals per activity",
            "Activities per deal",
            "Activités de vente / deals générés",
            "Activités par affaire",
        ),
        variants={
            "activities_per_deal": Variant(
                Words(
                    "activities of the period / deals opened in the period",
                    "activités de la période / affaires ouvertes dans la période",
                ),
                Quotient(Count(ACTIVITIES), Count(OPENED_DEALS)),
                unit="number",
            )
        },
        companions=("opportunities_created",),
    ),
)
