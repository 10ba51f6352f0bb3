"""Out of role: what an agent says and a customer does not, and what a model says of itself."""

import re
from collections.abc import Sequence
from functools import lru_cache

from writ_gym.understanding.cues import NEVER, Trade
from writ_gym.understanding.reading import unquoted
from writ_gym.users.agenda import Agenda
from writ_gym.users.simulators import UserTurn

_THING = (
    r"(?:accounts?|address(?:es)?|balance|bookings?"
    r"|cancel{1,2}ation|(?:credit |gift )?cards?|choices?|confirmation|consent"
    r"|customer id|date of birth|e-?mails?|identity|items?|membership|names?|numbers?|orders?"
    r"|payments?|phone|postal code|preferences?|profile|purchases?|requests?|settings|upgrades?"
    r"|user ?(?:id|name)|zip|{things}|{deals})\b(?! (?:polic(?:y|ies)|rules?|options|services?"
    r"|department|team|systems?|terms|fees?|process|procedures?|site|page|line|plans|counter))"
)
"""What a customer has or does, which therefore only an agent calls "your". What stands in braces,
here and in other raw strings, is of the business: see ``_agents_of``."""
_RECORD = (
    r"(?:order|booking|account|request|cancel{1,2}ation|address|payment|profile|upgrade|transfer"
    r"|changes?|{things}|{deals})"
)
_DEALT = (
    r"(?:cancel{1,2}|process|updat|book|issu|complet|refund|modif|chang|return|exchang|upgrad"
    r"|add|initiat|transferr|remov|confirm|charg|credit|downgrad|suspend|re-?activat|placed?|{verbs})"
    r"(?:i?ed|ed|d)?"
)
_ID = (
    r"(?:(?:e-?mail|user|order|reservation|booking|account|confirmation|phone|zip|postal|customer"
    r"|item|passenger)s? ?(?:ids?|numbers?|codes?|address|details|names?)?|full name|date of birth"
    r"|destination|origin|reason)"
)
_AS_AGENT = (
    # the customer's things, and what the customer wants
    rf"\byour (?:\w+ ){{0,2}}?{_THING}",
    r"\byou(?:'d| would) (?:like|prefer|need) (?:to|me|for|the|a|an|more|any|us)\b(?! my\b)",
    r"\b(?:would|do) you (?:still |also )?(?:like|prefer|want|wish)\b(?! my\b| me to (?:send|give"
    r"|tell|provide|share)\b)",
    r"\bdo you (?:agree|consent)\b|\bdo you confirm\b",
    r"\bare you (?:looking (?:for|to)|trying to|able to (?:provide|confirm|share)|referring to)\b",
    # offers of help, and leave taken of a customer
    r"\bhow (?:\w+ )?(?:can|may|could) i (?:\w+ )?(?:help|assist|be of)\b"
    r"|\bwhat (?:\w+ )?(?:can|may|could) i (?:do for you|(?:help|assist) you with)\b"
    r"|\b(?:can|may|could) i (?:do (?:any|some)thing (?:else )?for you"
    r"|(?:help|assist) (?:you )?with (?:any|some)thing)\b",
    r"\b(?:any|some)thing else (?:that )?(?:i can (?:help|assist|do for)|you(?:'d| would)? (?:need"
    r"|like|want))\b|^[^\w\n]*(?:is there )?anything else(?: for)?(?: today)?\W*\?",
    r"\b(?:i can|i'll|i will|i'd|i would|happy to|glad to|here to|let me) (?:\w+ ){0,3}?(?:help"
    r"|assist)(?: you\b| with\b| further\b)|\bto (?:better )?assist you\b|\bassisting you\b"
    r"|\b(?:can(?:no|')t|cannot|unable to|not able to) (?:help|assist) you\b",
    r"\bif you (?:(?:could|can) (?:please )?(?:provide|share) (?:me )?(?:with )?(?:your|the|those"
    r"|that|any|more)"
    r"|(?:have|need) (?:any |some )?(?:other|more|further|additional) |need (?:any |some )?help)\b",
    r"\bfeel free to (?:\w+ )?(?:ask|reach|contact|let|provide|share|message)\b"
    r"|\blet me know (?:how you|which (?:one )?you|your|when you(?:'re| are|'ve| have)|once you"
    r"|if there(?:'s| is) anything|what you(?:'d| would))\b",
    r"\bi'll be here\b|\bwhenever you(?:'re| are) ready\b"
    r"|\bonce you (?:provide|confirm|share|have (?:it|them|the|your|that|those))\b",
    r"\byou(?:'re| are) (?:very |most |always )?welcome\b",
    r"\bthank you for (?:contacting|calling|reaching out|choosing"
    r"|(?:providing|sharing|giving|verifying|confirming) (?:me )?(?:with )?(?:your|that[^\w\n]*$"
    rf"|that[.!,]|the {_ID}))",
    # requests of a customer
    r"\b(?:may|can|could) i (?:please )?(?:have|get|ask for) (?:your|the (?:user|e-?mail|name|zip"
    r"|full|phone|reason|last (?:four|4)))\b",
    rf"\b(?:which|what) {_RECORD} (?:is (?:this|it|that)|(?:do|would|are|did) you)\b",
    rf"\b(?:provide|specify|share) (?:me )?(?:with )?(?:both )?(?:the|your|a|an) (?:\w+ )?{_ID}\b"
    r"(?=[^.!?\n]*\b(?:you|for the|so|to proceed|of the|if you)\b)",
    rf"(?:^|[.!?,:;\n] *)(?:could you )?please (?:provide|specify|share|enter|verify) (?:the|an?"
    rf"|either|both|one) (?:\w+ )?{_ID}\b",
    r"\bplease confirm (?:if|whether|that) you\b|\bplease (?:specify|be aware)\b",
    rf"\bi(?:'ll| will| would)?(?: also| first| still)? need (?:the|a|an|to know) (?:\w+ )?{_ID}"
    r"(?: \w+){0,3}(?:,| to| so| in order| before)\b",
    r"(?:^|[.!?\n] *)(?:in order )?to (?:proceed|assist|help you|locate)\b",
    r"\b(?:reply|respond|answer|say|type|with|confirm) (?:with )?(?:a )?[\"'(]*yes[\"')]"
    r"|\(yes/no\)|\byes or no\b",
    # looks things up, acts
    r"\bplease (?:hold on|wait|bear with me|allow me|give me) (?:for )?(?:a|one|just a) moment"
    r"(?:,? while i\b|[^\w\n]*$)|\bmoment(?:,? please,?)? while i\b",
    r"\b(?:i'll|i will|let me|i am going to|i'm going to|allow me to) (?:\w+ ){0,2}?(?:\w+)"
    r"(?: \w+){0,6}? (?:for you|it up|that up)\b",
    r"\b(?:i'll|i will|let me) (?:now |first |also |then |go ahead and |proceed (?:to|with) )*"
    r"(?:process|retriev|transfer you|initiat|escalat|locat|pull up|issue|access|calculat"
    r"|search for (?:avail|one|alternat|{things})|check (?:the|for|if there)"
    r"(?: \w+)? (?:availab|{things})|look into (?:that|this)|proceed with (?:the|this|that"
    r") (?:\w+ )?(?:booking|refund|update|upgrade|change|exchange|return|modif|transfer))\w*\b"
    r"(?!.*\bmy\b)",
    # reports
    r"\bi(?:'ve| have)(?: now| just| successfully| also)* (?:processed|issued|refunded|initiated"
    r"|located|retrieved|escalated|transferred|verified)\b(?! (?:my|from|it myself)\b)",
    rf"\bi(?:'ve| have)(?: now| just| successfully| also)* {_DEALT} (?:your|the {_RECORD})\b"
    r"(?!.*\bmyself\b)",
    r"\bi(?:'ve| have)? (?:also |now |just )?found (?:your|several|two|three|a few|multiple"
    rf"|\d+|a) (?:\w+ )?{_RECORD}|\bi couldn't find (?:a|any) (?:\w+ )?{_RECORD}",
    r"\b(?:has|have) been successfully\b",
    rf"^(?!.*\bmy\b)(?!.*\?).*\b(?:your|the|all) (?:\w+ ){{0,4}}(?:has|have) (?:now )?been {_DEALT}"
    r"\b",
    r"\bwill be (?:processed|refunded|credited|charged|issued|sent|applied) (?:back )?(?:to|using"
    r"|with|from) your\b|\bwithin \d+ (?:to|-) \d+ business days\b",
    r"\bhere(?:'s| is| are) (?:the (?:available|updated|search|current|price|cost|breakdown"
    r"|{things})|your|some (?:\w+ )*(?:options?|{things})|a (?:summary|list"
    r"|breakdown)|what i found)\b",
    # says what goes and what does not
    r"\bunfortunately,? (?:\w+ ){0,5}?(?:cannot|can't|unable to|not able to)(?: be|(?= (?:process"
    r"|proceed|offer|issue|locate|modify|refund|provide comp))) (?:modif|chang|cancel|process"
    r"|proceed|offer|remov|add|issu|refund|exchang|return|locat|provid)\w*\b(?!.*\bmy\b)",
    r"\byou (?:are|may be|aren't|are not|would be) (?:not )?(?:eligible|entitled)\b|\byou (?:will"
    r" |would |may |might )?need to (?:contact|provide|cancel|book|reach|confirm|specify)\b"
    r"|\byou(?:'ll| will) (?:receive|be (?:charged|refunded|able to)|have to)\b"
    rf"|\byou (?:currently )?have (?:the following|(?:two|three|several|\d+) (?:\w+ )?{_RECORD})"
    r"|\byou can (?:take|bring|have) (?:a total|up to|\d)",
    r"\bour (?:\w+ )?(?:polic(?:y|ies)|systems?|records|website)\b",
    r"\bi (?:would )?recommend (?:\w+ing|that you|you)\b|\btransferring you\b"
    r"|\bi (?:can|will) (?:transfer|connect) you\b|\b(?:are|be) being transferred\b",
    # writes down both sides
    r"^[^\w\n]*(?:agent|assistant|representative|support)\W{0,3}:",
)
"""Every line is one kind of what only an agent says."""
_AS_MODEL = (
    r"\bas an? (?:ai|artificial|(?:large )?language|virtual|chat ?bot|assistant|agent)\b",
    r"\bi(?:'m| am) (?:(?:just|only|actually|an?|the) )*(?:ai|artificial intelligence"
    r"|(?:large )?language model|virtual assistant|chat ?bot)\b",
    r"\bi(?:'m| am)? (?:can(?:no|')t|cannot|won't|will not|(?:not able|unable) to) (?:help|assist)"
    r" (?:you )?(?:with|you)\b",
    r"\bi(?:'m| am)? (?:can(?:no|')t|cannot|won't|will not|(?:not able|unable) to) (?:comply|fulfil"
    r"|engage in|participate in|role-?play|pretend|generate"
    r"|continue (?:with )?(?:this|the|our) (?:conversation|chat|discussion|role|scenario))",
    r"\b(?:against|violates?) (?:my|the|our|ethical) (?:\w+ )?(?:guidelines|programming)\b"
    r"|\bmy (?:guidelines|programming|training data)\b|\bi must (?:decline|refuse)\b",
)
"""Every line is one way in which a model speaks of itself, or refuses."""


