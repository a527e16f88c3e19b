"""What a clerk typed into the intake form: kept as typed, checked, turned into a registration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from domain.model.errors import BadCode, BadLabel
from domain.model.identifiers import checked_code
from domain.model.labels import Kind, parse_label
from domain.model.procedure import Terms
from domain.ports.vault import MOST_FIELD_CHARS, MOST_TEXT_CHARS, ApplicantData
from domain.use_cases.register_dossier import PieceGiven, Registration

MOST_PIECES = 200
APPLICANT = ("name", "phone", "id_number", "address", "email")
_MOST_CHARS = dict.fromkeys(APPLICANT, MOST_FIELD_CHARS) | {"request_text": MOST_TEXT_CHARS}
_LINES = (*APPLICANT, "request_text", "label", "official_code")
COUNT = "count-"  # a piece's count is the field `count-CODE`
_LONGEST_COUNT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form as it was sent, every value a text; an empty one is a form just opened.

    `given` has the pieces that are ticked; `counts` those of every piece shown.
    """

    procedure: str = ""
    ticket: str = ""
    lines: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(_LINES, ""))
    given: frozenset[str] = frozenset()
    counts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, form: FormData) -> "Typed":
        """From a posted form; the gate has limited its size."""
        texts = {name: str(value) for name, value in form.multi_items()}
        return cls(
            procedure=texts.get("procedure", ""),
            ticket=texts.get("ticket", ""),
            lines={name: texts.get(name, "").strip() for name in _LINES},
            given=frozenset(map(str, form.getlist("piece"))),
            counts={
                name.removeprefix(COUNT): value.strip()
                for name, value in texts.items()
                if name.startswith(COUNT)
            },
        )

    def wrong(self, terms: Terms) -> dict[str, str]:
        """Field → what is wrong with it, in the words' keys of the template; empty when fine."""
        found = {
            name: "too_long" for name, most in _MOST_CHARS.items() if len(self.lines[name]) > most
        }
        if not self.lines["name"]:
            found["name"] = "no_name"
        counts = {code: self._count(code) for code, _ in self._pieces(terms)}
        bad_counts = [code for code, many in counts.items() if not many]
        found |= dict.fromkeys((COUNT + code for code in bad_counts), "bad_count")
        if not counts:
            found["pieces"] = "no_pieces"
        elif not bad_counts and sum(counts.values()) > MOST_PIECES:
            found["pieces"] = "too_many_pieces"
        return found | self._wrong_codes()

    def registration(self, terms: Terms, *, office: str) -> Registration:
        """As the use case takes it, of a form with nothing wrong."""
        lines = {name: text or None for name, text in self.lines.items()}
        return Registration(
            procedure=self.procedure,
            office=office,
            applicant=ApplicantData(
                name=self.lines["name"], **{name: lines[name] for name in APPLICANT[1:]}
            ),
            request_text=lines["request_text"],
            pieces=tuple(PieceGiven(code, self._count(code)) for code, _ in self._pieces(terms)),
            label=lines["label"],
            official_code=lines["official_code"],
        )

    def _pieces(self, terms: Terms) -> list[tuple[str, str]]:
        """The procedure's pieces that are ticked, in its order."""
        return [piece for piece in terms.pieces if piece[0] in self.given]

    def _count(self, code: str) -> int:
        """The count typed, 0 for what is none."""
        text = self.counts.get(code, "")
        plain = text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT
        return int(text) if plain and int(text) <= MOST_PIECES else 0

    def _wrong_codes(self) -> dict[str, str]:
        found = {}
        label, official_code = self.lines["label"], self.lines["official_code"]
        try:
            if label and parse_label(label).kind is not Kind.DOSSIER:
                found["label"] = "no_dossier_label"
        except BadLabel:
            found["label"] = "bad_label"
        try:
            if official_code:
                checked_code("official_code", official_code)
        except BadCode:
            found["official_code"] = "bad_code"
        return found
