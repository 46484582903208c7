"""KPIs of customers: who stays, what they say, what they are worth."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from statistics import fmean

from sqlalchemy import not_, or_
from sqlmodel import col

from models.kpis.customer_facts import (
    BOUGHT_AGAIN,
    BOUGHT_MORE,
    CSAT,
    CUSTOMERS_AT_END,
    CUSTOMERS_AT_START,
    LEFT,
    LOYAL_AT_END,
    NPS,
    RECURRING_AT_START,
    RECURRING_LOST,
    figures,
)
from models.kpis.deal_facts import WON_NEW_DEALS
from models.kpis.figure import Count, Formula, Mean, Quotient, Share, Total
from models.kpis.kpi import Kpi, Variant, Words
from models.kpis.worth import ACQUISITION_COST, GROSS_MARGIN, LIFETIME_VALUE, LIFETIME_YEARS
from models.tables import Deal

_REPEAT = Share(CUSTOMERS_AT_START, BOUGHT_AGAIN)
_OPENED = Quotient(Total(figures("emails_opened")), Total(figures("emails_delivered")))
_LOYAL = Quotient(Total(LOYAL_AT_END, is_told=True), Count(CUSTOMERS_AT_END))
_REFERRED = WON_NEW_DEALS.only(
    or_(col(Deal.referred_by_id).is_not(None), col(Deal.channel) == "referral"),
    name="won_deals_by_referral",
)


def mean_of_known(repeat: float | None, opened: float | None, loyal: float | None) -> float | None:
    """The mean of those that are known; None when none is."""
    known = [share for share in (repeat, opened, loyal) if share is not None]
    return fmean(known) if known else None


def net_worth(worth: float, margin: float, acquisition: float) -> float:
    """What is left of a customer's worth after delivery and what winning it cost."""
    return worth * margin - acquisition


