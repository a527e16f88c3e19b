from hypothesis import given
from hypothesis import strategies as st

from domain.model.labels import Kind, Label, grouped
from scanner_station.splitting import split

LABELS = st.builds(
    lambda *parts: str(Label(*parts)),
    st.sampled_from(Kind),
    st.integers(0, 99_999),
    st.integers(0, 99),
    st.integers(0, 999_999),
)


@given(st.lists(LABELS, min_size=1, max_size=60), st.sampled_from(["", " ", ",", "; ", "\t", "|"]))
def test_labels_run_on_or_separated_come_back_one_by_one(labels: list[str], separator: str) -> None:
    assert split(separator.join(labels)) == labels


@given(LABELS)
def test_a_label_typed_in_groups_is_one_label(label: str) -> None:
    assert split(grouped(label)) == [label]
    assert split(f" {grouped(label)} ") == [label]


@given(st.lists(LABELS, min_size=1, max_size=5), st.sampled_from(["]C1", "ưC1", "ƯC1", "]Q3"]))
def test_a_symbology_prefix_is_cut_off_even_after_telex_rewrote_it(
    labels: list[str], prefix: str
) -> None:
    assert split("".join(prefix + label for label in labels)) == labels


@given(st.lists(LABELS, min_size=1, max_size=4), st.data())
def test_one_digit_lost_doubled_or_wrong_in_a_run_on_string_gives_no_label(
    labels: list[str], data: st.DataObject
) -> None:
    whole = "".join(labels)
    at = data.draw(st.integers(0, len(whole) - 1))
    slip = data.draw(st.sampled_from(["lost", "doubled", "wrong"]))
    kept = {"lost": "", "doubled": whole[at] * 2, "wrong": str((int(whole[at]) + 1) % 10)}[slip]
    assert split(whole[:at] + kept + whole[at + 1 :]) == [whole[:at] + kept + whole[at + 1 :]]


@given(st.lists(LABELS, min_size=1, max_size=3), st.from_regex(r"[0-9]{4,12}", fullmatch=True))
def test_a_seal_number_between_labels_is_kept_apart(labels: list[str], seal: str) -> None:
    assert split(" ".join([labels[0], seal, *labels[1:]])) == [labels[0], seal, *labels[1:]]


def test_a_text_in_which_nothing_is_ours_is_answered_as_one() -> None:
    assert split(" Hồ sơ số 5a ") == ["Hồ sơ số 5a"]
    assert split("  ") == []


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_splitting(text: str) -> None:
    for code in split(text):
        assert code.strip()
