"""KPIs of what people do: follow-up, invitations, replies, calls, e-mails, meetings."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from sqlmodel import col

from models.kpis.activity_facts import (
    ACTIVITIES,
    ANSWERED,
    ANSWERS,
    CALLS_AND_EMAILS,
    CALLS_LOGGED,
    DEMOS,
    EMAILS,
    INVITATION_HOURS,
    INVITATIONS,
    LEADS_TO_FOLLOW_UP,
    LINKEDIN_LEADS,
    MEETINGS,
    RESPONSE_HOURS,
    TOUCHES,
    WAS_ACCEPTED,
    WAS_FOLLOWED_UP,
)
from models.kpis.call_facts import CALL_MINUTES, UNPLANNED_DEMOS
from models.kpis.customer_facts import REPS
from models.kpis.deal_facts import WON_DEALS
from models.kpis.fact import Fact
from models.kpis.figure import (
    Count,
    Distinct,
    Formula,
    Mean,
    Median,
    Months,
    Quotient,
    Share,
    Total,
)
from models.kpis.kpi import Kpi, Variant, Words
from models.tables import Activity, Lead


def _monthly_per_rep(done: Fact) -> Quotient:
    return Quotient(Quotient(Count(done), Count(REPS)), Months())


def in_all(planned: float, unplanned: float) -> float:
    """Demos from calendars and those only recorded, together."""
    return planned + unplanned


ACTIVITY: tuple[Kpi, ...] = (
    Kpi(
        number=30,
        slug="lead_follow_up",
        family="activity",
        name=Words("Lead follow-up rate", "Taux de suivi des prospects"),
        definition=Words(
            "How many leads were followed up within a week of coming in. A lead that came in less"
            " than a week ago and still waits does not count yet.",
            "Combien de prospects ont été relancés dans la semaine de leur arrivée. Un prospect"
            " arrivé depuis moins d’une semaine et qui attend encore ne compte pas.",
        ),
        formula=Words(
            "leads followed up within 7 days (a setting) / leads that came in, but for those"
            " still waiting within their 7 days",
            "prospects relancés sous 7 jours (un réglage) / prospects arrivés, sauf ceux qui"
            " attendent encore dans leurs 7 jours",
        ),
        unit="share",
        better="higher",
        figure=Share(LEADS_TO_FOLLOW_UP, WAS_FOLLOWED_UP),
        source="S0 #23",
        needs=("leads",),
        aliases=(
            "Pourcentage de prospects ayant fait l’objet d’un suivi",
            "Percentage of leads followed up with",
            "Taux de relance",
        ),
    ),
    Kpi(
        number=31,
        slug="meeting_acceptance",
        family="activity",
        name=Words("Meeting acceptance rate", "Taux d’acceptation des rendez-vous"),
        definition=Words(
            "How many of the invitations you sent were accepted. An invitation that is not"
            " answered yet counts against it once it is a week old.",
            "Combien de vos invitations ont été acceptées. Une invitation restée sans réponse"
            " compte comme non acceptée au bout d’une semaine.",
        ),
        formula=Words(
            "invitations accepted / invitations sent, but for those unanswered and less than"
            " 7 days old (a setting)",
            "invitations acceptées / invitations envoyées, sauf celles sans réponse depuis moins"
            " de 7 jours (un réglage)",
        ),
        unit="share",
        better="higher",
        figure=Share(INVITATIONS, WAS_ACCEPTED),
        source="S0 #24",
        needs=("invitations",),
        aliases=("Taux d’acceptation des réunions", "Invitations accepted"),
    ),
    Kpi(
        number=32,
        slug="positive_responses",
        family="activity",
        name=Words("Positive response rate", "Part de réponses positives"),
        definition=Words(
            "How many of the leads that answered were interested. Leads that did not answer are"
            " not counted.",
            "Combien de prospects qui ont répondu étaient intéressés. Ceux qui n’ont pas répondu"
            " ne comptent pas.",
        ),
        formula=Words(
            "leads with a positive answer / leads with a positive or a negative answer",
            "prospects à réponse positive / prospects à réponse positive ou négative",
        ),
        unit="share",
        better="higher",
        figure=Share(ANSWERS, col(Lead.response) == "positive"),
        source="S0 #25",
        needs=("leads",),
        aliases=("Positive / negative response rate", "Taux de réponse positifs et négatifs"),
        as_odds=True,
    ),
    Kpi(
        number=33,
        slug="response_time_hours",
        family="activity",
        name=Words("Response time", "Délai de réponse aux prospects"),
        definition=Words(
            "How long a lead usually waits for your first reply. Leads without a reply are not"
            " counted.",
            "Ce qu’un prospect attend d’ordinaire avant votre première réponse. Les prospects"
            " restés sans réponse ne comptent pas.",
        ),
        formula=Words(
            "median of the hours from a lead’s arrival to the first reply, over leads with one",
            "médiane des heures de l’arrivée à la première réponse, quand il y en a une",
        ),
        unit="hours",
        better="lower",
        figure=Median(RESPONSE_HOURS),
        source="S0 #26, proposal",
        needs=("leads",),
        aliases=("Average response time", "Temps de réponse moyen", "Speed to lead"),
        variants={
            "mean": Variant(
                Words(
                    "sum of the hours from arrival to the first reply / leads with a reply",
                    "somme des heures de l’arrivée à la première réponse / prospects avec réponse",
                ),
                Mean(RESPONSE_HOURS),
            )
        },
    ),
    Kpi(
        number=34,
        slug="prospect_response_time_hours",
        family="activity",
        name=Words("Prospect response time", "Délai de réponse des prospects"),
        definition=Words(
            "How long prospects usually take to answer an invitation. Invitations without an"
            " answer, or without its time, are not counted.",
            "Ce que les prospects mettent d’ordinaire à répondre à une invitation. Les invitations"
            " sans réponse, ou dont l’heure de réponse manque, ne comptent pas.",
        ),
        formula=Words(
            "median of the hours from an invitation to its answer, over invitations answered",
            "médiane des heures de l’invitation à sa réponse, quand il y en a une",
        ),
        unit="hours",
        better="lower",
        figure=Median(INVITATION_HOURS),
        source="S0 l.25, proposal",
        needs=("invitations",),
        aliases=("Temps de réponse des prospects", "Lead response time"),
        variants={
            "mean": Variant(
                Words(
                    "sum of the hours from invitation to answer / invitations answered",
                    "somme des heures de l’invitation à sa réponse / invitations avec réponse",
                ),
                Mean(INVITATION_HOURS),
            )
        },
    ),
    Kpi(
        number=35,
        slug="calls_and_emails",
        family="activity",
        name=Words(
            "Monthly calls and e-mails per rep", "Appels et e-mails par commercial et par mois"
        ),
        definition=Words(
            "Calls and e-mails a rep logs in a month, without follow-ups and LinkedIn messages.",
            "Appels et e-mails d’un commercial par mois, sans les relances ni LinkedIn.",
        ),
        formula=Words(
            "calls and e-mails logged / reps / months, the running month as a whole one",
            "appels et e-mails enregistrés / commerciaux / mois, le mois en cours compté entier",
        ),
        unit="number",
        better="higher",
        figure=_monthly_per_rep(CALLS_AND_EMAILS),
        source="S1 #19, S0 l.13, 31, proposal",
        needs=("activities", "reps"),
        aliases=(
            "Appels et courriels mensuels par représentant",
            "Volume d’appels",
            "Nombre d’appels ou d’e-mails",
        ),
        variants={
            "calls": Variant(
                Words("calls logged / reps / months", "appels enregistrés / commerciaux / mois"),
                _monthly_per_rep(CALLS_LOGGED),
            ),
            "emails": Variant(
                Words("e-mails logged / reps / months", "e-mails enregistrés / commerciaux / mois"),
                _monthly_per_rep(EMAILS),
            ),
        },
    ),
    Kpi(
        number=36,
        slug="demo_calls",
        family="activity",
        name=Words("Demos per month", "Démonstrations par mois"),
        definition=Words(
            "How many demos and onboarding sessions were held in a month, planned or only"
            " recorded. Meetings that did not take place are not counted.",
            "Combien de démonstrations et de prises en main ont eu lieu par mois, prévues ou"
            " seulement enregistrées. Les rendez-vous qui n’ont pas eu lieu ne comptent pas.",
        ),
        formula=Words(
            "(demo and onboarding meetings held + recorded demo and onboarding calls of no"
            " meeting) / months",
            "(rendez-vous de démonstration et de prise en main tenus + appels de démonstration et"
            " de prise en main enregistrés hors rendez-vous) / mois",
        ),
        unit="number",
        better="higher",
        figure=Quotient(
            Formula({"planned": Count(DEMOS), "unplanned": Count(UNPLANNED_DEMOS)}, in_all),
            Months(),
        ),
        source="S1 #20, proposal",
        needs=("meetings",),
        aliases=("Monthly calls and demos", "Nombre d’appels mensuels et de démos", "Demo calls"),
    ),
    Kpi(
        number=37,
        slug="call_minutes",
        family="activity",
        name=Words("Mean length of a call", "Durée moyenne d’un appel"),
        definition=Words(
            "How long a recorded call lasts. Calls that were not recorded are not counted.",
            "Ce que dure un appel enregistré. Les appels sans enregistrement ne comptent pas.",
        ),
        formula=Words(
            "minutes of recorded calls / recorded calls",
            "minutes d’appels enregistrés / appels enregistrés",
        ),
        unit="minutes",
        better="neither",
        figure=Mean(CALL_MINUTES),
        source="S3 l.16, proposal",
        needs=("calls",),
        aliases=(
            "Mean time per call or meeting",
            "Temps moyen passé par un commercial sur chaque appel ou rendez-vous",
            "Average call duration",
        ),
    ),
    Kpi(
        number=38,
        slug="touchpoints",
        family="activity",
        name=Words("Touchpoints per prospect", "Prises de contact par prospect"),
        definition=Words(
            "How many times a lead that is worked on is called, written to or followed up. Leads"
            " nobody touched are not counted.",
            "Combien de fois un prospect travaillé est appelé, relancé ou reçoit un message. Les"
            " prospects que personne n’a contactés ne comptent pas.",
        ),
        formula=Words(
            "activities for leads / leads they touched",
            "actions auprès des prospects / prospects touchés",
        ),
        unit="number",
        better="neither",
        figure=Quotient(Count(TOUCHES), Distinct(TOUCHES, col(Activity.lead_id))),
        source="S0 l.27, proposal",
        needs=("activities", "leads"),
        aliases=("Points de contact par prospect", "Touches per lead"),
    ),
    Kpi(
        number=39,
        slug="meetings_booked",
        family="activity",
        name=Words("Meetings booked", "Rendez-vous pris"),
        definition=Words(
            "How many meetings were in the calendar, held or not. Those still to come are not"
            " counted yet.",
            "Combien de rendez-vous étaient à l’agenda, tenus ou non. Ceux qui sont à venir ne"
            " comptent pas encore.",
        ),
        formula=Words("meetings, by the time they were set for", "rendez-vous, à la date prévue"),
        unit="count",
        better="higher",
        figure=Count(MEETINGS),
        source="S0 l.31, proposal",
        needs=("meetings",),
        aliases=("Réservations de réunions", "Meeting bookings"),
    ),
    Kpi(
        number=40,
        slug="sales_productivity",
        family="activity",
        name=Words("Sales productivity", "Productivité commerciale"),
        definition=Words(
            "What one sales activity brings in: a call, an e-mail, a follow-up or a LinkedIn"
            " message. Activities that were not logged are not counted.",
            "Ce que rapporte une action commerciale : un appel, un e-mail, une relance ou un"
            " message LinkedIn. Les actions non enregistrées ne comptent pas.",
        ),
        formula=Words(
            "revenue of won deals / activities logged",
            "chiffre d’affaires des affaires gagnées / actions enregistrées",
        ),
        unit="money",
        better="higher",
        figure=Quotient(Total(WON_DEALS), Count(ACTIVITIES)),
        source="S3 l.11, S4 l.9–12, S0 l.21, proposal",
        needs=("deals", "activities"),
        aliases=(
            "Productivité de l’équipe de vente",
            "Productivité des forces de vente",
            "Sales team productivity",
        ),
        variants={
            "deals": Variant(
                Words(
                    "won deals for 100 activities logged",
                    "affaires gagnées pour 100 actions enregistrées",
                ),
                Quotient(Count(WON_DEALS), Count(ACTIVITIES), factor=100.0),
                unit="number",
            )
        },
    ),
    Kpi(
        number=41,
        slug="linkedin_response",
        family="activity",
        name=Words("LinkedIn response rate", "Taux de réponse sur LinkedIn"),
        definition=Words(
            "How many of the leads first written to on LinkedIn answered, whatever they said."
            " Leads never written to there are not counted.",
            "Combien de prospects contactés pour la première fois sur LinkedIn ont répondu, quelle"
            " que soit la réponse. Ceux qui n’y ont jamais reçu de message ne comptent pas.",
        ),
        formula=Words(
            "leads that answered / leads first written to on LinkedIn in the period",
            "prospects qui ont répondu / prospects contactés pour la première fois sur LinkedIn"
            " pendant la période",
        ),
        unit="share",
        better="higher",
        figure=Share(LINKEDIN_LEADS, ANSWERED),
        source="S1 l.148, proposal",
        needs=("leads", "activities"),
        aliases=("LinkedIn reply rate", "LinkedIn InMail response rate"),
    ),
    Kpi(
        number=42,
        slug="emails_sent",
        family="activity",
        name=Words("E-mails sent", "E-mails envoyés"),
        definition=Words(
            "How many e-mails your reps logged. Marketing mailings are not counted.",
            "Les e-mails enregistrés par vos commerciaux. Les envois marketing ne comptent pas.",
        ),
        formula=Words("number of e-mails logged", "nombre d’e-mails enregistrés"),
        unit="count",
        better="higher",
        figure=Count(EMAILS),
        source="S1 l.148, S0 l.13, proposal",
        needs=("activities",),
        aliases=(
            "Nombre d’e-mails envoyés par les commerciaux",
            "Emails sent by reps",
            "Courriels envoyés",
        ),
    ),
)
