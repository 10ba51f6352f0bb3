"""How agents word things in English: what makes a sentence a question, a proposal, or a refusal.

Each function looks at one sentence, in plain words: without markup, and with plain apostrophes.
"""

from functools import lru_cache
from typing import NamedTuple

from writ_gym.understanding.patterns import AnyCase

NEVER = r"(?!)"
"""Matches nothing."""


class Trade(NamedTuple):
    """What a business deals in, as alternatives of a regular expression, in lower case."""

    things: str = ""
    """Nouns of what its users have of it, or get: "loans?|fees?"."""
    deals: str = ""
    """Nouns of what its agents do: "renewals?"."""
    verbs: str = ""
    """Verbs for that: "renew"."""


NO_TRADE = Trade()
"""No words but those of any service."""

_REQUESTS = AnyCase(
    r"\?|\b(?:please(?! (?:note|be aware|allow|keep|rest|hold|wait|bear))|kindly"
    r"|(?:can|could|might) (?:i|we) (?:have|get|ask)|could you|can you|may i|provide|tell me"
    r"|let me know|share|specify"
    r"|(?:i|we)(?:'ll| will| would|'d)?(?: also| still| just| first| both)* (?:need|require)"
    r"|i must have|is (?:needed|required|missing)|you(?:'ll| will)? (?:need|have) to provide"
    r"|(?:^\W*|[,:;(] |\b(?:and|but|so|know|me|ask) )(?:what is|what's)|which)\b"
)
_RELATIVE = AnyCase(r", (?:(?:at|by|for|from|in|of|on|to|with) )?which\b")
"""Begins a clause that says something, and asks nothing."""
_CONFIRM = r"(?:please|could you|can you|would you|need you to|just|and|or|to) confirm"
_ACTS = r"(?:me to|to (?:proceed|go ahead|continue|move forward|confirm))"
_LIKES = (
    r"(?:you(?:'d| would)?(?: still| also)? (?:like|want|wish|prefer|agree|are (?:ready|happy|ok"
    r"|okay|willing|sure))|you're (?:ready|happy|ok|okay|willing|sure))"
)
_ALL = r"(?:everything|all|this|that|it|these|those|(?:all )?(?:of )?(?:the|these|those) \w+)"
_DO = (
    r"(?:action|add|apply|arrange|book|cancel|carry|change|charge|complete|correct|credit|disable"
    r"|do|enable|enter|exchange|execute|file|finali[sz]e|go ahead|increase|initiate|issue|lift"
    r"|make|modify|move|order|pay|perform|place|proceed|process|push|put|re-?activate|re-?book|reduce|refund"
    r"|register|remove|replace|reserve|reset|restore|resume|return|save|send|set|ship|start"
    r"|submit|suspend|swap|switch|turn|update|upgrade|downgrade|redirect|deliver|grant)"
)
"""What an agent does to records."""
_TAG = (
    r"(?:ok(?:ay)?|al{1,2} ?right|right|correct|agreed|deal|confirmed|confirm|fine|good|yes"
    r"|yes or no|shall i"
    r"|shall we|may i)"
)
"""A question for a yes by itself, or at the end of a sentence."""
_CONSENT = (
    r"(?:confirmation|approval|consent|go-ahead|permission|agreement|okay|ok|authori[sz]ation)"
)
_SUITS = r"(?:ok(?:ay)?|correct|right|fine|al{1,2} ?right|acceptable|good|accurate|agreeable)"
_PROPOSES = AnyCase(
    r"\b(?:"
    rf"(?:do|have|may|can|could|would) (?:i|we|you) (?:have|get|got|give(?: me"
    rf"| us)?) (?:your |the |an? )?"
    rf"(?:explicit |final )?{_CONSENT}\b"
    r"|are you (?:happy|fine|ok(?:ay)?|comfortable|content|satisfied|good|in agreement"
    r"|on board) (?:with|for|to|if)\b"
    rf"|(?:would|does|do|is|are|will) (?:that|this|it|these|those|everything"
    rf"|all(?: of)? (?:this|that|these))"
    rf"(?: all)? (?:be |look |sound |seem |work )?(?:{_SUITS}|work|suit you|what you (?:want"
    rf"|had in mind|would like|meant))\b"
    r"|(?:do you|would you|you) (?:consent|accept|authori[sz]e)\b|green light\b"
    r"|is (?:that|this|it) (?:something|what) (?:that )?you(?:'d| would)? (?:like|want)\b"
    r"|how (?:does|do) (?:that|this|it|these|those|everything) (?:all )?(?:sound|look)\b"
    rf"|(?:would|do|did) you(?: still| also)? (?:like|want|wish) {_ACTS}\b"
    r"|do you (?:agree|confirm|approve)\b|are you (?:sure|ok(?:ay)?)\b"
    r"|is (?:that|this|everything|it|all(?: of)? this) "
    r"(?:ok(?:ay)?|correct|right|fine|all right|acceptable)\b"
    # a yes in so many words
    r"|(?:say|reply|answer|type|respond)(?:ing)?(?: with)? [\"'(]*yes\b|yes */ *no\b"
    r"|yes or no\b|(?:need|require|await|give me|obtain) (?:your |an? )?"
    r"(?:(?:explicit|final|clear) )*(?:confirmation|approval|consent|go-ahead|yes|okay|ok)\b"
    r"|say the word\b"
    # requests to confirm
    rf"|confirm (?:if|whether|that) (?:{_LIKES} (?!to (?:use|purchase|add|have)\b)"
    rf"|{_ALL} (?:is|are|looks?|sounds?|seems?)\b)"
    r"|confirm (?:that (?!you (?:have|had|are a)\b)|to (?:proceed|go)|this|these|with|it\b)"
    rf"|{_CONFIRM}(?: (?:again|once more|now))?\s*"
    r"(?:[.!?:,;]|$|(?:and|before|so|with|in order)\b)"
    rf"|{_CONFIRM} (?:the |all (?:the )?|these |those )?(?:following |above )?"
    r"(?:details|information|changes?|cancellation|return|exchange|booking|refund|modification"
    r"|update|upgrade|suspension|(?:re|de)?-?activation"
    r"|(?:address|payment(?: method)?|items?) (?:change|update)"
    r"|following|above)\b(?! (?:reason|method|option|id))"
    r"|confirm (?:the|your) (?:\w+ ){1,4}\W{0,3}(?=[\w#_]*\d)[\w#_]{5,}\b"
    r"(?!\W*(?:,|\band) (?:(?:also |please )*(?:provide|specify|share|give|tell|state)|the|your)\b)"
    r"|(?:let me know|tell me|say) (?:if|whether) i (?:may|can|should)\b"
    rf"|(?:let me know|tell me|say) (?:if|whether) {_ALL}(?:'s| is| are| looks?| sounds?| seems?)"
    rf" (?:all )?{_SUITS}\b(?! now\b)|(?:let me know|tell me|say) (?:if|whether) {_ALL}"
    r" (?:works? for|suits?) you\b"
    r")"
    rf"|^\W*(?:your )?(?:explicit |final )?{_CONSENT},? please\b"
    r"|^(?!.*\b(?:which|what|how|where|when)\b.*\bsh(?:all|ould) ).*\bshall (?:i|we)\b"
)
"""Asks for a yes before the agent acts."""
_ASKS_FOR_A_YES = AnyCase(
    # tags, and short questions for a yes
    rf"(?:^|[,;:—–-] ?|\b(?:is|does|would) (?:that|this|it) )\W*(?:(?:and|so|then|all"
    rf"|everything)\W+)*{_TAG}"
    r"(?: (?:with|for|by) you)?\W*\?"
    rf"|^\W*(?:so\W+)?(?:is (?:it|that|this) |are we |are you |would (?:it|that) be )?{_SUITS}"
    r"(?: (?:with|for|by) you)?,? (?:to|if (?:i|we)|that (?:i|we)|for (?:me|us) to) [^?]*\?"
    # may I do it
    rf"|\b(?:mind if (?:i|we) (?:now |then |also |just )?{_DO}"
    rf"|(?:ready|happy|ok(?:ay)?|fine|good) for me to {_DO}"
    r"|am i (?:right|correct) (?:that|in (?:thinking|assuming)(?: that)?) "
    rf"{_LIKES} (?:me )?to)\b[^?]*\?"
    r"|^\W*(?:(?:and|so|then|now)\W+)*(?:you )?(?:want|wish) me to\b[^?]*\?"
    rf"|(?:^|[,;:—–-] ?|\b(?:and|so|then|now) )\W*(?:(?:and|so|then|now)\W+)*(?:may|can|could"
    rf"|shall) (?:i|we)"
    rf" (?:please |now |then |also |just )?{_DO}\b[^?]*\?"
    # should that be so
    r"|^(?!.*\b(?:which|what|how|where|when|who|or)\b)\W*(?:(?:and|so|then)\W+)*"
    r"should (?:your|the|this|that|it|they|these)\b[^?]*\?"
    r"|^(?!.*\b(?:which|what|who|where)\b).*\bis\b[^?]*"
    r"\bthe (?:right|correct|new|intended|desired|proper) \w+[^?]*\?"
    # questions for a yes
    r"|\b(?:shall|should|can|may) (?:i|we) (?:now |then |also )?(?:go ahead|proceed)\b[^?]*\?"
    r"|^(?!.*\b(?:which|what|how|where|when)\b.*\bsh(?:all|ould) )"
    r".*\bshould (?:i|we)\b[^?]*\?"
    r"|\b(?:would|do) you (?:like|want|wish) to (?:use|cancel|return|exchange|book|change|update"
    r"|upgrade|switch|keep|apply|modify|pay)\b[^?]*\?"
    r"|\bsounds? good\b[^.!]*\?"
    r"|^\W*(?:(?:so|then|ok(?:ay)?|ready to)\W+)*(?:proceed|go ahead)\b[^?,]{0,30}\?"
)
"""Does so with a question mark, without which it is not looked for."""
_TO_CONFIRM = AnyCase(
    r"(?:\b(?:i|we)(?:'ll| will| would)? (?:also |just |first )?(?:need|like|want) (?:you )?to )?"
    r"\bconfirm"
)
_ASKS_WHICH = AnyCase(
    r"\bconfirm (?:the |your |all |any |these |those )(?:\S+ ){1,8}?(?:that )?(?:you(?:'d| would)?"
    r"(?: also| now)? (?:want|like|wish|need|prefer|have in mind|are looking for)"
    r"|you're looking for)\b[^?;]*|"
    r"\b(?:how|why|what|when|where|which|who|whom|whose)\b(?: [\w'-]+){0,3}? (?:would|do|did|should"
    r"|shall|may|can|could) (?:you|i|we|the|your|it)\b[^?;]*"
)
"""Asks for a value with the words of a proposal, such as "why do you want to cancel it"."""
_GOING_TO_ACT = AnyCase(
    r"\b(?:shall|should|may|can|could|if|mind) (?:i|we)\b|\bme to\b|\bproceed\b|\bgo ahead\b"
    r"|\b(?:would|do|did) you (?:still |also )?(?:like|want|wish|prefer)\b|\bnext\b"
    r"|\bready\b|\b(?:i|we)(?:'ll| will)\b"
)
"""Speaks of something that the agent is still to do."""
_NOW = AnyCase(r"^\W*how (?:does|do)\b|^(?!.*\b(?:to|if|yes)\b).*\bnow\W*$")
_SATISFIED = AnyCase(
    r"\b(?:satisfied|happy|content) with (?:that|this|it|(?:the|my) answer)\b|\bresolv\w+\b"
    r"|\beverything (?:is )?(?:ok(?:ay)?|fine|clear|al{1,2} ?right) now\b"
)
_WAITS = AnyCase(
    rf"\b(?:let me know|tell me|say) (?:if|whether) {_LIKES} {_ACTS}\b"
    rf"|\bif {_LIKES} {_ACTS}\b.*\b(?:let me know|confirm|say|tell me)\b"
    rf"|\bif {_ALL}(?:'s| is| are| looks?| sounds?| works?) (?:all )?(?:{_SUITS}|for you)\b.*"
    r"\b(?:let me know|confirm|say|tell me|i'll|i will)\b"
    rf"|\blet me know,? and i(?:'ll| will) (?:get (?:it|that|this) done|take care of|{_DO})\b"
)
"""Waits for a yes, if it does not wait for something else that is asked for."""
_CONFIRMS = AnyCase(
    r"\b(?:once|when|after|as soon as|if) (?:you(?:'ve| have)? )?(?:confirm(?:ed)?|agreed?"
    r"|approved?)\b"
    r"(?! (?:which|what|whether|(?:the|your) (?:\w+ )*?(?:id|number|code|reason|method)s?)\b)"
    rf"|\b(?:with|await(?:ing)?|waiting for|upon|on) your (?:explicit |final )?{_CONSENT}\b"
    r"|\bto confirm, (?:you|i)\b|\bconfirm (?:these|those|the) (?:details|information)\b"
)
"""Waits for a yes to details, if any are told, or nothing else is asked for."""
_CHOICE = AnyCase(
    r"\b(?:proceed|go ahead|continue) with (?:another|a (?:different|specific|particular)"
    r"|an(?:other)? (?:option|alternative))\b"
    r"|\b(?:any|one|either|which|some) of (?:these|those|the|them|your)\b"
    r"|\bany (?:specific |other |further |more |additional )?(?:actions?|changes?|options?"
    r"|items?|orders?|bookings?|modifications?|updates?|adjustments?|upgrades?"
    r"|cancellations?|returns?|exchanges?|refunds?|purchases?)\b"
    r"|\b(?:for|to|with|of|into) (?:another|a different|an alternative)\b"
    r"|\b(?:for|to|with|of|into) (?:some )?(?:other|different|alternative) (?:\w+ )?"
    r"(?:options?|alternatives?|ones?|items?|versions?|variants?|dates?|methods?)\b"
    r"|\bwould you (?:like|want|wish|prefer) to use\b[^?]*\bor\b"
    r"|\b(?:like|want|wish|prefer) to \w+(?: \w+)? or \w+\b(?! (?:not|no)\b)"
    r"|\bor (?:explore|choose|look for|need)\b"
    r"|\b(?:would|do) you (?:like|want|wish|prefer) to (?:choose|select|pick|explore|consider|know"
    r"|see|look|make any)\b(?!.*\bor\b.*\bproceed\b)"
    r"|\bme to (?:search|look|check|find|retrieve|show|list|explore|see|transfer|connect|help"
    r"|assist"
    r"|provide|explain|try|pull|suggest|recommend|calculate)\b"
    r"|\bshould i (?:search|look|check|find|retrieve|show|list|explore|transfer|connect)\b"
    r"|\bconfirm (?:if|whether|that) (?:either|any|one|there)\b"
)
"""Asks which of several things it is to be, or offers to look for something else."""


