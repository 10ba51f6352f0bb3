"""What the scripted user says besides requests and facts, without any behaviour."""

HELLO = ("Hi!", "Hello.", "Hi there!", "Hey!", "Good day.", "Hello there.")
NEXT = ("And then:", "Another thing:", "I also have this:", "One more thing:", "Also this:")
THANKS = ("Thanks.", "Thank you.", "Great, thanks.", "Okay, thank you.", "Good, thanks.")
YES = ("Yes, please.", "Yes, go ahead.", "Yes, that is right.", "Yes, please do that.")
BYE = ("That is all, goodbye.", "That was everything, bye.", "Nothing else, thank you. Bye.")
UNDERSTOOD = (
    "I see.",
    "All right, if it cannot be done.",
    "Okay, understood.",
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
GIVE_UP = ("This leads nowhere, goodbye.", "I give up, I will try another time. Bye.")
WAIT = ("Okay, please go on.", "Fine, I will wait.")
