"""The play: a Monday at a service centre, scene by scene, with what really happens beside it.

Twelve dossiers of six procedures; two courier runs. The courier's phone is without network for an
hour, a department's station loses power in mid-scan, one dossier never gets into its pouch, one
gets into the wrong one, one result goes home with the citizen, and one dossier is late already.
Tuesday 24/11 is Vietnam Culture Day, so no term counts it.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from adapters.paper.labels import LabelText
from api.rehearsal.processes import NotAsPlayed
from api.rehearsal.stage import Stage, card
from api.rehearsal.truth import Truth

if TYPE_CHECKING:
    import httpx

OPENS_AT = "2026-11-17T08:00:00+07:00"
MONDAY = "2026-11-23T"
CENTRE, LAND, BUILDING, COURIER = "TTHC", "SNNMT", "SXD", "courier:C1"
ROUTE = "T1"  # of the sample's timetable: the centre, both departments, and back
MORNING, AFTERNOON = "1", "2"
# station → office or courier, purpose, who works there
DESKS = {
    "quay-01": (CENTRE, "counter", "cb01"),
    "vanthu-snnmt": (LAND, "department", "vt-snnmt"),
    "vanthu-sxd": (BUILDING, "department", "vt-sxd"),
    "buuta-c1": (COURIER, "courier", "buuta1"),
}
TO_LAND, TO_BUILDING, TO_CENTRE = 1, 2, 3  # numbers on the pouches' tags
SEALS = {TO_LAND: "S700101", TO_BUILDING: "S700102", TO_CENTRE: "S700103"}
# name → procedure, due as a clerk counts it on the wall calendar
MONDAYS = {
    "an": ("VD-BD", "2026-12-08T17:00"),  # ten working days after the 23rd, without the 24th
    "bình": ("VD-BD", "2026-12-08T17:00"),
    "chi": ("VD-BD", "2026-12-08T17:00"),
    "dung": ("VD-GCN", "2026-12-22T17:00"),  # twenty
    "em": ("VD-GCN", "2026-12-22T17:00"),
    "gia": ("VD-BD", "2026-12-08T17:00"),
    "hoa": ("VD-GPXD", "2026-12-08T17:00"),  # fifteen calendar days
    "khoa": ("VD-GPXD", "2026-12-08T17:00"),
    "lan": ("VD-GPXD", "2026-12-08T17:00"),
    "minh": ("VD-CT", "2026-11-23T17:00"),  # the same day
    "nga": ("VD-LLTP", "2026-12-03T17:00"),  # ten calendar days
}
Scene = tuple[str, Callable[[], None]]


class Day:
    """Plays the scenes on a stage and keeps the truth."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.truth = Truth()
        self.clerk: httpx.Client | None = None
        self.label: dict[str, str] = {}

    def scenes(self) -> Iterator[Scene]:
        """Title and action of each scene, in order."""
        yield "Thứ Ba: mở trung tâm, nhận hồ sơ đầu tiên", self.tuesday
        yield "07:35 tiếp nhận hồ sơ", self.intake
        yield "08:10 số hóa bằng máy ảnh", self.digitise
        yield "08:30 đóng túi, niêm phong", self.pack
        yield "09:05 bưu tá nhận túi, chuyến sáng", self.morning_pick_up
        yield "09:40 giao Sở Xây dựng, điện thoại mất mạng", self.deliver_building
        yield "10:05 giao Sở NN&MT, trạm quét mất điện", self.deliver_land
        yield "10:30 có mạng trở lại", self.network_returns
        yield "10:40 chứng thực, trả tại quầy; chuyến sáng kết thúc", self.certify
        yield "13:30 giải quyết, ban hành kết quả", self.decide
        yield "14:20 chuyến chiều, chuyển hồ sơ lạc chỗ", self.afternoon_run
        yield "15:20 kết quả về trung tâm, trả công dân", self.result_returns

    def tuesday(self) -> None:
        """A dossier of three working days is taken in on Tuesday 17/11, and left on a shelf."""
        self.stage.publish_route(ROUTE, effective_from=MONDAY[:10])
        self.stage.open_centre(DESKS)
        self.clerk = self.stage.signed_in("cb01")
        self.stage.at("2026-11-17T10:00")
        self._take_in("thái", "VD-HKD", due="2026-11-20T17:00")
        self.truth.stands("overdue", "thái")
        self._counter("Digitised", "thái")

    def intake(self) -> None:
        """Monday morning at the counter."""
        for minute, (name, (procedure, due)) in enumerate(MONDAYS.items()):
            self.stage.at(f"{MONDAY}07:{35 + 2 * minute}")
            if minute == 0:  # Tuesday's session is long over
                self.clerk = self.stage.signed_in("cb01")
            self._take_in(name, procedure, due=due)

    def digitise(self) -> None:
        """The labels are read from pictures of several papers at once."""
        self.stage.at(f"{MONDAY}08:10")
        self._counter("Digitised", *MONDAYS)

    def pack(self) -> None:
        """Each paper is scanned, but two do not go where the scanner was told."""
        self.stage.at(f"{MONDAY}08:30")
        self._pack("quay-01", TO_LAND, "an", "bình", "chi", "dung", "em", "gia")
        self.truth.put_in("1", "an", "bình", "chi", "dung")  # em falls under the desk
        self.truth.put_in("2", "gia")
        self._seal("quay-01", TO_LAND, to=LAND)
        self.stage.at(f"{MONDAY}08:50")
        self._pack("quay-01", TO_BUILDING, "hoa", "khoa", "lan")
        self.truth.put_in("2", "hoa", "khoa", "lan")
        self._seal("quay-01", TO_BUILDING, to=BUILDING)
        self.stage.at(f"{MONDAY}09:05")
        for pouch in (TO_LAND, TO_BUILDING):
            self._release_to_courier("quay-01", self.stage.pouch(pouch))

    def morning_pick_up(self) -> None:
        """The courier takes both pouches; then his phone loses the network."""
        self.stage.at(f"{MONDAY}09:10")
        self._drive("RunDeparted", MORNING, CENTRE)
        for pouch in (TO_LAND, TO_BUILDING):
            self._accept("buuta-c1", pouch)
            self.truth.handed(str(pouch), COURIER)
        self.stage.settled()
        self.stage.at(f"{MONDAY}09:30")
        self.stage.desk("buuta-c1").cable.cut()

    def deliver_building(self) -> None:
        """Three of four are looked at; the receipt stays open until tomorrow."""
        self.stage.at(f"{MONDAY}09:40")
        self._drive("StopReached", MORNING, BUILDING)
        self._deliver(TO_BUILDING, to=BUILDING)
        self._accept("vanthu-sxd", TO_BUILDING)
        self.truth.handed("2", BUILDING)
        self._unseal("vanthu-sxd", TO_BUILDING)
        desk = self.stage.desk("vanthu-sxd")
        desk.scan(card("Received"), *self._labels("hoa", "khoa", "gia"))
        self.truth.seen(BUILDING, "hoa", "khoa", "gia")
        # It is in this pouch against its manifest, at this office against its destination, and
        # scanned while the pouch it was packed into is sealed.
        self.truth.went_wrong("gia", "SURPLUS", "MISROUTED", "WRONG_POUCH")

    def deliver_land(self) -> None:
        """The station dies with a scan on disk and no tone heard; the clerk scans it again."""
        self.stage.at(f"{MONDAY}10:05")
        self._drive("StopReached", MORNING, LAND)
        self._deliver(TO_LAND, to=LAND)
        self._accept("vanthu-snnmt", TO_LAND)
        self.truth.handed("1", LAND)
        self._unseal("vanthu-snnmt", TO_LAND)
        desk = self.stage.desk("vanthu-snnmt")
        desk.photograph(*self._labels("an", "bình"))
        desk.photograph_and_lose_power(*self._labels("chi"))
        self.stage.at(f"{MONDAY}10:12")
        desk.open()
        desk.scan(self.stage.pouch(TO_LAND))  # the pouch on the table, once more
        desk.photograph(*self._labels("chi", "dung"))
        self.truth.seen(LAND, "an", "bình", "chi", "dung")
        self.stage.at(f"{MONDAY}10:20")
        desk.scan(card("Closed"), self.stage.pouch(TO_LAND))
        self.truth.went_wrong("em", "MISSING")

    def network_returns(self) -> None:
        """What the phone kept for an hour arrives; the chain is as if it had never been gone."""
        self.stage.at(f"{MONDAY}10:30")
        phone = self.stage.desk("buuta-c1")
        if not phone.waiting:
            raise NotAsPlayed("the phone was to be without network, and nothing waits in it")
        phone.cable.mend()
        self.stage.settled()

    def certify(self) -> None:
        """Certified copies are made and handed back at the counter within the morning."""
        self.stage.at(f"{MONDAY}10:40")
        self._counter("ResultIssued", "minh")
        self.stage.at(f"{MONDAY}10:45")
        self._drive("RunCompleted", MORNING, CENTRE)
        self.stage.at(f"{MONDAY}10:50")
        self._counter("Returned", "minh")
        self.truth.given_back("minh")
        self.truth.stands("on_time", "minh")

    def decide(self) -> None:
        """One specialist is quick; the result is packed for the way back."""
        desk = self.stage.desk("vanthu-snnmt")
        for moment, word in (("11:00", "StepStarted"), ("13:30", "StepFinished")):
            self.stage.at(f"{MONDAY}{moment}")
            desk.scan(card(word), *self._labels("an"))
        self.stage.at(f"{MONDAY}13:45")
        desk.scan(card("ResultIssued"), *self._labels("an"))
        self._pack("vanthu-snnmt", TO_CENTRE, "an")
        self.truth.put_in("3", "an")
        self._seal("vanthu-snnmt", TO_CENTRE, to=CENTRE)
        self.stage.at(f"{MONDAY}14:00")
        self._drive("RunDeparted", AFTERNOON, CENTRE)

    def afternoon_run(self) -> None:
        """The stray dossier travels alone to where it belongs; the result leaves for the centre."""
        self.stage.at(f"{MONDAY}14:20")
        self._drive("StopReached", AFTERNOON, BUILDING)
        stray = self.label["gia"]
        self._release_to_courier("vanthu-sxd", stray)
        courier = self.stage.desk("buuta-c1")
        courier.scan(card("Accepted"), stray)
        self.truth.seen(COURIER, "gia")
        self.stage.at(f"{MONDAY}14:45")
        self._drive("StopReached", AFTERNOON, LAND)
        courier.scan(card("Released"), self.stage.places[LAND], stray)
        self.stage.desk("vanthu-snnmt").scan(card("Received"), stray)
        self.truth.seen(LAND, "gia")
        self.truth.set_right("gia", "MISROUTED")
        self._release_to_courier("vanthu-snnmt", self.stage.pouch(TO_CENTRE))
        self._accept("buuta-c1", TO_CENTRE)
        self.truth.handed("3", COURIER)

    def result_returns(self) -> None:
        """The result reaches the desk and the citizen."""
        self.stage.at(f"{MONDAY}15:20")
        self._drive("RunCompleted", AFTERNOON, CENTRE)
        self._deliver(TO_CENTRE, to=CENTRE)
        desk = self.stage.desk("quay-01")
        self._accept("quay-01", TO_CENTRE)
        self.truth.handed("3", CENTRE)
        self._unseal("quay-01", TO_CENTRE)
        self._counter("ResultArrived", "an")
        self.truth.seen(CENTRE, "an")
        desk.scan(card("Closed"), self.stage.pouch(TO_CENTRE))
        self.stage.at(f"{MONDAY}16:40")
        self._counter("Returned", "an")
        self.truth.given_back("an")
        self.truth.stands("early", "an")
        self.stage.at(f"{MONDAY}17:15")
        self.stage.settled()

    def _take_in(self, name: str, procedure: str, *, due: str) -> None:
        if self.clerk is None:
            raise AssertionError("the clerk signs in first")
        answer = self.clerk.post(
            "/api/v1/dossiers",
            json={
                "procedure": procedure,
                "office": CENTRE,
                "applicant": {"name": f"Nguyễn Văn {name.capitalize()} (ví dụ)"},
            },
        )
        answer.raise_for_status()
        registered = answer.json()
        label = self.label[name] = registered["label"]
        self.stage.print_label(LabelText(label, name, procedure, CENTRE))
        self.truth.taken_in(name, label, by=CENTRE, due=due)

    def _counter(self, word: str, *names: str) -> None:
        desk = self.stage.desk("quay-01")
        desk.scan(card(word))
        desk.photograph(*self._labels(*names))

    def _labels(self, *names: str) -> list[str]:
        return [self.label[name] for name in names]

    def _pack(self, station: str, pouch: int, *names: str) -> None:
        desk = self.stage.desk(station)
        desk.scan(card("Opened"))
        desk.photograph(self.stage.pouch(pouch))
        desk.scan(card("Packed"))
        desk.photograph(*self._labels(*names))

    def _seal(self, station: str, pouch: int, *, to: str) -> None:
        desk = self.stage.desk(station)
        tag = self.stage.pouch(pouch)
        desk.scan(card("Sealed"), self.stage.places[to], tag, SEALS[pouch])

    def _unseal(self, station: str, pouch: int) -> None:
        tag = self.stage.pouch(pouch)
        self.stage.desk(station).scan(card("Unsealed"), tag, SEALS[pouch])

    def _release_to_courier(self, station: str, label: str) -> None:
        self.stage.desk(station).scan(card("Released"), self.stage.badges["buuta1"], label)

    def _deliver(self, pouch: int, *, to: str) -> None:
        desk = self.stage.desk("buuta-c1")
        desk.scan(card("Released"), self.stage.places[to], self.stage.pouch(pouch))

    def _drive(self, word: str, slot: str, office: str) -> None:
        """The courier scans the run's card, at a stop on the way the place's label before it."""
        stop = (self.stage.places[office],) if word == "StopReached" else ()
        self.stage.desk("buuta-c1").scan(card(word), *stop, self.stage.runs[slot])
        self.truth.driven(f"{ROUTE}/{slot}", office)

    def _accept(self, station: str, pouch: int) -> None:
        tag = self.stage.pouch(pouch)
        self.stage.desk(station).scan(card("Accepted"), tag, SEALS[pouch])