@lru_cache(64)
def _proposals(trade: Trade) -> AnyCase:
    """Return how a yes is asked for in the words of a business, before its agent acts."""
    things, deals, verbs = (words or NEVER for words in trade)
    return AnyCase(
        rf"\b{_CONFIRM} (?:the |all (?:the )?|these |those )?(?:following |above )?"
        rf"(?:{deals}|(?:{things}) (?:change|update))\b(?! (?:reason|method|option|id))"
        r"|(?:(?:^|[,;:—–-] ?|\b(?:and|so|then|now) )\W*(?:(?:and|so|then|now)\W+)*"
        r"(?:may|can|could) (?:i|we)(?: please| now| then| also| just)?"
        rf"|\bmind if (?:i|we)|\bfor me to) (?:{verbs})\b[^?]*\?"
    )


@lru_cache(64)
def _choices(trade: Trade) -> AnyCase:
    """Return how it is asked which it is to be, in the words of a business."""
    things, deals = trade.things or NEVER, trade.deals or NEVER
    return AnyCase(
        r"\bany (?:specific |other |further |more |additional )?"
        rf"(?:{things}|{deals})\b"
        r"|\b(?:for|to|with|of|into) (?:some )?(?:other|different|alternative) (?:\w+ )?"
        rf"(?:{things})\b|\bor would you (?:like|prefer)[^?]*\b(?:{things})\b"
    )


