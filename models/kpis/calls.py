"""KPIs of recorded calls: what they were like, and what came of what was promised on them."""

# ruff: noqa: RUF001 - French has its own apostrophe.

from models.kpis.activity_facts import FIRST_TOUCH_HOURS
from models.kpis.call_facts import (
    CALLS,
    FACTS,
    NEXT_MEETING_AGREED,
    PROMISES,
    RIVAL_NAMED,
    RIVALS_KNOWN,
    STEPS_KNOWN,
    WAS_KEPT,
    an_hour,
    behaviour,
    timed,
)
from models.kpis.deal_facts import CALLS_OF_WON_DEALS
from models.kpis.figure import Count, Mean, Median, Share
from models.kpis.kpi import Kpi, Variant, Words

CALLS_KPIS: tuple[Kpi, ...] = (
    Kpi(
        number=65,
        slug="next_meeting_agreed",
        family="calls",
        name=Words("Calls with a next step agreed", "Appels avec une suite convenue"),
        definition=Words(
            "How many calls end with a next step that has a date. Calls whose words could not be"
            " heard are not counted.",
            "Combien d’appels se terminent par une prochaine étape datée. Ceux dont les mots n’ont"
            " pas pu être entendus ne comptent pas.",
        ),
        formula=Words(
            "recorded calls with a dated next step / recorded calls whose words are known",
            "appels enregistrés avec une prochaine étape datée / appels enregistrés dont les mots"
            " sont connus",
        ),
        unit="share",
        better="higher",
        figure=Share(STEPS_KNOWN, NEXT_MEETING_AGREED),
        source="Talktrack",
        needs=("calls",),
        aliases=("Next meeting agreed", "Prochain rendez-vous convenu", "Prochaine étape datée"),
    ),
    Kpi(
        number=66,
        slug="follow_up_kept",
        family="calls",
        name=Words("Promises kept", "Promesses tenues"),
        definition=Words(
            "How many of the things your side promised on calls were followed by something done"
            " for the deal in time: by the day said, or within a week. Promises that are not due"
            " yet are not counted.",
            "Combien des promesses faites par votre camp en appel ont été suivies à temps d’une"
            " action pour l’affaire : au jour dit, ou sous une semaine. Celles dont l’échéance"
            " n’est pas passée ne comptent pas.",
        ),
        formula=Words(
            "seller’s next steps followed by an activity or a recorded call of the same deal by"
            " the due day / seller’s next steps on calls of deals whose due day is over; without"
            " a day said, 7 days (a setting)",
            "étapes promises par le vendeur et suivies d’une action ou d’un appel enregistré de la"
            " même affaire avant la fin du jour dit / étapes promises par le vendeur dont le jour"
            " est passé ; sans jour dit, 7 jours (un réglage)",
        ),
        unit="share",
        better="higher",
        figure=Share(PROMISES, WAS_KEPT),
        source="Talktrack",
        needs=("calls", "deals", "activities"),
        aliases=("Follow-up kept rate", "Suivis tenus", "Next steps done in time"),
    ),
    Kpi(
        number=67,
        slug="calls_per_won_deal",
        family="calls",
        name=Words("Recorded calls per won deal", "Appels enregistrés par affaire gagnée"),
        definition=Words(
            "How many recorded calls it took to win a deal. Won deals without a recorded call are"
            " not counted.",
            "Combien d’appels enregistrés il a fallu pour gagner une affaire. Les affaires gagnées"
            " sans appel enregistré ne comptent pas.",
        ),
        formula=Words(
            "recorded calls of won deals / won deals with a recorded call",
            "appels enregistrés des affaires gagnées / affaires gagnées avec un appel enregistré",
        ),
        unit="number",
        better="neither",
        figure=Mean(CALLS_OF_WON_DEALS),
        source="Talktrack",
        needs=("calls", "deals"),
        aliases=("Calls per deal", "Appels par vente"),
    ),
    Kpi(
        number=68,
        slug="recorded_calls",
        family="calls",
        name=Words("Recorded calls", "Appels enregistrés"),
        definition=Words(
            "How many calls were recorded and listened to. Calls still being listened to are not"
            " counted yet.",
            "Combien d’appels ont été enregistrés et écoutés. Ceux dont l’écoute est en cours ne"
            " comptent pas encore.",
        ),
        formula=Words("number of recorded calls", "nombre d’appels enregistrés"),
        unit="count",
        better="higher",
        figure=Count(CALLS),
        source="Talktrack",
        needs=("calls",),
        aliases=("Calls analysed", "Appels analysés"),
    ),
    Kpi(
        number=69,
        slug="talk_ratio",
        family="calls",
        name=Words("Seller’s talk ratio", "Part de parole du vendeur"),
        definition=Words(
            "The seller’s part of all the talking, over calls. Silence is not counted.",
            "Ce que le vendeur prend du temps de parole, d’un appel à l’autre. Les silences ne"
            " comptent pas.",
        ),
        formula=Words(
            "sum of the seller’s talk ratios / recorded calls where both sides are known",
            "somme des parts de parole du vendeur / appels enregistrés où les deux camps sont"
            " connus",
        ),
        unit="share",
        better="neither",
        figure=Mean(behaviour(timed(FACTS.talk_ratio))),
        source="Talktrack",
        needs=("calls",),
        aliases=("Talk-to-listen ratio", "Speaker distribution", "Distribution des haut-parleurs"),
    ),
    Kpi(
        number=70,
        slug="agenda_coverage",
        family="calls",
        name=Words("Agenda covered", "Part de l’ordre du jour traitée"),
        definition=Words(
            "How much of what was planned for a call was covered. Calls without an agenda are not"
            " counted.",
            "Ce qui a été traité de ce qui était prévu pour un appel. Les appels sans ordre du"
            " jour ne comptent pas.",
        ),
        formula=Words(
            "sum of the parts of agendas covered / recorded calls with an agenda",
            "somme des parts d’ordre du jour traitées / appels enregistrés avec un ordre du jour",
        ),
        unit="share",
        better="higher",
        figure=Mean(behaviour(FACTS.agenda_coverage)),
        source="Talktrack",
        needs=("calls",),
        aliases=("Agenda coverage", "Respect de l’ordre du jour"),
    ),
    Kpi(
        number=71,
        slug="seller_questions_per_hour",
        family="calls",
        name=Words("Seller’s questions per hour", "Questions du vendeur par heure"),
        definition=Words(
            "How many questions the seller asks in an hour of call. The buyer’s questions are not"
            " counted.",
            "Combien de questions le vendeur pose en une heure d’appel. Celles du client ne"
            " comptent pas.",
        ),
        formula=Words(
            "sum of each call’s seller’s questions per hour / recorded calls where they are known",
            "somme, appel par appel, des questions du vendeur par heure / appels enregistrés où"
            " elles sont connues",
        ),
        unit="number",
        better="neither",
        figure=Mean(behaviour(timed(an_hour(FACTS.seller_questions)))),
        source="Talktrack",
        needs=("calls",),
        aliases=("Question rate", "Questions posées"),
    ),
    Kpi(
        number=72,
        slug="first_touch_hours",
        family="calls",
        name=Words("Time to first touch", "Délai du premier contact"),
        definition=Words(
            "How long a lead usually waits until you first reply, do something for it or talk to"
            " it. Leads nobody has touched yet are not counted.",
            "Ce qu’un prospect attend d’ordinaire avant votre première réponse, action ou"
            " conversation. Ceux que personne n’a encore contactés ne comptent pas.",
        ),
        formula=Words(
            "median of the hours from a lead’s arrival to the earliest of first reply, first"
            " activity and first recorded call, over leads with one of them",
            "médiane des heures de l’arrivée d’un prospect à la première réponse, action ou au"
            " premier appel enregistré, sur les prospects qui en ont un",
        ),
        unit="hours",
        better="lower",
        figure=Median(FIRST_TOUCH_HOURS),
        source="Talktrack",
        needs=("leads",),
        aliases=("First touch", "Délai de prise en charge"),
        variants={
            "mean": Variant(
                Words(
                    "sum of the hours from arrival to first touch / leads touched",
                    "somme des heures de l’arrivée au premier contact / prospects contactés",
                ),
                Mean(FIRST_TOUCH_HOURS),
            )
        },
    ),
    Kpi(
        number=73,
        slug="next_steps_per_call",
        family="calls",
        name=Words("Next steps per call", "Prochaines étapes par appel"),
        definition=Words(
            "How many next steps are agreed on a call, whoever takes them. Calls whose words could"
            " not be heard are not counted.",
            "Combien de prochaines étapes sont convenues en appel, quel que soit celui qui s’en"
            " charge. Les appels dont les mots n’ont pas pu être entendus ne comptent pas.",
        ),
        formula=Words(
            "next steps / recorded calls whose words are known",
            "prochaines étapes / appels enregistrés dont les mots sont connus",
        ),
        unit="number",
        better="higher",
        figure=Mean(behaviour(FACTS.next_steps)),
        source="Talktrack",
        needs=("calls",),
        aliases=("Action items per call", "Actions convenues par appel"),
    ),
    Kpi(
        number=74,
        slug="longest_monologue_s",
        family="calls",
        name=Words("Seller’s longest monologue", "Plus long monologue du vendeur"),
        definition=Words(
            "The longest the seller talks on a call before the buyer takes over. Calls where the"
            " seller is not known are not counted.",
            "Le plus long passage du vendeur en appel avant que le client prenne la parole. Les"
            " appels où le vendeur n’est pas connu ne comptent pas.",
        ),
        formula=Words(
            "sum of the seller’s longest monologues / recorded calls where the seller is known",
            "somme des plus longs monologues du vendeur / appels enregistrés où le vendeur est"
            " connu",
        ),
        unit="seconds",
        better="lower",
        figure=Mean(behaviour(timed(FACTS.longest_monologue_s))),
        source="Talktrack",
        needs=("calls",),
        aliases=("Longest monologue", "Monologue le plus long"),
    ),
    Kpi(
        number=75,
        slug="competitor_mentions",
        family="calls",
        name=Words("Calls that name a competitor", "Appels où un concurrent est cité"),
        definition=Words(
            "On how many calls a competitor is named, by either side. Calls whose words could not"
            " be heard are not counted.",
            "Dans combien d’appels un concurrent est cité, par l’un ou l’autre camp. Ceux dont les"
            " mots n’ont pas pu être entendus ne comptent pas.",
        ),
        formula=Words(
            "recorded calls with a competitor named / recorded calls whose words are known",
            "appels enregistrés où un concurrent est cité / appels enregistrés dont les mots sont"
            " connus",
        ),
        unit="share",
        better="neither",
        figure=Share(RIVALS_KNOWN, RIVAL_NAMED),
        source="Talktrack",
        needs=("calls",),
        aliases=("Competitor mentions", "Mentions de concurrents"),
    ),
    Kpi(
        number=76,
        slug="objections_per_call",
        family="calls",
        name=Words("Objections per call", "Objections par appel"),
        definition=Words(
            "How many objections the buyer raises on a call. Calls whose words could not be heard"
            " are not counted.",
            "Combien d’objections le client soulève en appel. Les appels dont les mots n’ont pas"
            " pu être entendus ne comptent pas.",
        ),
        formula=Words(
            "objections / recorded calls whose words are known",
            "objections / appels enregistrés dont les mots sont connus",
        ),
        unit="number",
        better="neither",
        figure=Mean(behaviour(FACTS.objections)),
        source="Talktrack",
        needs=("calls",),
        aliases=("Objection rate", "Nombre d’objections"),
    ),
)
