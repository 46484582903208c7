"""What values are planted in: `SEEN` while the rules were written, `HELD_OUT` only for measuring.

Nobody looked at single answers to `HELD_OUT` to change a rule; see docs/redaction.md.
"""

from collections.abc import Mapping, Sequence

SEEN: Mapping[str, Sequence[str]] = {
    "en": (
        "Sure, my card number is {card} and it is a company card.",
        "Can I pay now? It's a Visa, {card}",
        "Our IBAN is {bank}, please send the invoice there.",
        "For the direct debit use {bank} and let me know.",
        "My social security number is {identity} if you need it.",
        "You can call me on {phone} any time after three.",
        "The best number is {phone} for the next two weeks.",
        "My email address is {email} and I check it daily.",
        "Send it to {email} please.",
        "We are at {address} since last year.",
        "Please ship it to {address} before the end of March.",
        "Hi, my name is {name} and I run procurement.",
        "You should speak to {name} about the budget.",
        "So that is 45,000 for 120 seats, and {name} signs it in 2027.",
    ),
    "fr": (
        "Oui, mon numéro de carte c'est {card} et c'est celle de la société.",
        "Je peux payer par carte bleue, {card}",
        "Notre IBAN c'est {bank}, envoyez la facture.",
        "Pour le prélèvement, prenez {bank} s'il vous plaît.",
        "Mon numéro de sécurité sociale est le {identity} si besoin.",
        "Vous pouvez me joindre au {phone} après quinze heures.",
        "Mon numéro c'est le {phone} jusqu'à vendredi.",
        "Mon adresse mail c'est {email} je la lis tous les jours.",
        "Envoyez-le à {email} merci.",
        "Nous sommes au {address} depuis un an.",
        "Il faut livrer au {address} avant fin mars.",
        "Bonjour, je m'appelle {name} et je dirige les achats.",
        "Il faut parler à {name} pour le budget.",
        "Donc 45 000 euros pour 120 postes, et {name} signe en 2027.",
    ),
}
HELD_OUT: Mapping[str, Sequence[str]] = {
    "en": (
        "Okay, do you have a pen? The long number across the front is {card}",
        "Let me grab my wallet. Right, the Mastercard, that's {card}",
        "The bank gave us a new account, it reads {bank} and the name is the same.",
        "Finance asked me to pass on the I-BAN, so {bank} is what you put in.",
        "They asked for my social, which is {identity} by the way.",
        "If something comes up, text me, {phone} works best.",
        "I don't have a card on me, but my mobile is {phone} so ring me tomorrow.",
        "Could you resend the deck? My mail is {email} as always.",
        "Just drop me a line at {email} with the contract.",
        "The installation would be at {address} on the ground floor.",
        "Our new head office is {address} if you want to visit.",
        "{name} from legal will look at the terms on Thursday.",
        "I talked with {name} yesterday and she liked the demo.",
        "Honestly, {name} is the one who decides, and then there is {name} in IT.",
    ),
    "fr": (
        "Attendez, je prends ma carte, voilà, les chiffres devant c'est {card}",
        "Pour la Visa de l'entreprise, notez {card}",
        "On a changé de banque, le nouveau RIB c'est {bank} à mon nom.",
        "La compta m'a donné le compte, {bank} à mettre sur le mandat.",
        "On m'a demandé le numéro de sécu, c'est {identity} voilà.",
        "S'il y a un souci, appelez-moi, le {phone} c'est le mieux.",
        "Mon portable n'a pas changé, {phone} donc à demain.",
        "Vous pouvez renvoyer la présentation ? Mon courriel c'est {email} comme toujours.",
        "Écrivez-moi sur {email} avec le contrat.",
        "L'installation se ferait au {address} au rez-de-chaussée.",
        "Notre nouveau siège se trouve {address} si vous voulez passer.",
        "{name} du juridique regardera les conditions jeudi.",
        "J'ai discuté avec {name} hier et elle a aimé la démo.",
        "Honnêtement, c'est {name} qui décide, et ensuite il y a {name} à l'informatique.",
    ),
}