_LOOKS = AnyCase(
    r"\b(?:(?:shall|should|can|may|could) (?:i|we)|(?:i|we)(?:'ll| will| can| could"
    r"|(?:'m|'re| am| are) (?:going|about) to|'d like to| would like to| need to| have to)"
    r"|let (?:me|us)|allow me to|(?:you )?(?:like|want|wish|prefer) me to|(?:while|as) (?:i|we))"
    r"(?: (?:now|first|then|also|just|quickly|please|go ahead and|go ahead to|proceed to"
    r"|proceed and|start by|begin by|have to|take a|have a))*"
    r" (?:search|look|check|find|retriev|show|list|pull|review|verify|see|fetch|view|gather|locat"
    r"|examin|access|read|pars|brows|go (?:over|through|check))(?:e|ing|king)?\b"
    r"(?:(?!,? (?:and|then|before|after|once) )[^.!?;])*"
)
"""Says that the agent looks something up, and what."""
_GOES_ON = AnyCase(
    r"\b(?:would you like (?:me )?to|(?:shall|should|may) i) (?:proceed|go ahead|continue) with"
    r"(?! (?:any|one|either|some|another|an? |changing [^?]* to (?:one|any)))(?!.*\bof these\b)"
    r"[^?]*,? or\b[^?]*\?"
)
"""Asks for a yes first, and for another wish if it is a no."""
_OR_GOES_ON = AnyCase(
    r"\bor (?:may|shall|can|should) (?:i|we) (?:just |now )?(?:go ahead|proceed|do (?:it|that"
    r"|this))\b"
)
"""Asks first whether there is more to the same thing."""
_ONLY_GOES_ON = AnyCase(
    r"^\W*(?:would|do|shall|should|may|can) (?:i|we|you)\b(?![^?]*\b(?:wh\w+|how|or|use|specify"
    r"|provide|tell|share|prefer|choose)\b)[^?]*\b(?:proceed|go ahead|continue)\b[^?]*\?$"
)
"""Asks whether to go on, and names what with, which is not asked for."""
_ASKS_VALUE = AnyCase(r"\bconfirm(?:ing)? (?:the|your|if|whether|which|what|who|whose|how|where)\b")
"""Asks for a value with the words of a confirmation."""
_PROVIDES = AnyCase(r"\b(?:provide|tell me|specify|what is|which|your)\b")
_OFFERS_MORE = AnyCase(
    r"\b(?:(?:any|some)thing else|anything (?:more|further)|what else"
    r"|(?:any|more|other|further|additional|have)(?: \w+)? (?:assistance|help|questions?|requests?"
    r"|concerns?|inquiries)|(?:need|require) (?:assistance|help)\b"
    r"|(?:assist|help) you(?: with (?:anything|something|any))?(?: else| more)? (?:any )?further"
    r"|feel free to (?:ask|reach|let|contact)|(?:assist|help) you (?:any )?further)\b"
)
_HELPLESS = AnyCase(
    r"\b(?:can(?:no|')t|can ?not|unable to|not able to|won't be able to)"
    r" (?:\w+ )?(?:help|assist)\b"
)
_ALTERNATIVES = AnyCase(
    r"\b(?:explore|consider|discuss|choose|select|pick|try|look (?:at|into|for)) (?:any |some "
    r"|an?)?"
    r"(?:other|another|different|alternative|further)\b"
)
"""Offers something else than what was asked for, without saying what."""
_OPEN = AnyCase(
    r"\b(?:how(?: exactly)? (?:can|may|could) (?:i|we) (?:help|assist)"
    r"|what (?:can|may|could) (?:i|we)"
    r"|(?:what|which) (?:specific |exact |other )?(?:changes?|modifications?|updates?|adjustments?)"
    r"|(?:what|how)(?: exactly| specifically)? (?:would|do|are|is it|did) (?:you|that you)"
    r"(?! (?:like |want |wish |prefer )?to pay)"
    r"|let me know (?:what|how)(?! (?:payment|many|much))|clarify|clarification|elaborate"
    r"|(?:let me know|tell me) (?:(?:the|your|some|more|any) )*(?:details|specifics|preferences?"
    r"|choices?)|what (?:exactly|specific(?:ally)?)"
    rf"|the (?:changes?|modifications?)(?: that)? {_LIKES}"
    r"|(?:provide|share|give|have|need|specify)(?: me)?(?: with)? (?:(?:the|some|more|additional"
    r"|further|any|other|specific|your) )*(?:details|information|specifics|preferences)"
    r"|(?:more|further|additional|specific) (?:details|information|specifics)"
    r"|what (?:brings you|you(?:'d| would)? (?:need|like|want)(?! to know(?: is\b|[:,])))"
    r"|if (?:either|any) of these|or provide more|any (?:specific |particular )?action"
    r"|(?:which|what|one|any) (?:of (?:these|those|the) )?(?:\w+ )?(?:options?|alternatives?)"
    r"|(?:like me to|should i|shall i) (?:search|look|check|find|help|assist))\b"
)
_OPEN_NOT = AnyCase(r"\b(?:else|further|any other|more questions?)\b")
_CANNOT = AnyCase(
    r"\b(?:can(?:no|')t|cannot|can not|unable|not able to|not possible|no longer possible"
    r"|not (?:be )?(?:eligible|allowed|permitted|available)|won't be able|impossible"
    r"|isn't (?:eligible|possible|allowed|available)|not something (?:that )?i can"
    r"|nothing (?:is |was )?(?:wrong|to (?:change|do|fix|lift|repair|mend|pay))"
    r"|can only (?!be\b)[^.!?;]{1,80}, (?:and )?not|no need (?:to|for)|not necessary)\b"
)
_NEITHER = AnyCase(r"(?:^|[.!?]\s+)(?![^.!?]*\bafter)[^.!?]*\bcan (?:be )?neither\b")
"""It says so of now, not of what comes afterwards."""
_FAILS = AnyCase(
    r"\b(?:(?:doesn't|does not|don't|do not) (?:allow|permit|qualify)"
    r"|(?:transfer|connect)(?:ring)? you (?:to|with) an?|contact(?:ing)? a human"
    r"|(?:there )?(?:are|is)n't enough|(?:is|are) (?:not enough"
    r"|no (?!longer (?:needed|wanted|required|necessary)\b)\w+ )"
    r"|insufficient|not (?:be )?(?:sufficient|enough)|couldn't|could not|failed|unavailable"
    r"|(?:wasn't|weren't|was not|were not) able|(?:out of|not in|no longer in) stock|sold out"
    r"|(?:an?|the|another|some) (?:issue|error|problem)s? (?:with|while|when|in|processing"
    r"|occurred))\b"
)
"""Did not work out, or is for somebody else to do."""
_ALLOWS = AnyCase(
    r"\b(?:no|not any|aren't any) (?:(?:\w+ )?(?:overdue|outstanding|unpaid|open|other|further"
    r"|additional|extra)|fees?|charges?|costs?|issues?|problems?|restrictions?|penalt\w+)\b"
    r"(?![^.!?]*\b(?:can't|cannot|can not|unable|unfortunately)\b)"
)
"""Says that nothing stands in the way."""
_REGRETS = AnyCase(r"\bunfortunately\b|\bregrettably\b|\bi(?:'m| am) afraid\b")
_NOT_REFUSES = AnyCase(
    r"^\W*(?:please |kindly |also |but )*(?:note|be aware|keep in mind|remember|bear in mind)\b"
    r"|\b(?:if|in case|whether|unless) (?:you|this|that|it|the|any|they)\b[^,]*\b(?:can't|cannot"
    r"|unable|not )"
    r"|\b(?:can't|cannot|can not|unable to|(?:not|n't) able to|couldn't|could not)"
    r" (?:seem to )?(?:find|locate|see"
    r"|recall|remember|access)\b"
    r"|\b(?:because|since|as) you\b(?! (?:say|said|think|thought|describe))[^,.]*"
    r"\b(?:can't|cannot|unable|(?:not|n't) able)\b"
)
"""Side notes, conditions, searches that came to nothing, and the user's own reasons."""
_LACKS = AnyCase(
    r"\b(?:can(?:no|')t|cannot|unable|not able to|won't be able)\b.*\b(?:without (?:an?|any|first"
    r"|further|having|it|knowing|more|that|the|them|these|this|those|your)|(?:until|unless) (?:i"
    r"|we|you))\b"
    r"|\bwithout (?:that|the|these|this|those|your)\b[^.!?]*\b(?:can(?:no|')t|cannot|unable"
    r"|not able to|won't be able)\b"
)
"""Cannot go on before something is known: that asks for it."""
_SEEN = (
    r"found|located|verified|identified|checked|looked|retrieved|reviewed|authenticated|confirmed"
    r"|searched|received|noted|gathered|pulled|accessed|calculated|determined|considered|noticed"
    r"|understood|recognized|matched|listed"
)
_STATES = (
    r"delivered|shipped|created|priced|purchased|placed|paid|ordered|used|made|mentioned|provided"
    r"|included|listed|linked|scheduled|issued|departed|landed|delayed|charged|flown|bought"
)
_REPORTS = AnyCase(
    rf"\b(?:(?:ha(?:s|ve)|(?<=that's)|(?<=it's)|(?<=they've))"
    r" (?:now |just |successfully )?been (?:now |just |successfully )?"
    rf"(?!(?:already )?(?:{_SEEN}|{_STATES})\b)\w+\b(?! already\b)"
    rf"|(?<!was )(?<!were )successfully (?!(?:{_SEEN})\b)\w+|all set"
    rf"|(?:i've|i have|we've|we have) (?:now |just |also |successfully )*(?!(?:{_SEEN})\b)"
    r"(?:\w+ed|sent|set|put|made|given|taken|paid)\b"
    rf"|(?:is|are) now|was (?:successfully )?(?!(?:{_SEEN}|{_STATES})\b)\w+ed"
    r"|(?<!be )(?<!once )(?<!(?:get|ave) it )(?<!get that )(?<!get this )done|completed"
    r"|is complete)\b"
)
_IDENTIFIES = AnyCase(
    r"\b(?:identity|account|user id|profile|e-?mail|details)\b[^.]*\b(?:verified|authenticated"
    r"|located|confirmed|found|validated)\b"
)
_CONDITIONAL = AnyCase(r"\b(?:once|when|after|if|before|until)\b[^,]*$")
_OFFERS = AnyCase(r"^(?:as|since|because)\b[^,]*,[^,]*\b(?:i|we) (?:can|could)\b")
"""Why something can be offered is no report."""
_OFFERS_ELSE = AnyCase(r"\b(?:instead|alternatively|human)\b")
_TRANSFERS = AnyCase(r"\btransferred to a human|transferr?ing you to|human agent\b.*\bhold on")
_ASKS_TO_TRANSFER = AnyCase(
    r"(?:^|[,;:—–-] ?|\b(?:and|so|then|or) )(?:(?:and|so|then|or)\W+)*"
    r"(?:(?:shall|should|may|can|could) (?:i|we)|(?:would|do) you (?:like|want|wish"
    r"|prefer) (?:me |us )?to"
    r"|(?:would|do) you (?:like|want|wish) (?:me|us) to)\b(?: \w+){0,3}? (?:transfer|connect"
    r"|hand|forward|be (?:transferred|connected|handed))\b"
    r"[^?]*\b(?:human|agent|representative|colleague|specialist|supervisor|person|someone"
    r"|somebody)\b[^?]*\?"
)
_GREETS = AnyCase(
    r"^(?:hi|hello|hey|welcome|good (?:morning|day|afternoon)|thank(?:s| you)|sure|of course|okay"
    r"|certainly|how (?:can|may) i|i(?:'d| would) be happy|i(?:'m| am) here|no problem|great"
    r"|you're welcome|have a|safe travels|no worries|i understand|i apologi[sz]e|i(?:'m| am) sorry"
    r"|(?:please )?(?:hold on|hold|wait|bear with me|give me|allow me|one|just (?:a|one))"
    r" (?:a |one )?(?:moment|second|minute|sec)|(?:please )?(?:hold on|wait|bear with me))"
    r"\b[^.!?]*[.!?]*$"
)
POINTS_BACK = AnyCase(
    r"\b(?:give|provide|tell|share|have|let me (?:have|know)|send|confirm|specify)(?: me)?"
    r"(?: with)?"
    r" (?:these|those|them|that(?! (?:all|everything|i|it|the|these|this|we|you|your)\b)|it|either"
    r"|the (?:details|information)"
    r"|(?:one|any|some|all|both) of (?:these|those|them))\b"
    r"|\bwhich (?:one|of (?:these|those|them|the (?:two|three|four|five)))\b"
)
"""Such a request is for what the sentence before has named."""


