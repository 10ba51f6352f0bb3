"""What telecom users say, as templates of the grammar."""

from collections.abc import Mapping

# fmt: off
STATE: Mapping[str, tuple[str, ...]] = {
    "name": (
        "My name is {name}.", "I am {name}.", "This is {name}.", "The contract is with {name}.",
        "You are talking to {name}.", "(formal) My full name is {name}.", "(terse) {name}.",
        "(casual) It's {name} here.", "{name} is my name.", "The account belongs to {name}.",
        "(formal) The account holder is {name}.", "I am your customer {name}.",
        "You will find me as {name}.", "I am registered as {name}.",
        "The name on my account is {name}.", "It is {name} speaking.",
    ),
    "birth": (
        "I was born on {birth}.", "My date of birth is {birth}.", "My birthday: {birth}.",
        "(formal) As for my date of birth, it is {birth}.", "(terse) Born {birth}.",
        "(casual) Born on {birth}.", "The date of birth is {birth}.",
        "My date of birth, in case you need it, is {birth}.", "{birth} is when I was born.",
        "On file it should say that I was born on {birth}.", "I am born {birth}.",
        "My birth date is {birth}.", "You have {birth} as my date of birth.",
        "{birth} is my date of birth.", "As date of birth you have {birth}.",
        "The date that I was born on is {birth}.",
    ),
    "phone": (
        "My number is {phone}.", "My phone number is {phone}.", "I am calling about {phone}.",
        "(formal) The number of my phone is {phone}.", "(terse) {phone}.",
        "(casual) Number's {phone}.", "The number of this phone is {phone}.",
        "{phone} is my number.", "My phone has the number {phone}.",
        "You can find me under {phone}.", "I use the number {phone}.",
        "The phone in question is {phone}.", "The phone number is {phone}.",
        "It is the phone with the number {phone}.", "My mobile number is {phone}.",
        "People reach me at {phone}.",
    ),
    "customer_id": (
        "My customer id is {id}.", "I am customer {id}.", "The customer id is {id}.",
        "(formal) My customer number with you is {id}.", "(terse) Customer {id}.",
        "(casual) Customer id's {id}.", "My letters from you say customer id {id}.",
        "{id} is my customer id.", "On my bills it says customer id {id}.",
        "You have me on file under the customer id {id}.", "My id with you is {id}.",
        "The id of my account is {id}.", "As a customer I have the id {id}.",
        "My account has the id {id}.", "The id that you gave me is {id}.",
        "For you I am customer {id}.",
    ),
}
# fmt: on
"""How facts are told, by slot."""
