"""The tables of the read model (SQLAlchemy Core): the projection writes, the queries read.

A set of tables can be made under a prefix, so that a rebuild fills a fresh set and swaps it in.
JSON columns are text with sorted keys: a row is the same bytes however it came about.
"""

from dataclasses import dataclass, fields

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    column,
)
from sqlalchemy.schema import SchemaItem

VERSION = 18  # of all that is defined here: tables of another version are rebuilt, never migrated
ROW = "read_model"  # the one row of `progress`
FRESH = "fresh_"
WORD = Text().with_variant(Text(collation="C"), "postgresql")  # by code point, as SQLite sorts
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")  # there it is the row's own number
# The appointments to confirm, in the order of their page: an index of these alone, which has every
# column that the page's conditions name, so that counting them reads nothing else.
TO_CONFIRM = and_(
    column("promised_us") != column("due_us"),
    column("confirmed_us").is_distinct_from(column("due_us")),
    column("settled_us").is_(None),
)
_APPOINTMENT = "due_us label office status promised_us confirmed_us settled_us".split()


@dataclass(frozen=True, slots=True)
class Tables:
    """One set of tables.

    Evidence: `fact` (each once, with its place in time), `fact_label` (under which labels it is
    filed), `amendment` (the keys it undoes or corrects), `membership` (which label was ever named
    with which pouch, and in which filling of it), `filling` (where the history of a pouch is cut),
    `station_clock` (how far each station has come), `resting` (which station names facts of which
    other), `void_entry` (sequence numbers without a fact), `station_flag`
    (the discrepancies of stations). Decisions: `dossier_case`, `handling` (what people did about a
    discrepancy), `contest` (what became of objections to charged minutes), `sticker` (which dossier
    a later label or a piece's leads to). Sheets: `board`, `custody_link`, `journey` (what a ledger
    of minutes needs besides them), `pouch`, `discrepancy`, `repeat` (further causes of what is
    open), `course` (what the risk of an open dossier follows from). `progress` is one row: the
    position in the log. `redating` has a row for each calendar change that is still worked through
    the board.
    """

    progress: Table
    redating: Table
    fact: Table
    fact_label: Table
    amendment: Table
    membership: Table
    filling: Table
    station_clock: Table
    resting: Table
    void_entry: Table
    station_flag: Table
    dossier_case: Table
    handling: Table
    contest: Table
    sticker: Table
    board: Table
    custody_link: Table
    journey: Table
    course: Table
    pouch: Table
    discrepancy: Table
    repeat: Table
    run: Table
    laid_out: Table

    @property
    def metadata(self) -> MetaData:
        """Where all of them are registered."""
        return self.board.metadata

    def each(self) -> list[tuple[str, Table]]:
        """Name without prefix, and table, in the order of declaration."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


def make_tables(prefix: str = "", *, index_tag: str = "0") -> Tables:
    """A set of tables; `index_tag` tells apart the indexes of two sets: they survive a renaming."""
    metadata = MetaData()

    def table(name: str, *parts: SchemaItem) -> Table:
        return Table(prefix + name, metadata, *parts)

    def tree(name: str, *parts: SchemaItem) -> Table:
        """A table that is its own index: one tree to write instead of two."""
        return Table(prefix + name, metadata, *parts, sqlite_with_rowid=False)

    def index(
        name: str, *columns: str, unique: bool = False, where: ColumnElement[bool] | None = None
    ) -> Index:
        tagged = f"read_{name}_{index_tag}"
        return Index(tagged, *columns, unique=unique, sqlite_where=where, postgresql_where=where)

    return Tables(
        progress=table("progress", *_progress()),
        redating=tree("redating", *_redating()),
        fact=table(
            "fact",
            *_fact(),
            index("fact_entry", "station", "epoch", "seq", "digest", unique=True),
            index("fact_key", "key"),
        ),
        fact_label=tree("fact_label", _word("label", key=True), _whole("fact_id", key=True)),
        amendment=tree("amendment", _word("target", key=True), _whole("fact_id", key=True)),
        membership=tree(
            "membership",
            _word("label", key=True),
            _word("pouch", key=True),
            index("membership_pouch", "pouch", "label"),
        ),
        filling=tree("filling", *_filling(), index("filling_pouch", "pouch", "from_us")),
        station_clock=tree("station_clock", *_station_clock()),
        resting=tree("resting", _word("station", key=True), _word("named", key=True)),
        void_entry=tree(
            "void_entry",
            _word("station", key=True),
            _whole("epoch", key=True),
            _whole("seq", key=True),
        ),
        station_flag=tree("station_flag", *_station_flag()),
        dossier_case=tree(
            "dossier_case",
            *_dossier_case(),
            index("case_decision", "decision", unique=True),
            index("case_token", "token_hash"),
        ),
        handling=tree(
            "handling", *_handling(), index("handling_decision", "decision", unique=True)
        ),
        contest=tree("contest", *_contest(), index("contest_label", "label")),
        sticker=tree(
            "sticker",
            *_sticker(),
            index("sticker_dossier", "dossier"),
            index("sticker_decision", "decision"),
        ),
        board=tree(
            "board",
            *_board(),
            index("board_risk", "here", "risk"),
            index("board_holder", "holder"),
            index("board_to_confirm", *_APPOINTMENT, where=TO_CONFIRM),
        ),
        custody_link=tree(
            "custody_link",
            *_custody_link(),
            index("link_place", "place", "from_us", where=column("place").is_not(None)),
        ),
        course=tree("course", *_course()),
        journey=tree("journey", _word("label", key=True), _word("told")),
        pouch=tree("pouch", *_pouch(), index("pouch_holder", "holder")),
        discrepancy=tree(
            "discrepancy", *_discrepancy(), index("discrepancy_opened", "closed_us", "opened_us")
        ),
        run=tree("run", *_run(), index("run_day", "day"), index("run_label", "label", "day")),
        laid_out=tree("laid_out", _word("name", key=True), _whole("through")),
        repeat=tree("repeat", *_repeat()),
    )


def _word(name: str, *, key: bool = False, absent: bool = False) -> Column[str]:
    return Column(name, WORD, primary_key=key, nullable=absent)


def _whole(name: str, *, key: bool = False, absent: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=absent, autoincrement=False)


def _yes(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _progress() -> list[SchemaItem]:
    """`pos`: the last event applied; `generation` counts rebuilds; `version` of the tables."""
    return [
        _word("name", key=True),
        _whole("pos"),
        _whole("generation"),
        _whole("version"),
        _whole("fault_event", absent=True),
        _word("fault", absent=True),
    ]


def _redating() -> list[SchemaItem]:
    """`office`: the id of the one that changed its calendar, empty for the national table.

    `after` is the label it has come to; dossiers settled before `since_us` keep their due.
    """
    return [
        _word("office", key=True),
        _word("after"),
        _whole("since_us"),
        _word("fault", absent=True),
    ]


def _fact() -> list[SchemaItem]:
    """`id` is a serial key, ours alone."""
    return [
        Column("id", _SERIAL, primary_key=True, autoincrement=False),
        _word("station"),
        _whole("epoch"),
        _whole("seq"),
        _word("digest"),
        _word("key"),
        _word("fact"),
        _word("subject"),
        _whole("at_us"),
        _whole("not_before_us", absent=True),
        _whole("not_after_us", absent=True),
        _whole("recorded_at_us", absent=True),
        _word("operator"),
        _word("office"),
        _word("context"),
        _whole("lower_us", absent=True),
        _whole("upper_us", absent=True),
        _whole("effective_us"),
    ]


def _filling() -> list[SchemaItem]:
    """`state`: the `Filling`, how the pouch stood at `from_us`. A first filling needs none."""
    return [_word("name", key=True), _word("pouch"), _whole("from_us"), _word("state")]


def _station_clock() -> list[SchemaItem]:
    """The last entry of each station and what it carries on to the next."""
    return [
        _word("station", key=True),
        _whole("epoch"),
        _whole("seq"),
        _word("digest"),
        _whole("lower_us", absent=True),
        _whole("upper_us", absent=True),
        _whole("effective_us"),
    ]


def _station_flag() -> list[SchemaItem]:
    return [
        _word("station", key=True),
        _whole("epoch", key=True),
        _whole("seq", key=True),
        _word("code", key=True),
        _word("key"),
        _whole("opened_us"),
        _whole("closed_us", absent=True),
    ]


def _dossier_case() -> list[SchemaItem]:
    """What was decided about a dossier; `decision` is the id of the aggregate in hex.

    `promised_us` is the appointment as last printed, on `calendar_version`; `confirmed_us` the due
    against which it stands, if somebody has said so. `waits` are the pauses as
    [[reason, since_us, until_us or null, agency]]. `token_hash` is of the secret on the receipt.
    """
    return [
        _word("label", key=True),
        _word("decision"),
        _word("procedure"),
        _whole("procedure_version"),
        _word("office"),
        _whole("received_us"),
        _word("official_code", absent=True),
        _whole("promised_us"),
        _whole("confirmed_us", absent=True),
        _word("calendar_version"),
        _whole("reappointments"),
        _word("waits"),
        _word("token_hash"),
    ]


def _handling() -> list[SchemaItem]:
    """`closed_us` and `closed_by`: when and by whom, while a person's closure holds."""
    return [
        _word("subject", key=True),
        _word("code", key=True),
        _word("key", key=True),
        _word("decision"),
        _whole("opened_us"),
        _whole("acted_us"),
        _word("assigned", absent=True),
        _whole("closed_us", absent=True),
        _word("closed_by", absent=True),
    ]