_PURPOSE = AnyCase(
    r"^\W*(?:(?:and|now|but|so|also|first|then)\W+)*"
    r"(?:(?:in order )?to|for|since|as|because|regarding|before|thank you for)\b[^,]*,"
    r"|\b(?:so (?:that )?(?:i|we)\b.*$"
    r"|(?<!like )(?<!want )(?<!wish )(?:in order )?(?:to|and i'll|and i will"
    r"|and i can) (?:proceed|assist|help|find|locate"
    r"|continue|complete|process|look|verify|access|retrieve|authenticate)\b"
    r".*?(?=[,.?]|$| and (?:let|please|provide|confirm|specify|tell|share|choose|also)\b)"
    r"|or (?:if you )?(?:need|have|require) (?:any |some )?(?:further|other|more|additional|help"
    r"|assistance).*$"
    r"|(?<!\bask )(?<!\bask you )for (?:the|your|any|this|that|each|a) .*?(?=[,.?(]|$| and ))"
)
"""What for something is asked, which is not asked for itself."""
_GIVEN = AnyCase(
    r"\b(?:(?:user|reservation|order|booking|confirmation|item|line|bill) )?"
    r"(?:id|number|code|order|reservation)s?\W{1,4}(?=[\w#]*\d)[\w#]{4,}"
)


