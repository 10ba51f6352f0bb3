"""The guard: every sin is caught, and what is right is let through."""

import pytest

from writ_gym.coroutines import finish
from writ_gym.domain import load_domain
from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.policies import load_policy
from writ_gym.policies.oracle import MORE, WHAT
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Call, Fact, Instructions, Request, SamplerConfig, Scenario
from writ_gym.users.agenda import Agenda
from writ_gym.users.goals import Stage
from writ_gym.users.guard import CHECKS, examine
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserTurn
from writ_gym.users.wording import agrees, states

NAME = Fact(slot="name", value="Ann", text="My name is Ann Lee.", opening=False)
ZIP = Fact(slot="zip", value="12345", text="My zip code is 12345.", opening=False)
CANCEL = Request(
    intent="cancel_order",
    text="I want to cancel an order.",
    facts=(
        Fact(slot="order", value={"id": "#W1111111"}, text="It is order #W1111111."),
        Fact(slot="reason", value="no longer needed", text="I no longer need it.", opening=False),
    ),
)
EXCHANGE = Request(
    intent="exchange_items",
    text="There is a purchase to be exchanged.",
    facts=(
        Fact(slot="order", value={"id": "#W2222222"}, text="It is order #W2222222."),
        Fact(slot="items", value=["Kettle"], text="I want to exchange the Kettle."),
        Fact(
            slot="wish", value={}, text="For the Kettle, the second cheapest one with color white.",
            alternatives=("black", "grey", "white"),
        ),
        Fact(slot="payment", value={}, text="Please use my PayPal account.", opening=False),
    ),
)  # fmt: skip
TOP_UP = Request(intent="refuel_data", text="Please top up data for me.")
QUESTION = Request(
    intent="about_order", text="What is the total of my last purchase?", answer="information"
)
BACK = Request(
    intent="return_items", text="I want to send each item of an order back.",
    facts=(Fact(slot="order", value={"id": "#W5555555"}, text="It is order #W5555555."),),
)  # fmt: skip
SPLIT = CANCEL.model_copy(
    update={
        "facts": (
            *CANCEL.facts,
            Fact(
                slot="refund",
                value={},
                text="I want money for each item I send back.",
            ),
        )
    }
)
RANKED = Request(
    intent="exchange_items",
    text="There is a purchase to be exchanged.",
    facts=(
        Fact(slot="order", value={"by": "total"}, text="It is the dearest of all my orders."),
        Fact(slot="payment", value={}, text="Use what I paid for order #W4444444."),
    ),
)
OPENING = "Hi! I want to cancel an order. It is order #W1111111."
WHO = "Could you tell me your full name and zip code, please?"
PROPOSAL = 'I can cancel order #W1111111 as "no longer needed". Shall I go ahead? (yes/no)'
WRONG = 'I can cancel order #W3333333 as "no longer needed". Shall I go ahead? (yes/no)'
DONE = "Order #W1111111 has been cancelled. Is there anything else that I can help you with?"
REFUSAL = "I am sorry, order #W1111111 cannot be cancelled any more."
FAILURE = "I'm sorry, there was an issue with the cancellation."
IDENTITY = "Ann Lee, and the zip is 12345."


def scenario(*requests, **more):
    return Scenario(identity=(NAME, ZIP), requests=requests or (CANCEL,), seed=1, **more)


class Course:
    """A conversation up to the point where a turn of the user is examined."""

    def __init__(self, *said, of=None, lexicon=LEXICON, hands=None):
        self.agenda = Agenda(of or scenario(), lexicon, hands)
        for number, text in enumerate(said):
            if number % 2:
                self.agenda.hear(text)
            else:
                self.agenda.note(text)

    def found(self, text="", end=False, calls=()):
        """Return what there is to object to in the user's next turn."""
        return examine(self.agenda, UserTurn(text, end, tuple(calls)))


TELECOM = load_domain("telecom").lexicon
WISHES = {
    "place": "I am at home right now.", "pay": "I will not pay what is overdue.",
    "refuel": "I do not want any additional data.", "goal": "The speed has to be excellent.",
    "roaming": "Please have roaming turned off.", "reason": "Because the device was lost.",
    "in_hand": "It is not the phone in my hand.", "amount": "I want only what it takes.",
}  # fmt: skip
"""Of a mobile carrier's user, by slot."""