def _one_of(kinds: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(kinds), re.I | re.M)


_MODEL = _one_of(_AS_MODEL)


@lru_cache(64)
def _agents_of(trade: Trade) -> re.Pattern[str]:
    """Return what only an agent of a business says."""
    kinds = list(_AS_AGENT)
    for name, words in trade._asdict().items():
        kinds = [each.replace(f"{{{name}}}", words or NEVER) for each in kinds]
    return _one_of(kinds)


def plays_agent(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a user who speaks as the one who serves, not as the one who is served."""
    found = _said(_agents_of(agenda.lexicon.trade), agenda, turn)
    return f"{found!r} is what the agent would say; you are the customer" if found else None


def speaks_as_model(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a user who is a model in so many words, or refuses to play as models do."""
    found = _said(_MODEL, agenda, turn)
    return (
        f"no customer says {found!r}: you only play one, in a test of the agent" if found else None
    )


def _said(words: re.Pattern[str], agenda: Agenda, turn: UserTurn) -> str | None:
    """Return the first of some words in a turn that are not those of the scenario."""
    statements = agenda.statements.lower()
    found = (" ".join(match[0].split()) for match in words.finditer(own_words(agenda, turn)))
    return next((text for text in found if text.lower() not in statements), None)


def own_words(agenda: Agenda, turn: UserTurn) -> str:
    """Return what a turn says besides what is quoted in it and what the scenario has it say."""
    text = unquoted(turn.text)
    for statement in filter(str.strip, agenda.statements.split("\n")):
        text = text.replace(statement, " ")
    return text.replace("’", "'")