@lru_cache(8192)
def requests(sentence: str) -> bool:
    """Say whether a sentence can ask for something."""
    asked = asked_part(sentence)
    closing = offers_more(asked) or _ALTERNATIVES.search(asked)
    if closing and not (_PROVIDES.search(asked) or _GOES_ON.search(sentence)):
        return False
    if _ONLY_GOES_ON.search(sentence):
        return False
    requested = _REQUESTS.search(_RELATIVE.sub(", that", sentence))
    return bool(requested or _ASKS_VALUE.search(sentence) or lacks(sentence))


@lru_cache(8192)
def asked_part(sentence: str) -> str:
    """Return a sentence without what it is asked for, and without ids that it gives itself."""
    return _GIVEN.sub(" ", _PURPOSE.sub(" ", sentence))


def lacks(sentence: str) -> bool:
    """Say whether it says that the agent cannot go on without something."""
    return bool(_LACKS.search(sentence))


@lru_cache(8192)
def proposes(sentence: str, trade: Trade) -> bool:
    """Say whether it asks for a yes before the agent of a business acts."""
    if _GOES_ON.search(sentence) or _OR_GOES_ON.search(sentence):
        return True
    if offers_transfer(sentence):
        return True
    if _chooses(sentence, trade) or offers_more(sentence):
        return False
    left = _ASKS_WHICH.sub(" ", sentence)
    asks = "?" in left and _ASKS_FOR_A_YES.search(left)
    return bool(asks or _PROPOSES.search(left) or _proposals(trade).search(left))