def mobile(*slots):
    """Return a course in which a carrier's user wants something, and then is asked for slots."""
    facts = (Fact(slot=slot, value={}, text=text) for slot, text in WISHES.items())
    wish = Request(intent="any", text="There is something with my line.", facts=tuple(facts))
    asks = [f"Please tell me {' and '.join(TELECOM.nouns[slot] for slot in slots)}."]
    said = ["There is something with my line.", *asks] if slots else []
    return Course(*said, of=scenario(wish), lexicon=TELECOM)


EXTRAS = {
    "airline": (
        "I'd like to fly in first class.", "Please give me a window seat.",
        "Can I get a seat by the aisle?", "I want to travel with my dog, please.",
        "I would like a vegetarian meal.",
    ),
    "retail": (
        "I need express shipping.", "Could you gift-wrap it, please?",
        "Please apply my discount code.",
    ),
    "telecom": (
        "I want a new phone number.", "Could you put me on a family plan?",
        "I would like an eSIM instead.",
    ),
}  # fmt: skip
"""Wishes, by domain, that none of its requests can have."""
BOTH = scenario(CANCEL, EXCHANGE)
ALL = scenario(CANCEL, QUESTION, EXCHANGE)
CHANGED = Request(
    intent="exchange_items",
    text="There is a purchase to be exchanged.",
    facts=(
        Fact(
            slot="wish", value={}, text="The dearest other one, please.",
            earlier=Fact(slot="wish", value={}, text="The cheapest other one, please."),
        ),
    ),
)  # fmt: skip
EXCHANGED = "I can exchange the Kettle for another one at $20. Shall I go ahead? (yes/no)"
HOW = "How can I help you?"
FORGETFUL = scenario(behaviours=("forgot_id",))
SINS = {
    "empty": [
        (Course(OPENING, WHO), " "), (Course(), ""),
        *((Course(OPENING, WHO), text) for text in (
            "what you write to the agent", "What you write to the agent.", "<what you say>",
            "What you say",
        )),
    ],
    "too_long": [(Course(OPENING, WHO), f"{IDENTITY} {'I have so much to tell you. ' * 50}")],
    "repeats": [(Course(OPENING, WHO, IDENTITY, DONE), IDENTITY)],
    "plays_agent": [
        (Course(OPENING, WHO), "How can I help you today?"),
        *((course, text) for course in (Course(), Course(OPENING, WHO)) for text in (*WHAT, *MORE)),
        (Course(OPENING, WHO), "What can I help you with today?"),
        (Course(OPENING, WHO), "How may I best assist you?"),
        (Course(OPENING, WHO), "Sure, let me look that up for you."),
        (Course(OPENING, PROPOSAL), "I have cancelled your order."),
        (Course(OPENING, DONE), "Is there anything else I can help you with?"),
        (Course(), "Hello, thank you for contacting us. As an AI assistant I can help you."),
        *(
            (course, text)
            for course in (Course(), Course(OPENING, WHO))
            for text in (
                "May I have your e-mail address?", "Could you please provide your order number?",
                "What is your user id?", "Please share your phone number.",
                "Which order is it about?", "Can I have the last four digits of the card?",
                "Thank you for providing that. What would you like to do with the order?",
                "I have found your account. Would you like to proceed with the return?",
                "I will now process the refund.", "I've updated the address.",
                "Let me check that for you.", "Your request has been completed.",
                "To proceed, please confirm (yes/no).", "Is there anything else you need?",
                "You're welcome! Have a great day!", "Here are some orders for you:",
                "Agent: Hello!\nUser: Hi!",
            )
        ),
    ],
    "speaks_as_model": [
        (course, text)
        for course in (Course(), Course(OPENING, WHO), Course(OPENING, PROPOSAL))
        for text in (
            "I'm sorry, but I can't help with that.", "I’m sorry, I can’t assist with that.",
            "As an AI language model, I cannot do that.", "I cannot continue this conversation.",
            "I am just a virtual assistant.", "That would be against my guidelines.",
        )
    ],
    "withholds": [
        (Course(OPENING, WHO), "I don't know."),
        (Course(OPENING, WHO), "I am not sure, sorry."),
        (Course(OPENING, WHO), "I'm afraid I don't have that with me."),
        (Course(OPENING, "What is the reason?"), "I'd rather not say."),
        (Course("I want to cancel an order.", "What is the order number?",
                "I cannot find that at the moment.", "I need the order number.", of=FORGETFUL),
         "I do not have that."),
    ],
    "evades": [
        (Course("Hi!", HOW, "I need some help.", HOW), "Can you help me?"),
        (Course("Hi!", HOW, "I need some help.", WHO), "It rains."),
        (Course(OPENING, WHO, "It rains.", WHO), "My cat is ill."),
        (Course(OPENING, WHO, "Why is that?", WHO), "And how long does it take?"),
        (Course(OPENING, PROPOSAL, "It rains.", PROPOSAL), "My cat is ill."),
        (Course(OPENING, HOW, "It rains.", HOW), "My cat is ill."),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, "Good.", HOW, of=BOTH), "So it is."),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, "Good.", HOW, of=scenario(CANCEL, TOP_UP)),
         "That works for me."),
    ],
    "invents": [
        (Course(), "Hi! I want to cancel order #W9999999."),
        (Course(OPENING, WHO), "Ann Lee, 54321."),
        (Course(OPENING, WHO), "My name is Bob Miller."),
        (Course(OPENING, WHO), "You can mail me at ann77@nowhere.org."),
        (Course(OPENING, PROPOSAL), "Yes, and refund the $49.99 please."),
        (Course(OPENING, WHO), "I want a full refund to my PayPal account instead."),
        (Course(OPENING, WHO), f"{IDENTITY} It is about my blue jacket."),
        (Course(OPENING, WHO), "Please send me a Rain Jacket, too."),
        (Course(lexicon=load_domain("airline").lexicon), "I want to fly to Seattle."),
        (Course(lexicon=load_domain("airline").lexicon), "Please put me into business class."),
        (Course(lexicon=load_domain("airline").lexicon), "I want it to go to Paris."),
        *(
            (Course(lexicon=load_domain(name).lexicon), wish)
            for name, wishes in EXTRAS.items()
            for wish in wishes
        ),
        (Course(lexicon=load_domain("telecom").lexicon), "I want the Boundless plan."),
        (Course(lexicon=load_domain("telecom").lexicon), "I mean the line with the Kestrel Mini."),
    ],
    "contradicts": [
        (Course(OPENING, "What is the reason?"), "I ordered it by mistake."),
        (Course("There is a purchase to be exchanged. Order #W2222222, the Kettle.",
                "Which options would you like instead?", of=scenario(EXCHANGE)),
         "The cheapest one that is black."),
        (Course("There is a purchase to be exchanged. Order #W2222222, the Kettle.",
                "Which options would you like instead?", of=scenario(EXCHANGE)),
         "The most expensive one with color white."),
        (Course("There is a purchase to be exchanged. Order #W2222222, the Kettle.",
                "Which options would you like instead?", of=scenario(EXCHANGE)),
         "For the Kettle, the cheapest one with color white."),
        (Course(OPENING, "What is the order number?", of=BOTH), "It is order #W2222222."),
        (Course("There is a purchase to be exchanged. Order #W2222222.",
                "Which payment method: credit card, PayPal or gift card?", of=scenario(EXCHANGE)),
         "My credit card."),
        *(
            (mobile(*slots), f"There is something with my line. {text}")
            for slot, text in (
                ("place", "I'm travelling abroad at the moment."), ("place", "I am not at home."),
                ("pay", "I'll pay whatever is overdue."), ("pay", "I'm happy to settle it."),
                ("refuel", "If more data is needed, I would take 2 GB."),
                ("goal", "It doesn't have to be fast."), ("goal", "At any speed."),
                ("roaming", "Please switch roaming on."), ("roaming", "Roaming on, please."),
                ("roaming", "Turn the roaming of my line on."), ("roaming", "Enable roaming."),
                ("reason", "My phone was stolen."), ("reason", "I do not need it for now."),
                ("in_hand", "It is about the phone in my hand."), ("amount", "I want 1 GB."),
            )
            for slots in ((), (slot,))
        ),
    ],
    "leaks": [
        (Course(), f"{OPENING} My zip code is 12345."),
        (Course(of=scenario(behaviours=("on_request",))), OPENING),
        (Course(OPENING, WHO, of=BOTH),
         f"{IDENTITY} There is a purchase to be exchanged. It is order #W2222222."),
        (Course(of=BOTH), f"{OPENING} There is a purchase to be exchanged, order #W2222222."),
        (Course("I want to cancel an order.", "What is the order number?",
                of=scenario(behaviours=("forgot_id",))), "It is #W1111111."),
        (Course("There is a purchase to be exchanged.", "Which options would you like instead?",
                of=scenario(EXCHANGE, behaviours=("on_request",))), "It is order #W2222222."),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, of=ALL),
         "There is a purchase to be exchanged. It is order #W2222222."),
    ],
    "takes_back": [
        (Course(OPENING, WHO), "Never mind, forget it."),
        (Course(OPENING, PROPOSAL), "Don't bother."),
        (Course(OPENING, PROPOSAL), "I have changed my mind, I don't need anything."),
        (Course(OPENING, PROPOSAL, "Yes, please.", "One moment."), "Please cancel my request."),
    ],
    "ends_after_yes": [
        (Course(OPENING, PROPOSAL), "Yes, please."),
        (Course(OPENING, PROPOSAL, "Yes, please.", "One moment, please."), "Thanks, bye!"),
    ],
    "ends_early": [
        (Course(OPENING, WHO), "Thanks, bye!"),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, of=BOTH), "Thanks, bye!"),
        (Course(OPENING, PROPOSAL, "Yes, please.", FAILURE), "Thanks, bye!"),
        (Course(OPENING, PROPOSAL, "Yes, please.", f"{FAILURE} Anything else?"), "Thanks, bye!"),
    ],
    "lingers": [
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE), "No, that was all, bye!"),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, "Fine.", "Well?", "Good.", "And?", "So.",
                "Is there anything else?"), "No, nothing."),
    ],
    "accepts_wrong": [
        (Course(f"{CHANGED.text} The cheapest other one, please.", EXCHANGED,
                of=scenario(CHANGED, behaviours=("changes_mind",))), "Yes, please."),
        (Course(OPENING, WRONG), "Yes, please."),
        (Course(OPENING, WRONG), "That sounds good, go ahead."),
        (Course("Hi!", "I can cancel your membership. Shall I go ahead?"), "Yes, please."),
    ],
    "rejects_right": [
        (Course(OPENING, PROPOSAL), "No, that is not what I want."),
        (Course(QUESTION.text, "Shall I go ahead?", "No.", "Shall I go ahead?",
                of=scenario(QUESTION)), "No, thank you."),
    ],
}  # fmt: skip
ENDING = {"ends_after_yes", "ends_early"}


