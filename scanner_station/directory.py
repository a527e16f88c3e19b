"""Who wears which badge and which office a door label names; cached, so it works offline."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.model.errors import Refusal
from domain.model.identifiers import checked_code, checked_party


@dataclass(frozen=True, slots=True)
class Person:
    """One badge: the code that goes into facts, the party the person acts for, the roles held.

    A directory that an earlier version cached names no roles.
    """

    operator: str
    party: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Directory:
    """`people` by badge label, `offices` (office code) by door label, `names` by office code.

    `tender_key` is this station's own, None where the server gave none.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    tender_key: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_json(cls, told: Any) -> "Directory":
        """From the server's answer; raises `ValueError` when it is none."""
        try:
            return cls(
                people={
                    str(one["badge"]): Person(
                        checked_code("operator", one["operator"]),
                        checked_party("party", one["party"]),
                        frozenset(str(role) for role in one.get("roles", ())),
                    )
                    for one in told["people"]
                },
                offices={
                    str(one["label"]): checked_party("office", one["code"])
                    for one in told["offices"]
                },
                names={str(one["code"]): str(one["name"]) for one in told["offices"]},
                tender_key=_key(told.get("tender_key")),
            )
        except (AttributeError, KeyError, TypeError, Refusal) as error:
            raise ValueError("not a directory") from error


def _key(told: object) -> bytes | None:
    """A server of the version before gives none; raises `ValueError` for what is no base64."""
    return base64.b64decode(told, validate=True) if isinstance(told, str) else None


def read_directory(file: Path) -> Directory:
    """The cached directory; empty where none was ever downloaded or the copy is damaged.

    It can be fetched again and is no evidence, so damage is no reason to stop.
    """
    try:
        return Directory.from_json(json.loads(file.read_bytes()))
    except (OSError, ValueError):
        return Directory()
