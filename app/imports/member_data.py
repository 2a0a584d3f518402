"""Which columns of a file are about members of the public: left out at the door and told, whoever put them there. Pure.

A tracker of engagements sits beside a list of people who signed up for messages, and an export may bring both. We keep
counts of people, never people.
"""

from app.imports.profiles import plain_header

_WORDS = frozenset(
    {
        "member", "members", "subscriber", "resident", "respondent", "contact", "phone", "telephone", "tel", "mobile",
        "landline", "email", "mail", "surname", "forename", "firstname", "lastname", "fullname", "dob", "birthday",
        "postcode", "survey", "question", "answer", "answers", "response", "responses", "reply", "replies", "feedback",
        "comment", "comments", "gender", "sex", "sexuality", "ethnicity", "religion", "disability", "occupation",
        "birth", "recipient", "recipients", "username", "login",
    }
)  # fmt: skip
_PHRASES = ("first_name", "last_name", "full_name", "middle_name", "date_of_birth", "e_mail", "address")
_PLACES = frozenset({"venue", "event", "hotspot", "area", "ip"})


def is_member_data(header: str) -> bool:
    """Whether a header that is none of our columns looks like a member's name, contact, home or answers.

    `Member Name`, `E-mail`, `Home address`, `Q3 answer` and `Name` do; `Venue address` and `Event name` do not.
    """
    plain = plain_header(header)
    words = set(plain.split("_"))
    if words & _PLACES:
        return False
    return plain == "name" or bool(words & _WORDS) or any(phrase in plain for phrase in _PHRASES)