@pytest.mark.parametrize(
    ("reason", "course", "text"),
    [(reason, course, text) for reason, cases in SINS.items() for course, text in cases],
)
def test_every_sin_is_objected_to(reason, course, text):
    assert reason in course.found(text, end=reason in ENDING)


@pytest.mark.parametrize(
    ("course", "text", "end"),
    [
        (Course(), OPENING, False),
        (Course(), "hello, there's an order i want to cancel, #W1111111", False),
        (Course(OPENING, WHO), IDENTITY, False),
        (Course(OPENING, WHO), "This is Ann Lee and my zip is 12345, thanks for the help.", False),
        (Course(OPENING, "What is the reason?"), "I simply no longer need it.", False),
        (Course(OPENING, PROPOSAL), "Yes, please go ahead.", False),
        (Course(OPENING, WRONG), "No, it should be order #W1111111.", False),
        (Course(OPENING, WRONG), "No, that is not the right one.", False),
        (Course(OPENING, PROPOSAL), "What does that come to in total?", False),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE), "Great, thanks, bye!", True),
        (Course(OPENING, REFUSAL), "That is a pity. Bye.", True),
        (Course(OPENING, PROPOSAL, "Yes, please.", "Off it goes. Is there anything else?"),
         "No, thanks, bye!", True),
        (Course("There is a purchase to be exchanged.", "Which options would you like instead?",
                of=scenario(EXCHANGE)), "It is order #W2222222.", False),
        (Course(OPENING, PROPOSAL, "Yes, please.", FAILURE), "Please try again.", False),
        (Course(OPENING, PROPOSAL, "Yes, please.", FAILURE, "Please try again.", PROPOSAL),
         "Yes, please.", False),
        (Course(OPENING, PROPOSAL, "Yes, please.", FAILURE, "Please try again.", REFUSAL),
         "That is a pity. Bye.", True),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE), "Could that still be undone?", False),
        (Course(OPENING, "You are being transferred to a human agent."), "Okay.", True),
        (Course(OPENING, "Order #W1111111 costs $17.25."), "So it was $17.25.", False),
        (Course(OPENING, "Hm.", "What?", "Hm.", "Hello?", "Hm."), "I give up.", True),
        (Course("What is the total of my last purchase?", "It was $20.", of=scenario(QUESTION)),
         "Thank you, goodbye.", True),
        (Course("I want to cancel an order.", "What is the order number?", of=FORGETFUL),
         "I do not have that in front of me right now.", False),
        (Course("I want to cancel an order.", "What is the order number?"),
         "I don't know my e-mail address, but it is order #W1111111.", False),
        (Course(OPENING, "What is your e-mail address?"), "I don't know that.", False),
        (Course("Hi!", HOW, "Hello there!", HOW, "I need some help.", HOW), OPENING, False),
        (Course("Hi!", HOW), "I need some help.", False),
        (Course(OPENING, REFUSAL), "Never mind, then.", False),
        (Course(f"{CHANGED.text} The cheapest other one, please.", EXCHANGED,
                of=scenario(CHANGED, behaviours=("changes_mind",))),
         "Wait, I have changed my mind. Give me the dearest other one.", False),
        (Course(OPENING, "Do you want the money on your PayPal account?"),
         "Yes, I would like it on my PayPal account.", False),
        (Course(OPENING, WHO), f"{IDENTITY} A black cat is sitting here, by the way.", False),
        (Course(OPENING, WHO), "Why do you need to know that?", False),
        (Course(OPENING, WHO, "It rains.", WHO, "It really does.", WHO), IDENTITY, False),
        (Course(OPENING, PROPOSAL, "It rains.", PROPOSAL, "Well.", PROPOSAL), "Fine, yes.", False),
        (Course(OPENING, WHO), f"{IDENTITY} Let me know when it is done, please.", False),
        (Course(OPENING, WHO), "I'll check my e-mails, one moment, please.", False),
        (Course(OPENING, WHO), f"Thank you for your help. {IDENTITY}", False),
        (Course(OPENING, WHO), f"{IDENTITY} I want that by Friday or in May.", False),
        (Course(OPENING, "Do you want that sent to Boston?"), "I do want it in Boston.", False),
        (Course("I have a question about your orders.", WHO, of=scenario(
            QUESTION.model_copy(update={"text": "I have a question about your orders."}))),
         f"i have a question about your orders. {IDENTITY}", False),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, of=BOTH),
         "Next, there is a purchase to be exchanged: order #W2222222, the Kettle.", False),
        (Course(of=scenario(SPLIT, BACK)), f"{OPENING} {SPLIT.facts[-1].text}", False),
        (Course(OPENING, PROPOSAL, "Yes, please.", DONE, RANKED.text,
                "What are the order number and the payment method?", of=scenario(CANCEL, RANKED)),
         "Use what I paid for order #W4444444.", False),
        *(
            (mobile(slot), text, False)
            for slot, text in (
                ("place", "I'm at home at the moment."), ("place", "I am not travelling."),
                ("pay", "I'd rather not pay."), ("pay", "I won't pay anything now."),
                ("refuel", "No more data, please."), ("goal", "I need excellent speed."),
                ("roaming", "Switch roaming off, please."), ("roaming", "Roaming should be off."),
                ("reason", "I lost it."), ("in_hand", "It is not the phone that I am holding."),
                ("amount", "Just enough."),
            )
        ),
    ],
)  # fmt: skip
def test_what_is_right_is_let_through(course, text, end):
    assert course.found(text, end) == {}