def _chooses(sentence: str, trade: Trade) -> bool:
    return bool(_CHOICE.search(sentence) or _choices(trade).search(sentence))


def confirms(sentence: str) -> bool:
    """Say whether it asks to confirm something, and not whether the agent may act."""
    rest, count = _TO_CONFIRM.subn(" ", sentence)
    return count > 0 and not _GOING_TO_ACT.search(rest)


def asks_back(sentence: str, trade: Trade) -> bool:
    """Say whether it asks for a yes to what is there, and speaks of nothing still to be done."""
    return proposes(sentence, trade) and not _GOING_TO_ACT.search(sentence)


def asks_how_it_went(sentence: str, trade: Trade) -> bool:
    """Say whether it asks how things are after something, such as "Is everything okay now?"."""
    return bool(_NOW.search(sentence)) and asks_back(sentence, trade)


def asks_if_satisfied(sentence: str, trade: Trade) -> bool:
    """Say whether it asks back what only somebody asks who takes the matter to be dealt with."""
    return bool(_SATISFIED.search(sentence)) and asks_back(sentence, trade)


def looks(sentence: str) -> bool:
    """Say whether it says, or asks whether, the agent is to look something up."""
    return bool(_LOOKS.search(sentence))


def without_looks(text: str) -> str:
    """Return a text without what it says of looking something up."""
    return _LOOKS.sub(" ", text)


