"""What the scripted user says besides requests and facts, without any behaviour."""

HELLO = ("Hi!", "Hello.", "Hi there!", "Hey!", "Good day.", "Hello there.")
NEXT = ("And then:", "Another thing:", "I also have this:", "One more thing:", "Also this:")
THANKS = ("Thanks.", "Thank you.", "Great, thanks.", "Okay, thank you.", "Good, thanks.")
YES = ("Yes, please.", "Yes, go ahead.", "Yes, that is right.", "Yes, please do that.")
BYE = ("That is all, goodbye.", "That was everything, bye.", "Nothing else, thank you. Bye.")
UNDERSTOOD = (
    "I see.",
    "All right, if it cannot be done.",
    "Understood.",
    "Too bad, but okay.",
)
UNKNOWN = (
    "I am afraid I do not have that.",
    "Sorry, I do not know that.",
    "I cannot tell you that.",
)
LOST = ("Sorry, I do not follow.", "Hm, I am not sure what you need.", "How do you mean?")
NO = ("No, that is not what I want.", "No, please do not do that.", "No, that is not right.")
NOT_ASKED = ("No, I did not ask for that.", "No, that is not why I am here.")
NOT_YET = ("Not yet, there is more to it.", "Wait, there is something else to it.")
GIVE_UP = ("This leads nowhere, goodbye.", "I give up, I will try another time. Bye.")
REPORT = ("It says:", "I see this:", "This is what it says:", "Here it says:")
ALREADY = ("There was nothing to do for that.", "That was so already.", "It was like that already.")
NO_HANDS = (
    "I am afraid I cannot do that, I have nothing at hand here.",
    "I am not able to do that from here.",
    "Sorry, that is nothing that I can do right now.",
)
LOOK = ("Yes, please.", "Sure, please do.", "Yes, please have a look.")
WAIT = ("All right, please go on.", "Fine, I will wait.")