PROSE = scenario(
    instructions=Instructions(
        reason_for_call="You want to cancel order 1111111, or to get 10% back.",
        known_info="You are Ann Lee in zip code 12345.",
        task_instructions="You do not tell your zip code at first. Pay with the CC. If the agent "
        "asks for the order, say that it is 2222222. If it is not found, you forgot the W.",
    )
)


@pytest.mark.parametrize(
    ("said", "text", "end"),
    [
        (
            (),
            "Hi, I am Ann Lee, my zip code is 12345, and I want to cancel order #W1111111.",
            False,
        ),
        (("Hi, I am Ann.", WHO), "I do not remember my zip code.", False),
        (("Hi, I am Ann.", WHO, "Ann Lee.", WHO), "Why do you have to know that?", False),
        (("Cancel it.", PROPOSAL), "No, never mind, I don't want to cancel it.", False),
        (("Cancel it.", PROPOSAL), "No, I would like 10% back on my credit card.", False),
        (("Cancel it.", "Which order is it?"), "It is order 2222222.", False),
        (("Cancel it.", "It is not there."), "Sorry, I meant #W2222222.", False),
        (("Cancel it.", WRONG), "Yes, please.", False),
        (("Cancel it.", PROPOSAL, "Yes.", DONE), "I want something else, too.", False),
        (("Cancel it.", REFUSAL), "Then I will leave it at that. Goodbye!", True),
    ],
)
def test_what_instructions_in_prose_may_ask_for_is_let_through(said, text, end):
    assert Course(*said, of=PROSE).found(text, end) == {}