CUSTOMERS: tuple[Kpi, ...] = (
    Kpi(
        number=43,
        slug="churn",
        family="customers",
        name=Words("Churn rate", "Taux d’attrition"),
        definition=Words(
            "How many of the customers you had when the period began have left since. Those who"
            " came during the period are not counted.",
            "Combien des clients que vous aviez au début de la période sont partis depuis. Ceux"
            " qui sont arrivés pendant la période ne comptent pas.",
        ),
        formula=Words(
            "customers lost / customers at the start of the period",
            "clients perdus / clients au début de la période",
        ),
        unit="share",
        better="lower",
        figure=Share(CUSTOMERS_AT_START, LEFT),
        source="S0 #13, S1 #16, S2 #4, S3 l.20",
        needs=("accounts",),
        aliases=("Taux de désabonnement des clients", "Customer churn", "Attrition rate"),
        variants={
            "revenue": Variant(
                Words(
                    "monthly revenue lost with customers who left or pay less / monthly recurring"
                    " revenue at the start of the period",
                    "revenu mensuel perdu avec les clients partis ou qui paient moins / revenu"
                    " mensuel récurrent au début de la période",
                ),
                Quotient(Total(RECURRING_LOST), Total(RECURRING_AT_START)),
            )
        },
    ),
    Kpi(
        number=44,
        slug="retention",
        family="customers",
        name=Words("Retention rate", "Taux de rétention"),
        definition=Words(
            "How many of the customers you had when the period began are still customers. Those"
            " who came during the period are not counted.",
            "Combien des clients que vous aviez au début de la période le sont encore. Ceux qui"
            " sont arrivés pendant la période ne comptent pas.",
        ),
        formula=Words(
            "customers kept / customers at the start of the period",
            "clients gardés / clients au début de la période",
        ),
        unit="share",
        better="higher",
        figure=Share(CUSTOMERS_AT_START, not_(LEFT)),
        source="S0 #29, S1 #15, S2 #6, S3 l.12, 13, 20, 28, 55",
        needs=("accounts",),
        aliases=(
            "Taux de fidélisation",
            "Taux de rétention client",
            "Repeat-purchase rate",
            "Taux de réachat",
        ),
        variants={
            "repeat": Variant(
                Words(
                    "customers who bought again / customers at the start of the period",
                    "clients qui ont racheté / clients au début de la période",
                ),
                _REPEAT,
            )
        },
    ),
    Kpi(
        number=45,
        slug="csat",
        family="customers",
        name=Words("Customer satisfaction (CSAT)", "Satisfaction client (CSAT)"),
        definition=Words(
            "How satisfied customers say they are, from 1 to 5. Customers who did not answer are"
            " not counted.",
            "À quel point les clients se disent satisfaits, de 1 à 5. Ceux qui n’ont pas répondu"
            " ne comptent pas.",
        ),
        formula=Words("sum of scores / answers", "somme des notes / réponses"),
        unit="number",
        better="higher",
        figure=Mean(CSAT),
        source="S0 #14, S3 l.11, 13, 33, proposal",
        needs=("surveys",),
        aliases=("Score de satisfaction client", "Taux de satisfaction", "CSAT"),
    ),
    Kpi(
        number=46,
        slug="nps",
        family="customers",
        name=Words("Net Promoter Score (NPS)", "Net Promoter Score (NPS)"),
        definition=Words(
            "How many more customers would recommend you (9 or 10) than would not (0 to 6), out"
            " of a hundred. Customers who did not answer are not counted.",
            "De combien les clients qui vous recommanderaient (9 ou 10) dépassent ceux qui ne le"
            " feraient pas (0 à 6), sur cent. Ceux qui n’ont pas répondu ne comptent pas.",
        ),
        formula=Words(
            "100 x (answers of 9 or 10 - answers of 0 to 6) / answers",
            "100 x (réponses de 9 ou 10 - réponses de 0 à 6) / réponses",
        ),
        unit="points",
        better="higher",
        figure=Mean(NPS),
        source="S0 #30, S2 #7, S3 l.27",
        needs=("surveys",),
        aliases=("NPS", "Taux de recommandation net"),
    ),
    Kpi(
        number=47,
        slug="clv",
        family="customers",
        name=Words("Customer lifetime value (CLV)", "Valeur vie client (CLV)"),
        definition=Words(
            "What a customer pays over all the years it stays. One-off sales are not counted, and"
            " costs only in the net reading.",
            "Ce qu’un client paie pendant toutes les années où il reste. Les ventes ponctuelles ne"
            " comptent pas ; les coûts, seulement dans la lecture nette.",
        ),
        formula=Words(
            "12 x monthly recurring revenue / paying customers at the end of the period x years a"
            " customer stays",
            "12 x revenu mensuel récurrent / clients payants à la fin de la période x années où un"
            " client reste",
        ),
        unit="money",
        better="higher",
        figure=LIFETIME_VALUE,
        source="S0 #27, S1 #7, S2 #9, S3 l.24",
        needs=("subscriptions", "accounts"),
        aliases=(
            "Valeur à vie du client (CLV / LTV)",
            "LifeTime Value",
            "Customer lifetime value",
            "LTV",
        ),
        variants={
            "revenue": Variant(
                Words(
                    "yearly recurring revenue of a paying customer x years a customer stays",
                    "revenu récurrent annuel d’un client payant x années où un client reste",
                ),
                LIFETIME_VALUE,
            ),
            "net": Variant(
                Words(
                    "customer lifetime value x gross margin - customer acquisition cost",
                    "valeur vie client x taux de marge brute - coût d’acquisition client",
                ),
                Formula(
                    {
                        "worth": LIFETIME_VALUE,
                        "margin": GROSS_MARGIN,
                        "acquisition": ACQUISITION_COST,
                    },
                    net_worth,
                ),
            ),
        },
    ),
    Kpi(
        number=48,
        slug="customer_lifetime_years",
        family="customers",
        name=Words("Customer lifetime", "Durée de vie d’un client"),
        definition=Words(
            "How many years a customer stays. Those still with you count with the years they have"
            " stayed so far; unknown as long as nobody has left.",
            "Combien d’années un client reste. Ceux qui sont encore là comptent pour les années"
            " déjà passées ; inconnue tant que personne n’est parti.",
        ),
        formula=Words(
            "years all customers have stayed by the end of the period / customers lost by then",
            "années passées par tous les clients à la fin de la période / clients perdus d’ici là",
        ),
        unit="years",
        better="higher",
        figure=LIFETIME_YEARS,
        source="S0 #34, proposal",
        needs=("accounts",),
        aliases=("Customer lifetime duration", "Durée moyenne du cycle de vie du client"),
    ),
    Kpi(
        number=49,
        slug="engagement",
        family="customers",
        name=Words("Existing-customer engagement", "Engagement des clients existants"),
        definition=Words(
            "How far customers buy again, open your e-mails and join your loyalty programme. What"
            " is not known of the three is left out.",
            "À quel point les clients rachètent, ouvrent vos e-mails et adhèrent à votre programme"
            " de fidélité. Ce qui n’est pas connu des trois est laissé de côté.",
        ),
        formula=Words(
            "mean of: customers who bought again / customers at the start; e-mails opened /"
            " e-mails delivered; loyalty members / customers at the end",
            "moyenne de : clients qui ont racheté / clients au début ; e-mails ouverts / e-mails"
            " remis ; membres du programme de fidélité / clients à la fin",
        ),
        unit="share",
        better="higher",
        figure=Formula(
            {"repeat": _REPEAT, "opened": _OPENED, "loyal": _LOYAL},
            mean_of_known,
            optional=frozenset({"repeat", "opened", "loyal"}),
        ),
        source="S0 #7, proposal",
        needs=("accounts", "deals"),
        aliases=(
            "Achats répétés",
            "Taux d’ouverture",
            "E-mail open rate",
            "Loyalty programme participation",
        ),
    ),
    Kpi(
        number=50,
        slug="upsell_rate",
        family="customers",
        name=Words(
            "Upsell and cross-sell rate", "Taux de ventes additionnelles et de ventes croisées"
        ),
        definition=Words(
            "How many of the customers you had when the period began bought more or something"
            " else. Renewals are not counted.",
            "Combien des clients que vous aviez au début de la période ont acheté plus ou autre"
            " chose. Les renouvellements ne comptent pas.",
        ),
        formula=Words(
            "customers with an upsell or cross-sell won / customers at the start of the period",
            "clients avec une vente additionnelle ou croisée / clients au début de la période",
        ),
        unit="share",
        better="higher",
        figure=Share(CUSTOMERS_AT_START, BOUGHT_MORE),
        source="S0 #8, proposal",
        needs=("accounts", "deals"),
        aliases=("Taux de ventes incitatives et de ventes croisées", "Taux de montée en gamme"),
    ),
    Kpi(
        number=51,
        slug="customer_outcomes",
        family="customers",
        name=Words("Customer outcomes", "Résultats obtenus par les clients"),
        definition=Words(
            "What your customers gained with you, as it was measured at theirs. Customers without"
            " a measure are not counted.",
            "Ce que vos clients ont gagné avec vous, tel que mesuré chez eux. Ceux sans mesure ne"
            " comptent pas.",
        ),
        formula=Words(
            "sum of the results told / results told",
            "somme des résultats déclarés / résultats déclarés",
        ),
        unit="number",
        better="higher",
        figure=Mean(figures("customer_outcome")),
        source="S0 #15, proposal",
        needs=("figures",),
        aliases=("Résultats pour les clients",),
    ),
    Kpi(
        number=52,
        slug="referral_customers",
        family="customers",
        name=Words("Referral customers", "Clients venus par recommandation"),
        definition=Words(
            "New customers who came because another one recommended you. Further sales to them"
            " are not counted.",
            "Nouveaux clients venus parce qu’un autre vous a recommandé. Les ventes suivantes ne"
            " comptent pas.",
        ),
        formula=Words(
            "won deals of new customers with a referring customer or from the referral channel",
            "affaires gagnées de nouveaux clients recommandés ou venus par ce canal",
        ),
        unit="count",
        better="higher",
        figure=Count(_REFERRED),
        source="S0 #17, proposal",
        needs=("deals",),
        aliases=("Clients basés sur des références", "Referrals", "Parrainage"),
    ),
    Kpi(
        number=53,
        slug="complaints",
        family="customers",
        name=Words("Complaints and returns", "Réclamations et retours"),
        definition=Words(
            "How many complaints and returns customers made. Months nobody told of are not"
            " counted.",
            "Combien de réclamations et de retours les clients ont faits. Les mois sans chiffre ne"
            " comptent pas.",
        ),
        formula=Words("complaints + returns", "réclamations + retours"),
        unit="count",
        better="lower",
        figure=Total(figures("complaints", "returns"), is_told=True),
        source="S3 l.13, proposal",
        needs=("figures",),
        aliases=("Complaints or returns", "Nombre de réclamations ou de retours"),
    ),
    Kpi(
        number=54,
        slug="reviews",
        family="customers",
        name=Words("Customer reviews", "Avis de clients"),
        definition=Words(
            "How many reviews customers left, whatever they say. Surveys are not counted.",
            "Combien d’avis les clients ont laissés, quoi qu’ils disent. Les enquêtes ne comptent"
            " pas.",
        ),
        formula=Words("number of reviews", "nombre d’avis"),
        unit="count",
        better="higher",
        figure=Count(figures("review"), is_told=True),
        source="S3 l.35, proposal",
        needs=("figures",),
        aliases=("Customer reviews and comments", "Commentaires et avis laissés par les clients"),
    ),
)
