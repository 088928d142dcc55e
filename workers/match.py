"""Whom a paper is about and who that is among the customers: numbers, then names, never against a contradiction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from archive.reasons import reason
from workers import names, values
from workers.names import OwnNames
from workers.sheets import Facts, FieldValue, KnownCustomer, Match

_NUMBERS = ("id_no", "uscc", "customer_no")
_PERSONAL = ("id_no",)
_SIDES = {"contract": ("party_a", "party_b"), "invoice": ("buyer", "seller")}

CERTAIN, BY_NUMBER, BY_COMPANY_NAME, MISREAD, BY_PERSON_NAME, CONTRADICTED = 0.99, 0.94, 0.95, 0.75, 0.65, 0.3
_NEAR_PERSON, _NEAR_COMPANY = 1.0, 0.25
_SHOWN = 5


class CustomerRegister(Protocol):
    """The customers as matching asks for them. Nothing here tells a stranger's number: look-ups are by exact value."""

    def by_identifier(self, type_: str, value: str) -> Sequence[KnownCustomer]:
        """Customers with this number on record; `type_` is id_no, uscc, phone or customer_no."""

    def by_name(self, name: str) -> Sequence[KnownCustomer]:
        """Customers whose name is the same in the form of `names.written`."""

    def alike(self, name: str) -> Sequence[KnownCustomer]:
        """Customers whose names may be this one misread: at least those that share its first or its last half."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a paper is about: a name, and numbers that stand with it as (type, field)."""

    name: str = ""
    numbers: tuple[tuple[str, FieldValue], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def sound_numbers(self) -> tuple[tuple[str, str], ...]:
        """Numbers whose check digit is right."""
        return tuple((type_, field.value) for type_, field in self.numbers if not field.problem)


def identifiers(facts: Facts, kind: str, own_names: Sequence[str]) -> tuple[Subject, ...]:
    """Whom the paper may be about, likeliest first: with two strangers on a contract or an invoice there are two."""
    if kind == "other":
        return ()
    own = OwnNames(tuple(own_names))
    if kind in _SIDES:
        return _counterparties(facts, _SIDES[kind], own)
    name = facts.value("name")
    subject = Subject("" if own.holds(name) else name, _numbers(facts))
    return (subject,) if subject.name or (subject.numbers and not name) else ()


def _counterparties(facts: Facts, sides: Sequence[str], own: OwnNames) -> tuple[Subject, ...]:
    present = [facts.value(side) for side in sides if facts.value(side)]
    strangers = [name for name in present if not own.holds(name)]
    if len(strangers) == 1:
        doubts = () if len(present) > 1 or not own.names else (reason("own_party_missing"),)
        return (Subject(strangers[0], _numbers(facts), doubts),)
    return tuple(Subject(name, (), (reason("own_party_missing"),)) for name in strangers)


def _numbers(facts: Facts) -> tuple[tuple[str, FieldValue], ...]:
    return tuple((type_, facts.fields[type_]) for type_ in _NUMBERS if type_ in facts.fields)


def match_customer(facts: Facts, kind: str, register: CustomerRegister, own_names: Sequence[str]) -> Match:
    """Who the paper belongs to. A customer is named only where evidence supports it; the confidence says how well."""
    subjects = identifiers(facts, kind, own_names)
    if not subjects:
        return Match(None, 0.0, (reason("customer_not_named"),))
    matches = [_matched(subject, register) for subject in subjects]
    if len(matches) == 1:
        return matches[0]
    return _of_two_strangers(matches)


def _of_two_strangers(matches: Sequence[Match]) -> Match:
    """Two strangers on one paper: a suggestion for a person, never sure."""
    known = [match for match in matches if match.customer_id]
    candidates = tuple(dict.fromkeys(one for match in matches for one in (match.customer_id, *match.candidates) if one))
    because = tuple(dict.fromkeys(why for match in matches for why in match.because))
    if len(known) == 1:
        return Match(known[0].customer_id, min(known[0].confidence, MISREAD), because, candidates=candidates)
    return Match(None, CONTRADICTED, (reason("customer_ambiguous"), *because), matches[0].proposed, candidates)


def _matched(subject: Subject, register: CustomerRegister) -> Match:
    by_number = _distinct(
        customer for type_, value in subject.sound_numbers for customer in register.by_identifier(type_, value)
    )
    if len(by_number) > 1:
        return _ambiguous(subject, by_number)
    match = _by_number(subject, by_number[0]) if by_number else _by_name(subject, register)
    if subject.doubts:
        return Match(match.customer_id, min(match.confidence, MISREAD), (*match.because, *subject.doubts),
                     match.proposed, match.candidates)  # fmt: skip
    return match


def _by_number(subject: Subject, customer: KnownCustomer) -> Match:
    """A number on record decides, unless the name beside it is another one."""
    types = "/".join(type_ for type_, _ in subject.sound_numbers)
    found = reason("number_found", types)
    if not subject.name:
        return Match(customer.id, BY_NUMBER, (found,))
    here, there = names.written(subject.name), names.written(customer.name)
    if here == there:
        return Match(customer.id, CERTAIN, (found, reason("name_same")))
    if _near(here, there):
        return Match(customer.id, BY_NUMBER, (found, reason("name_near", subject.name)))
    return Match(None, CONTRADICTED, (found, reason("name_disagrees", subject.name)), candidates=(customer.id,))


def _near(here: str, there: str) -> bool:
    apart = names.distance(here, there)
    shorter = min(len(here), len(there))
    if shorter <= 4:  # noqa: PLR2004 - the length of people's names
        return apart <= _NEAR_PERSON and shorter > 1
    return apart <= shorter * _NEAR_COMPANY


def _by_name(subject: Subject, register: CustomerRegister) -> Match:
    if not subject.name:
        values_ = "/".join(type_ for type_, _ in subject.numbers)
        return Match(None, 0.0, (reason("customer_unknown", values_),))
    same = _distinct(register.by_name(subject.name))
    if len(same) > 1:
        return _ambiguous(subject, same)
    return _same_name(subject, same[0]) if same else _misread_name(subject, register)


def _same_name(subject: Subject, customer: KnownCustomer) -> Match:
    """One customer of exactly this name: enough for an organisation, not for a person, never against a number."""
    against = [type_ for type_, _ in subject.sound_numbers if type_ in customer.identifier_types]
    if against:
        why = (reason("name_same"), reason("number_disagrees", "/".join(against)))
        return Match(None, CONTRADICTED, why, subject.name, (customer.id,))
    unsure = [type_ for type_, field in subject.numbers if field.problem and type_ in customer.identifier_types]
    if unsure:
        return Match(customer.id, MISREAD, (reason("name_same"), reason("number_unsure", "/".join(unsure))))
    if _is_person(subject, customer):
        return Match(customer.id, BY_PERSON_NAME, (reason("name_same"), reason("name_only")))
    return Match(customer.id, BY_COMPANY_NAME, (reason("name_same"),))


def _is_person(subject: Subject, customer: KnownCustomer) -> bool:
    numbered = any(type_ in _PERSONAL for type_, _ in subject.numbers)
    return numbered or customer.kind == "person" or not values.is_organisation(subject.name)


def _misread_name(subject: Subject, register: CustomerRegister) -> Match:
    """Nobody of this name: near ones are shown, and one that differs as misreading does is suggested."""
    here = names.written(subject.name)
    near = _distinct(one for one in register.alike(subject.name) if _near(here, names.written(one.name)))
    ranked = sorted(near, key=lambda one: names.distance(here, names.written(one.name)))[:_SHOWN]
    candidates = tuple(one.id for one in ranked)
    misread = [one for one in ranked if names.only_misread(here, names.written(one.name))]
    against = misread and any(type_ in misread[0].identifier_types for type_, _ in subject.sound_numbers)
    if len(misread) == 1 and values.is_organisation(subject.name) and not against:
        why = (reason("name_misread", misread[0].name),)
        return Match(misread[0].id, MISREAD, why, subject.name, candidates)
    return Match(None, 0.0, (reason("customer_unknown", subject.name),), subject.name, candidates)


def _ambiguous(subject: Subject, customers: Sequence[KnownCustomer]) -> Match:
    candidates = tuple(customer.id for customer in customers[:_SHOWN])
    return Match(None, CONTRADICTED, (reason("customer_ambiguous"),), subject.name, candidates)


def _distinct(customers: Iterable[KnownCustomer]) -> list[KnownCustomer]:
    return list({customer.id: customer for customer in customers}.values())