@pytest.mark.parametrize(
    ("reason", "said", "text", "end"),
    [
        ("invents", (), "Hi, I want to cancel order #W3333333.", False),
        ("invents", ("Hi.", WHO), "My name is Bob Ray.", False),
        ("plays_agent", ("Hi.", WHO), "How can I help you today?", False),
        ("ends_early", (), "Bye.", True),
        ("ends_early", ("Cancel it.", WHO), "Thank you, that is all.", True),
        ("ends_after_yes", ("Cancel it.", PROPOSAL), "Yes, go ahead. Goodbye!", True),
        ("lingers", ("Cancel it.", REFUSAL), "Well then, goodbye!", False),
    ],
)
def test_what_no_instructions_in_prose_ask_for_is_objected_to(reason, said, text, end):
    assert set(Course(*said, of=PROSE).found(text, end)) == {reason}


def test_with_instructions_in_prose_a_user_may_look_by_itself_but_change_nothing(told, toy):
    prose = told.agenda.scenario.model_copy(update={"instructions": Instructions()})
    course = Course("My kettle does not heat.", "How is it now?", of=prose,
                    lexicon=toy.LEXICON, hands=toy.HANDS)  # fmt: skip
    assert course.found(calls=[LOOK]) == {}
    course.agenda.use([LOOK], ["Child lock: on"])
    assert set(course.found(calls=[LOOK])) == {"untold"}
    writes = [tool.name for tool in toy.HANDS.tools if tool.kind == "write"]
    for name in writes:
        assert "untold" in course.found(calls=[Call(name, {})]), name
    course.agenda.use([Call(writes[0], {})], ["Done."])
    assert course.found(calls=[LOOK]) == {}


