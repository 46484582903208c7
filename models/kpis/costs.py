"""KPIs of costs: what winning customers costs, and what is left of what they pay."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from sqlmodel import col

from models.kpis.activity_facts import BECAME_CUSTOMER, LEADS
from models.kpis.customer_facts import (
    CUSTOMERS_AT_END,
    MARKETING,
    PAYING_ACCOUNTS,
    RECURRING,
    SPENT,
    figures,
)
from models.kpis.deal_facts import COSTED_DEALS, COSTS_OF_DEALS, MARGINS, WON_DEALS
from models.kpis.figure import Count, Formula, Mean, Quotient, Share, Total
from models.kpis.kpi import Kpi, Variant, Words
from models.kpis.worth import ACQUISITION_COST, GROSS_MARGIN, LIFETIME_VALUE, gross_margin
from models.tables import Deal

_NEW_COSTED = COSTED_DEALS.only(col(Deal.kind) == "new", name="won_new_deals_with_cost")
_COSTS_OF_NEW = _NEW_COSTED.valued(col(Deal.cost_minor), col(Deal.currency))
_CHARGES = figures("fixed_cost", "variable_cost")


def net_margin(
    revenue: float, delivery: float, *, cost_of_sales: float, spent: float, charges: float
) -> float | None:
    """The share of revenue that all costs leave; None without revenue."""
    return gross_margin(revenue, delivery, cost_of_sales + spent + charges)


def return_on(gained: float, delivery: float, spent: float) -> float | None:
    """What each unit of money spent brought back beyond itself; None when nothing was spent."""
    return (gained - delivery - spent) / spent if spent else None


COSTS: tuple[Kpi, ...] = (
    Kpi(
        number=55,
        slug="cac",
        family="costs",
        name=Words("Customer acquisition cost (CAC)", "Coût d’acquisition client (CAC)"),
        definition=Words(
            "What marketing and selling cost for each new customer won in the same months. Sales"
            " to existing customers are not counted.",
            "Ce que le marketing et la vente ont coûté pour chaque nouveau client gagné dans les"
            " mêmes mois. Les ventes aux clients existants ne comptent pas.",
        ),
        formula=Words(
            "marketing and sales spend / won deals of new customers; by channel, the channel’s"
            " own spend",
            "dépenses de marketing et de vente / affaires gagnées de nouveaux clients ; par canal,"
            " les dépenses du canal",
        ),
        unit="money",
        better="lower",
        figure=ACQUISITION_COST,
        source="S0 #10, #31, S1 #6, S2 #5, S3 l.24, 57",
        needs=("spend", "deals"),
        aliases=(
            "Coût d’acquisition de clients (CAC)",
            "Coût par acquisition (CPA)",
            "Cost per acquisition",
            "CPA",
        ),
    ),
    Kpi(
        number=56,
        slug="cost_per_lead",
        family="costs",
        name=Words("Cost per lead (CPL)", "Coût par prospect (CPL)"),
        definition=Words(
            "What marketing cost for each lead that came in during the same months. What selling"
            " cost is not counted.",
            "Ce que le marketing a coûté pour chaque prospect arrivé dans les mêmes mois. Le coût"
            " de la vente ne compte pas.",
        ),
        formula=Words(
            "marketing spend / leads that came in", "dépenses de marketing / prospects arrivés"
        ),
        unit="money",
        better="lower",
        figure=Quotient(Total(MARKETING), Count(LEADS)),
        source="S0 #33, S1 #14",
        needs=("spend", "leads"),
        aliases=("Coût moyen par lead", "Coût par lead", "CPL"),
    ),
    Kpi(
        number=57,
        slug="arpa",
        family="costs",
        name=Words("Average revenue per account (ARPA)", "Revenu moyen par compte (ARPA)"),
        definition=Words(
            "What an account with a subscription pays a month, at the end of the period. Accounts"
            " that pay nothing then are not counted.",
            "Ce qu’un compte abonné paie par mois, à la fin de la période. Les comptes qui ne"
            " paient rien à ce moment-là ne comptent pas.",
        ),
        formula=Words(
            "monthly recurring revenue / accounts with a subscription, both at the end of the"
            " period",
            "revenu mensuel récurrent / comptes abonnés, tous deux à la fin de la période",
        ),
        unit="money",
        better="higher",
        figure=Quotient(Total(RECURRING), Count(PAYING_ACCOUNTS)),
        source="S0 #32, S1 #12",
        needs=("subscriptions",),
        aliases=("ARPA", "ARPU"),
        variants={
            "revenue": Variant(
                Words(
                    "revenue of the period / customers at its end",
                    "chiffre d’affaires de la période / clients à la fin de la période",
                ),
                Quotient(Total(WON_DEALS), Count(CUSTOMERS_AT_END)),
            )
        },
    ),
    Kpi(
        number=58,
        slug="profit_margin",
        family="costs",
        name=Words("Average profit margin", "Marge bénéficiaire moyenne"),
        definition=Words(
            "How much of what won deals bring in is left once they are delivered. Deals whose"
            " amount or cost is not known are not counted.",
            "Ce qui reste du montant des affaires gagnées une fois livrées. Les affaires dont le"
            " montant ou le coût n’est pas connu ne comptent pas.",
        ),
        formula=Words(
            "(revenue - cost of delivery) / revenue, over won deals with both known",
            "(chiffre d’affaires - coût de livraison) / chiffre d’affaires, sur les affaires"
            " gagnées où les deux sont connus",
        ),
        unit="share",
        better="higher",
        figure=Formula(
            {"revenue": Total(COSTED_DEALS), "delivery": Total(COSTS_OF_DEALS)}, gross_margin
        ),
        source="S0 #21, S1 #2, l.167",
        needs=("deals",),
        aliases=("Profit margin", "Taux de marge", "Marge moyenne"),
        variants={
            "per_deal": Variant(
                Words(
                    "sum of the margins of won deals / won deals with amount and cost known, the"
                    " amount above 0",
                    "somme des marges des affaires gagnées / affaires gagnées de montant et de"
                    " coût connus, montant supérieur à 0",
                ),
                Mean(MARGINS),
            )
        },
    ),
    Kpi(
        number=59,
        slug="gross_margin",
        family="costs",
        name=Words("Gross margin", "Taux de marge brute"),
        definition=Words(
            "How much of what won deals bring in is left before fixed and variable charges. Deals"
            " whose amount or cost is not known are not counted.",
            "Ce qui reste du montant des affaires gagnées avant charges fixes et variables. Les"
            " affaires dont le montant ou le coût n’est pas connu ne comptent pas.",
        ),
        formula=Words(
            "(revenue - cost of delivery - cost of sales) / revenue, over won deals with amount"
            " and cost known; cost of sales where it was given",
            "(chiffre d’affaires - coût de livraison - coût des ventes) / chiffre d’affaires, sur"
            " les affaires gagnées de montant et de coût connus ; coût des ventes s’il est donné",
        ),
        unit="share",
        better="higher",
        figure=GROSS_MARGIN,
        source="S3 l.30, proposal",
        needs=("deals",),
        aliases=("Marge brute", "Gross profit margin"),
    ),
    Kpi(
        number=60,
        slug="net_margin",
        family="costs",
        name=Words("Net margin", "Taux de marge nette"),
        definition=Words(
            "How much of what won deals bring in is left once everything is paid. Charges nobody"
            " told of are not taken off.",
            "Ce qui reste du montant des affaires gagnées une fois tout payé. Les charges qui"
            " n’ont pas été données ne sont pas déduites.",
        ),
        formula=Words(
            "(revenue - cost of delivery - cost of sales - marketing and sales spend - fixed and"
            " variable charges) / revenue, over won deals with amount and cost known",
            "(chiffre d’affaires - coût de livraison - coût des ventes - dépenses de marketing et"
            " de vente - charges fixes et variables) / chiffre d’affaires, sur les affaires gagnées"
            " de montant et de coût connus",
        ),
        unit="share",
        better="higher",
        figure=Formula(
            {
                "revenue": Total(COSTED_DEALS),
                "delivery": Total(COSTS_OF_DEALS),
                "cost_of_sales": Total(figures("cost_of_sales")),
                "spent": Total(SPENT),
                "charges": Total(_CHARGES),
            },
            net_margin,
        ),
        source="S3 l.30, proposal",
        needs=("deals", "spend"),
        aliases=("Marge nette", "Net profit margin"),
    ),
    Kpi(
        number=61,
        slug="roi",
        family="costs",
        name=Words("Return on investment (ROI)", "Retour sur investissement (ROI)"),
        definition=Words(
            "What the money spent on winning customers brought back beyond itself. Deals whose"
            " amount or cost is not known are not counted.",
            "Ce que l’argent dépensé pour gagner des clients a rapporté en plus de lui-même. Les"
            " affaires dont le montant ou le coût n’est pas connu ne comptent pas.",
        ),
        formula=Words(
            "(amount - cost of delivery of new customers’ won deals - marketing and sales spend) /"
            " marketing and sales spend; by channel, the channel’s own spend",
            "(montant - coût de livraison des affaires gagnées de nouveaux clients - dépenses de"
            " marketing et de vente) / dépenses de marketing et de vente ; par canal, les dépenses"
            " du canal",
        ),
        unit="share",
        better="higher",
        figure=Formula(
            {"gained": Total(_NEW_COSTED), "delivery": Total(_COSTS_OF_NEW), "spent": Total(SPENT)},
            return_on,
        ),
        source="S3 l.25, 31, S4 l.2, S1 l.63, proposal",
        needs=("deals", "spend"),
        aliases=("ROI", "Retour sur investissement"),
    ),
    Kpi(
        number=62,
        slug="clv_to_cac",
        family="costs",
        name=Words(
            "Customer lifetime value against acquisition cost",
            "Valeur vie client rapportée au coût d’acquisition",
        ),
        definition=Words(
            "How many times over a customer pays back what winning it cost. What delivering to it"
            " costs is not counted.",
            "Combien de fois un client rembourse ce qu’il a coûté à gagner. Le coût de ce qui lui"
            " est livré ne compte pas.",
        ),
        formula=Words(
            "customer lifetime value / customer acquisition cost",
            "valeur vie client / coût d’acquisition client",
        ),
        unit="number",
        better="higher",
        figure=Quotient(LIFETIME_VALUE, ACQUISITION_COST),
        source="S3 l.24, S2 #5, #9, proposal",
        needs=("subscriptions", "accounts", "spend", "deals"),
        aliases=("CLV against CAC", "Comparaison CAC / valeur à vie", "LTV/CAC", "CLV/CAC"),
    ),
    Kpi(
        number=63,
        slug="channel_effectiveness",
        family="costs",
        name=Words("Acquisition-channel effectiveness", "Efficacité des canaux d’acquisition"),
        definition=Words(
            "How many of the leads of each channel became customers, beside what they cost there."
            " Leads of no known channel stand apart.",
            "Combien de prospects de chaque canal sont devenus clients, à côté de ce qu’ils y ont"
            " coûté. Ceux dont le canal n’est pas connu sont à part.",
        ),
        formula=Words(
            "leads that became customers / leads that came in, by channel",
            "prospects devenus clients / prospects arrivés, par canal",
        ),
        unit="share",
        better="higher",
        figure=Share(LEADS, BECAME_CUSTOMER),
        source="S2 #10, S1 l.106, proposal",
        needs=("leads",),
        aliases=("Conversion by channel", "Conversion par canal"),
        by="channel",
        companions=("cost_per_lead", "cac"),
    ),
)