def waits(sentence: str, trade: Trade, *, told: bool) -> bool:
    """Say whether it waits for a yes.

    Args:
        sentence: What an agent says.
        trade: What its business deals in.
        told: Details are told that a yes can be for, though others may be asked for.
    """
    if _chooses(sentence, trade) or offers_more(sentence):
        return False
    sentence = _ASKS_WHICH.sub(" ", sentence)
    return bool(_CONFIRMS.search(sentence) or (_WAITS.search(sentence) and not told))


@lru_cache(8192)
def offers_more(sentence: str) -> bool:
    """Say whether it asks whether there is anything else."""
    return bool(_OFFERS_MORE.search(sentence)) and not _HELPLESS.search(sentence)


def asks_openly(sentence: str) -> bool:
    """Say whether it asks what the user wants, without a word for any detail of it."""
    if (
        _ALTERNATIVES.search(sentence)
        or offers_more(asked_part(sentence))
        or _OPEN_NOT.search(sentence)
    ):
        return False
    return bool(_OPEN.search(sentence))


def cannot(text: str) -> bool:
    """Say whether a text says that something cannot be done, though it may be a side note."""
    return bool(_CANNOT.search(text) or _NEITHER.search(text))


def offers_alternatives(sentence: str) -> bool:
    """Say whether it offers something else than what was asked for, without saying what."""
    return bool(_ALTERNATIVES.search(sentence))