@pytest.fixture
def told(toy):
    """Return a course in which the agent has told the user to look at the display."""
    repair = Request(intent="repair", text="My kettle does not heat.")
    of = Scenario(identity=(NAME,), requests=(repair,), seed=1)
    course = Course("My kettle does not heat.", "Please look at the display.", of=of,
                    lexicon=toy.LEXICON, hands=toy.HANDS)  # fmt: skip
    return course


LOOK = Call("look_at_display", {})


def test_a_call_that_was_told_may_be_made_once(told):
    assert told.found(calls=[LOOK]) == {}
    told.agenda.use([LOOK], ["Child lock: on"])
    assert set(told.found(calls=[LOOK])) == {"untold"}
    assert set(told.found(calls=[LOOK, LOOK])) == {"untold"}


def test_a_call_that_was_not_told_is_objected_to(told, toy):
    others = [tool.name for tool in toy.HANDS.tools if tool.name != LOOK.name]
    names = [name for name in others if not set(name.split("_")) & {"look", "display"}]
    assert names
    for name in names:
        assert set(told.found(calls=[Call(name, {})])) == {"untold"}, name


def test_calls_of_no_tool_and_of_tools_out_of_reach_are_objected_to(told, toy):
    assert "bad_calls" in told.found(calls=[Call("fly", {})])
    assert "bad_calls" in told.found(calls=[Call(LOOK.name, {"far": 1})])
    assert "bad_calls" in Course(OPENING, WHO).found(calls=[LOOK])
    tied = Course("My kettle does not heat.", "Please look at the display.",
                  of=told.agenda.scenario, lexicon=toy.LEXICON, hands=toy.HANDS.tied())  # fmt: skip
    assert "bad_calls" in tied.found(calls=[LOOK])