def _contest() -> list[SchemaItem]:
    """A charge (leg, part, account, party, run) and whose it is after all, None: as charged."""
    return [
        _word("decision", key=True),
        _word("label"),
        _word("leg"),
        _word("part"),
        _word("account"),
        _word("party"),
        _word("run", absent=True),
        _word("to_account", absent=True),
        _word("to_party", absent=True),
        _yes("undecided"),
    ]


def _sticker() -> list[SchemaItem]:
    """Which dossier (by its first label) a label leads to; `piece` is the kind of a single paper.

    A dossier with stickers besides its first has a row for that too; `n` counts them in order.
    """
    return [
        _word("label", key=True),
        _word("dossier"),
        _word("piece", absent=True),
        _word("decision"),
        _whole("n"),
        _whole("since_us"),
    ]


def _board() -> list[SchemaItem]:
    """`risk` orders the sheet, `near_from_us` and `overdue_from_us` are when its class turns.

    `settled_us` is when it was finished or closed: from then on its due follows no calendar.
    `online` to `rating` are the milestones of the fold; `waits` are the case's.
    """
    return [
        _word("label", key=True),
        _word("status"),
        _yes("here"),
        _whole("risk"),
        _word("holder", absent=True),
        _word("place", absent=True),
        _word("basis", absent=True),
        _whole("since_us", absent=True),
        _word("pouch", absent=True),
        _word("official_code", absent=True),
        _word("procedure", absent=True),
        _whole("procedure_version", absent=True),
        _word("office", absent=True),
        _whole("registered_us", absent=True),
        _whole("finished_us", absent=True),
        _yes("finished_provisional"),
        _word("finished_class", absent=True),
        _whole("returned_us", absent=True),
        _whole("settled_us", absent=True),
        _word("paused", absent=True),
        _whole("promised_us", absent=True),
        _whole("confirmed_us", absent=True),
        _whole("due_us", absent=True),
        _whole("late_after_us", absent=True),
        _whole("near_from_us", absent=True),
        _whole("overdue_from_us", absent=True),
        _yes("provisional"),
        _word("calendar_version", absent=True),
        _word("windows"),
        _yes("online"),
        _whole("issued_us", absent=True),
        _word("ended", absent=True),
        _whole("ended_us", absent=True),
        _word("rating", absent=True),
        _word("waits"),
        _word("stamp"),
    ]