@lru_cache(8192)
def refuses(sentence: str) -> bool:
    """Say whether it says that something cannot be done, or need not be."""
    if _ALLOWS.search(sentence):
        return False
    if _REGRETS.search(sentence) and not requests(sentence):
        return True
    if _NOT_REFUSES.search(sentence) or lacks(sentence) or offers_transfer(sentence):
        return False
    return cannot(sentence) or bool(_FAILS.search(sentence))


def offers_else(sentence: str) -> bool:
    """Say whether it offers something instead of what was asked for."""
    return bool(_OFFERS_ELSE.search(sentence))


def reports(sentence: str) -> bool:
    """Say whether it says that something was done."""
    found = _REPORTS.search(sentence)
    if not found or _IDENTIFIES.search(sentence) or _OFFERS.search(sentence.strip()):
        return False
    return not _CONDITIONAL.search(sentence[: found.start()])


def offers_transfer(sentence: str) -> bool:
    """Say whether it asks if the user is to be handed over to a human, and says no more."""
    asks = "?" in sentence and _ASKS_TO_TRANSFER.search(sentence)
    return bool(asks) and not _CANNOT.search(sentence)


def transfers(text: str) -> bool:
    """Say whether a text says that the user is handed over to a human."""
    return bool(_TRANSFERS.search(text))


def states(sentence: str) -> bool:
    """Say whether it says something, beyond greetings and questions."""
    return not (_GREETS.match(sentence) or sentence.endswith("?"))