@pytest.mark.parametrize("text", ["I have looked, all is fine.", "It says: “Child lock: off”"])
def test_what_was_not_done_is_not_reported(told, text):
    assert "pretends" in told.found(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It says: “Child lock: on”", False),
        ("The child lock is on.", False),
        ("It says that the child lock seems to be enabled", False),
        ("It says: “Child lock: off”", True),
        ("The child lock is off.", True),
        ("Okay, done.", True),
    ],
)
def test_a_report_is_what_the_tool_has_answered(told, text, wrong):
    told.agenda.use([LOOK], ["Child lock: on"])
    assert ("misreports" in told.found(text)) == wrong


def test_a_report_may_say_what_was_changed_after_the_look(told):
    told.agenda.use([LOOK], ["Child lock: on", "Child lock is now off"])
    assert told.found("I have done that, and the child lock is off now.") == {}
    assert set(told.found("The child lock is on.")) == {"misreports"}


def test_there_is_a_test_of_every_check():
    assert SINS.keys() | {"bad_calls", "untold", "pretends", "misreports"} == CHECKS.keys()


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("Yes, please.", True), ("That sounds good.", True), ("Sure, go ahead!", True),
        ("That's correct, please proceed.", True), ("No, that is not right.", False),
        ("Wait, I have changed my mind.", False), ("Please don't do that.", False),
        ("Before you go ahead: it is order #W1.", False), ("What does it cost?", False),
        *((text, True) for text in (
            "That works for me.", "Perfect, do it.", "Go for it.", "Absolutely!", "Perfect.",
            "Absolutely, please.", "Please do.", "Looks good to me.", "Let's do that.", "Alright.",
            "Sounds right, thanks.", "Alright, let's do it.", "Fine by me.", "Great, thank you!",
            "Definitely.", "Of course.", "Thanks, that would be great.", "I agree to that.",
            "You may proceed.", "I'd like that.", "By all means.", "Fine, yes.", "I accept.",
            "Everything looks good, thank you.", "Great! Proceed with that, please.",
        )),
        *((text, False) for text in (
            "Absolutely not!", "Of course not.", "If that works for you.", "Thanks.",
            "That works only if it is free.", "Great, but I want the red one.",
            "It looks good but I want the red one.", "I'd like that in red.", "Good question.",
            "Let's do something else.", "I would like it to be cheaper.", "Is that right?",
            "Everything looks good, but can I have PayPal instead?", "The right one, please.",
        )),
    ],
)  # fmt: skip
def test_an_agreement_is_told_from_anything_else(text, yes):
    assert agrees(text) == yes