def _course() -> list[SchemaItem]:
    """`party` to `start`: the present stay; `been`: which offices had it before, between spaces.

    `begun` is the start of the first stay. `stays` are all as [[party, waiting, start, end or
    null]], `elsewhere` [[from, to or null]], in minutes since 1970. Only of dossiers with a case
    whose clock runs.
    """
    return [
        _word("label", key=True),
        _word("party"),
        _yes("waiting"),
        _whole("start"),
        _word("been"),
        _whole("begun"),
        _word("stays"),
        _word("elsewhere"),
    ]


def _custody_link() -> list[SchemaItem]:
    """Chains of dossiers and pouches; `n` counts from 0 along one chain."""
    return [
        _word("label", key=True),
        _whole("n", key=True),
        _word("holder"),
        _word("place", absent=True),
        _whole("from_us"),
        _whole("to_us", absent=True),
        _word("basis"),
        _word("evidence"),
    ]


def _pouch() -> list[SchemaItem]:
    return [
        _word("label", key=True),
        _word("state"),
        _word("holder", absent=True),
        _whole("since_us", absent=True),
        _word("seal", absent=True),
        _word("destination", absent=True),
        _word("ahead", absent=True),
        _word("contents"),
        _word("manifest"),
        _word("stamp"),
    ]


def _discrepancy() -> list[SchemaItem]:
    """`opened_us` may lie in the future: a handoff that nobody accepts until then."""
    return [
        _word("subject", key=True),
        _word("code", key=True),
        _word("key", key=True),
        _whole("opened_us"),
        _whole("closed_us", absent=True),
    ]


def _repeat() -> list[SchemaItem]:
    """What people can close, again. `behind`: the key of the discrepancy that was open."""
    return [*_discrepancy(), _word("behind")]


def _run() -> list[SchemaItem]:
    """`day` counts from 2000-01-01; `plan` is null for a run that no timetable has on that day."""
    return [
        _word("name", key=True),
        _word("label"),
        _word("route"),
        _word("slot"),
        _whole("day"),
        _word("plan", absent=True),
        _whole("started_us", absent=True),
        _whole("departed_us", absent=True),
        _whole("completed_us", absent=True),
        _whole("late_from_us", absent=True),
        _whole("missed_us", absent=True),
        _word("stops"),
        _word("elsewhere"),
        _word("couriers"),
        _word("stamp"),
    ]


LIVE = make_tables()