def test_a_fact_is_said_by_its_values_in_whatever_words():
    order, wish = CANCEL.facts[0], EXCHANGE.facts[2]
    assert states(order, "the order is #W1111111")
    assert not states(order, "the order is #W1111112")
    assert states(wish, "I would like the second cheapest Kettle in white color")
    assert not states(wish, "I would like another one")


def test_the_agenda_follows_the_conversation():
    agenda = Course(OPENING, WHO, IDENTITY, PROPOSAL, of=BOTH).agenda
    assert agenda.stages == [Stage.STATED, Stage.WAITING]
    assert {key.slot for key in agenda.said} == {"order", "name", "zip"}
    agenda.note("Yes, please.")
    assert agenda.stages == [Stage.CONFIRMED, Stage.WAITING]
    agenda.hear(DONE)
    assert agenda.stages == [Stage.CLOSED, Stage.WAITING]
    assert agenda.before == (Stage.CONFIRMED, Stage.WAITING)
    assert agenda.script == (
        "My name is Ann Lee. My zip code is 12345. "
        "I want to cancel an order. It is order #W1111111."
    )


def test_what_could_not_be_done_after_the_yes_is_open_again():
    agenda = Course(OPENING, PROPOSAL, "Yes, please.", FAILURE).agenda
    assert agenda.stages == [Stage.STATED]
    agenda.note("Please try again.")
    agenda.hear(REFUSAL)
    assert agenda.stages == [Stage.CLOSED]


RETURN = Request(
    intent="return_items",
    text="There is something that I want to send back.",
    facts=(Fact(slot="order", value={"id": "#W3333333"}, text="It is order #W3333333."),),
)
UNDELIVERED = "I am sorry, order #W3333333 has not been delivered, so it cannot be returned."
ASKED = f"{OPENING} {RETURN.text} {RETURN.facts[0].text}"


def test_the_agenda_closes_what_a_refusal_names_and_leaves_the_rest():
    wanted = scenario(CANCEL, RETURN, disclosure="all_at_once")
    agenda = Course(ASKED, UNDELIVERED, of=wanted).agenda
    assert agenda.stages == [Stage.STATED, Stage.CLOSED]
    agenda = Course(ASKED, f"{UNDELIVERED} {PROPOSAL}", of=wanted).agenda
    assert agenda.stages == [Stage.STATED, Stage.CLOSED]
    agenda.note("Yes, please.")
    assert agenda.stages == [Stage.CONFIRMED, Stage.CLOSED]
    agenda = Course(ASKED, PROPOSAL, "Yes, please.", f"{DONE} {UNDELIVERED}", of=wanted).agenda
    assert agenda.stages == [Stage.CLOSED, Stage.CLOSED]


class Watched(ScriptedUser):
    """A scripted user whose turns are examined."""

    def __init__(self, *args):
        super().__init__(*args)
        self.agenda = Agenda(*args)
        self.found, self.turns, self.last = [], 0, None

    def see(self, turn):
        self.found += examine(self.agenda, turn).items()
        self.turns, self.last = self.turns + 1, turn
        if not turn.calls:
            self.agenda.note(turn.text)
        return turn

    async def open(self):
        return self.see(await super().open())

    async def respond(self, text):
        self.agenda.hear(text)
        return self.see(await super().respond(text))

    async def observe(self, answers):
        self.agenda.use(self.last.calls, answers)
        return self.see(await super().observe(answers))


@pytest.mark.parametrize("policy", ["oracle", "flawed:wrong-candidate", "greet-only"])
@pytest.mark.parametrize("name", ["retail", "airline", "telecom"])
def test_there_is_no_false_alarm_in_the_turns_of_the_scripted_user(name, policy):
    domain = load_domain(name)
    world = domain.world()
    users = []

    def make(*args):
        users.append(Watched(*args))
        return users[-1]

    rollout = Rollout(domain, world, policy, load_policy(policy), "watched", make)
    tasks = TaskSampler(domain, SamplerConfig(behaviours=("all",)), world).tasks(8, 24)
    for task in tasks:
        finish(play(rollout, task))
    assert [found for user in users for found in user.found] == []
    assert sum(user.turns for user in users) > 100
